"""Do the frames of a GOOSE control block follow on each other?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text
from sentinel.state.world import World

_Seen = tuple[int, int, int, int, str]  # stNum, sqNum, when, time to live (ms), source


class GooseSequence(Fact):
    """State and sequence numbers, source and time to live of each control block (IEC 61850-8-1, 18.1.2.5)."""

    fields = {
        "goose.anomaly": spec("keyword[]", "state_regressed, sequence_jump, second_source, expired", "GOOSE 异常"),
    }
    kinds = ("goose.publish",)

    def __init__(self) -> None:
        self._seen: Bounded[str, _Seen] = Bounded(20_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:  # noqa: ARG002
        """See `Fact.of`."""
        fields = event.fields
        block = text(fields, "goose.gocb_ref")
        state, sequence = number(fields, "goose.st_num"), number(fields, "goose.sq_num")
        if not block or state is None or sequence is None:
            return {}
        life = number(fields, "goose.time_allowed_to_live") or 0
        now: _Seen = (state, sequence, event.time, life, text(fields, "source.mac"))
        before = self._seen.get(block)
        self._seen[block] = now
        wrong = tuple(_wrong(before, now)) if before is not None else ()
        return {"goose.anomaly": wrong} if wrong else {}


def _wrong(before: _Seen, now: _Seen) -> Iterator[str]:
    if now[0] < before[0]:
        yield "state_regressed"
    # The same numbers again are the same frame, on its way up in one tunnel and down in another.
    elif (now[1] != 0) if now[0] > before[0] else (now[1] < before[1]):
        yield "sequence_jump"
    if now[4] != before[4]:
        yield "second_source"
    if before[3] and now[2] - before[2] > before[3] * 10**6:
        yield "expired"
