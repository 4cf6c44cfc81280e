"""Is a PFCP request one of its sender's own count, or does somebody else speak under that address?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text
from sentinel.state.world import World

_NUMBERS = 1 << 24  # sequence numbers (TS 29.244, 7.2.2.2)
AHEAD = 1 << 16  # so far may a count be ahead: it may be shared by peers that are not seen
BEHIND = 64  # so far behind it may what was sent again, or overtaken, be
SETTLED = 8  # requests in a row make a count
LIVELY = 60 * 10**9


@dataclass(slots=True, eq=False)
class Count:
    """The running number of a sender's requests, and one apart from it that may be its next."""

    last: int = 0
    steps: int = 0
    time: int = 0
    other: int = -1
    others: int = 0
    since: int = 0  # when the other one began


class PfcpCount(Fact):
    """A request far from the running number of its address, which goes on running (TS 29.244, 6.4).

    Whoever forges the address of an SMF cannot know how far it has counted. An association that is set up begins a count
    anew; one that was not seen does after some requests. Known gap: senders that do not count, but draw numbers.
    """

    fields = {
        "fiveg.pfcp.out_of_count": spec(
            "boolean", "a request far from the running number of its sender", "请求序号是否偏离发送方的连续计数"
        ),
    }
    kinds = ("pfcp.*",)

    def __init__(self) -> None:
        self._counts: Bounded[tuple[str, str, bool], Count] = Bounded(50_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:  # noqa: ARG002
        """See `Fact.of`."""
        fields = event.fields
        ends = (text(fields, "source.ip"), text(fields, "destination.ip"))
        if event.kind.startswith("pfcp.association_setup"):
            for between in (ends, ends[::-1]):
                for of_sessions in (False, True):
                    self._counts.pop((*between, of_sessions), None)
        sequence = number(fields, "fiveg.pfcp.sequence")
        if sequence is None or not event.kind.endswith("_request"):
            return {}
        key = (*ends, event.kind.startswith("pfcp.session_"))
        count = self._counts.get(key)
        if count is None:
            self._counts[key] = Count(last=sequence, steps=1, time=event.time)
            return {}
        return {"fiveg.pfcp.out_of_count": True} if _apart(count, sequence, event.time) else {}


def _apart(count: Count, sequence: int, now: int) -> bool:
    step = (sequence - count.last) % _NUMBERS
    if step == 0 or step >= _NUMBERS - BEHIND:
        return False
    settled = count.steps >= SETTLED and now - count.time <= LIVELY
    if step <= AHEAD or not settled:
        count.steps = count.steps + 1 if step <= AHEAD else 1
        count.last, count.time, count.others = sequence, now, 0
        return False
    _follow(count, sequence, now)
    return count.last != sequence


def _follow(count: Count, sequence: int, now: int) -> None:
    """Where the other number runs on and the first one does not, the sender began anew."""
    runs_on = count.others and 0 < (sequence - count.other) % _NUMBERS <= AHEAD and count.time < count.since
    count.others = count.others + 1 if runs_on else 1
    count.since = count.since if runs_on else now
    count.other = sequence
    if count.others >= SETTLED:
        count.last, count.steps, count.time, count.others = sequence, SETTLED, now, 0
