"""Does a UPF lose its sessions, though N2 releases none?"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text
from sentinel.state.world import World

WINDOW = 10 * 10**9
CHURN = 60 * 10**9  # set-ups of a minute explain as many deletions: terminals may come and go in turns
_MOST = 1000  # of a window
_ANSWER = "pfcp.session_deletion_response"
_NOT_FOUND = 65  # PFCP cause
_RELEASES = (
    "ngap.ue_context_release_command", "ngap.pdu_session_resource_release_command", "ngap.ng_reset",
    "nas.deregistration_request_ue_originating", "nas.deregistration_request_ue_terminated",
)  # fmt: skip


class PfcpBalance(Fact):
    """Deletions of ten seconds less their N2 releases, and less the set-ups of a minute (TS 29.244, 6.3.4).

    Where terminals come and go, sessions are set up as others are deleted, and where N2 is mirrored, it releases them.
    A deletion that is answered with "session context not found" loses nothing.
    """

    fields = {
        "fiveg.pfcp.sessions_lost": spec(
            "long",
            "deletions in ten seconds beyond N2 releases and the set-ups of a minute",
            "十秒内超出N2释放与一分钟内新建数的会话删除数",
        ),
    }
    kinds = ("pfcp.session_establishment_request", "pfcp.session_deletion_request", _ANSWER, *_RELEASES)

    def __init__(self) -> None:
        self._deleted: Bounded[str, deque[int]] = Bounded(10_000)
        self._set_up: Bounded[str, deque[int]] = Bounded(10_000)
        self._released: deque[int] = deque(maxlen=_MOST)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        if not event.kind.startswith("pfcp."):
            self._released.append(event.time)
            return {}
        if event.kind == _ANSWER:
            deleted = self._deleted.get(text(event.fields, "source.ip"))
            if deleted and event.fields.get("fiveg.pfcp.cause") == _NOT_FOUND:
                deleted.pop()
            return {}
        upf = text(event.fields, "destination.ip")
        if event.kind == "pfcp.session_establishment_request":
            _note(self._set_up, upf, event.time)
            return {}
        _note(self._deleted, upf, event.time)
        watched = min(max(event.time - world.first, 1), CHURN)  # what was set up before is reckoned by what was since
        set_up = _recent(self._set_up.get(upf), event.time - CHURN) * CHURN // watched
        explained = set_up + _recent(self._released, event.time - WINDOW)
        lost = _recent(self._deleted.get(upf), event.time - WINDOW) - explained
        return {"fiveg.pfcp.sessions_lost": lost} if lost > 1 and watched > WINDOW else {}


def _note(times: Bounded[str, deque[int]], upf: str, now: int) -> None:
    if upf not in times:
        times[upf] = deque(maxlen=_MOST)
    times[upf].append(now)


def _recent(times: deque[int] | None, since: int) -> int:
    while times and times[0] < since:
        times.popleft()
    return len(times) if times else 0
