"""Polls of industrial conversations: how long between two, and how long until the answer."""

from __future__ import annotations

from sentinel.forecast.metrics import Key
from sentinel.model.event import Event
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text

LEAST = 10  # polls of a period that make a number
_MOST = 300  # of a period that are looked at
_PAUSE = 300 * 10**9  # what is longer is no cycle
_ENDS = ("source.ip", "destination.ip")


class Rhythm:
    """Gaps between polls, and response times, of each master, station and function in the period that goes on."""

    def __init__(self) -> None:
        self._last: Bounded[Key, int] = Bounded(50_000)
        self._asked: Bounded[Key, tuple[int, str]] = Bounded(50_000)
        self._gaps: dict[Key, list[int]] = {}
        self._answers: dict[Key, list[int]] = {}

    def take(self, event: Event) -> None:
        """A request or an answer; anything but a read is no poll."""
        fields, protocol = event.fields, event.kind.partition(".")[0]
        direction = fields.get("ot.direction")
        one, other = text(fields, _ENDS[0]), text(fields, _ENDS[1])
        number = text(fields, "ot.transaction_id")
        if direction == "response":
            asked, function = self._asked.pop((other, one, protocol, number), (0, ""))
            if asked and event.time > asked:
                _note(self._answers, (other, one, protocol, function), event.time - asked)
        elif direction == "request" and fields.get("ot.operation") == "read":
            function = text(fields, "ot.function")
            key = (one, other, protocol, function)
            before = self._last.get(key, 0)
            self._last[key] = event.time
            self._asked[one, other, protocol, number] = (event.time, function)
            if before and 0 < event.time - before < _PAUSE:
                _note(self._gaps, key, event.time - before)

    def close(self) -> dict[Key, float]:
        """Milliseconds of each conversation in the period that ends."""
        values: dict[Key, float] = {}
        for key, gaps in self._gaps.items():
            if len(gaps) >= LEAST:
                gaps.sort()
                middle, late = gaps[len(gaps) // 2], _late(gaps)
                values["ot.cycle", *key] = middle / 1e6
                values["ot.jitter", *key] = (late - middle) / 1e6
        for key, answers in self._answers.items():
            if len(answers) >= LEAST:
                answers.sort()
                values["ot.response", *key] = _late(answers) / 1e6
        self._gaps, self._answers = {}, {}
        return values

    def dump(self) -> dict[str, object]:
        """What is to outlive a restart."""
        return dict(vars(self))

    def load(self, kept: dict[str, object]) -> None:
        """Take back what `dump` gave."""
        vars(self).update(kept)


def _note(found: dict[Key, list[int]], key: Key, value: int) -> None:
    values = found.setdefault(key, [])
    if len(values) < _MOST:
        values.append(value)


def _late(ordered: list[int]) -> int:
    """The 99th percentile."""
    return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
