"""Did an AMF fall after a suspicious message, and come back?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import text
from sentinel.state.world import World

TOGETHER = 2 * 10**9  # in which all associations of an AMF are lost
BACK = 60 * 10**9  # in which base stations set up again
BEFORE = 5 * 10**9  # a suspicious message so long before counts
_LOST = ("sctp.abort", "sctp.shutdown")
_MALFORMED = ("ngap.malformed", "nas.malformed")


class AmfRestart(Fact):
    """An AMF lost two base stations (or its only one) within 2 s, and they set up again within a minute.

    The suspicious message is the last one that was malformed, or lacked what it must have, in the five seconds before.
    """

    fields = {
        "fiveg.amf.trigger": spec("keyword", "id of the suspicious event just before", "疑似触发事件标识"),
        "fiveg.amf.trigger_kind": spec("keyword", "its kind", "疑似触发事件类型"),
        "fiveg.amf.trigger_source": spec("ip", "address it came from", "疑似触发来源地址"),
        "fiveg.amf.lost_gnbs": spec("keyword[]", "base stations that were lost together", "同时丢失的基站"),
    }
    kinds = ("ngap.*", "nas.malformed", "sctp.abort", "sctp.shutdown", "sctp.init")
    topics = ("amf_restart",)
    derives = ("ngap.amf_restarted",)

    def __init__(self) -> None:
        self._suspect: Bounded[str, tuple[int, str, str, str]] = Bounded(1000)  # by AMF: when, id, kind, from whom
        self._lost: Bounded[str, tuple[tuple[str, int], ...]] = Bounded(1000)  # by AMF: base stations, and when
        self._told: Bounded[str, int] = Bounded(1000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        kind = event.kind
        if kind in _MALFORMED or event.fields.get("fiveg.ngap.missing_ies") or event.fields.get("fiveg.ngap.ie_errors"):
            amf, source = world.associations.key(event)[1][0], text(event.fields, "source.ip")
            self._suspect[amf] = (event.time, event.id, kind, source)
        elif kind in _LOST or kind == "sctp.init":
            self._lose(event, world)
        elif kind == "ngap.ng_setup_request":
            self._back(event, world)
        return {}

    def _lose(self, event: Event, world: World) -> None:
        association = world.associations.of(event)
        if association is None or not association.established:
            return
        if event.kind in _LOST and world.associations.from_ran(event):
            return  # the base station ended it
        lost = tuple(each for each in self._lost.get(association.amf, ()) if event.time - each[1] <= BACK)
        self._lost[association.amf] = (*lost, (association.ran, event.time))[-64:]

    def _back(self, event: Event, world: World) -> None:
        (ran, _), (amf, _) = world.associations.key(event)
        lost = self._lost.get(amf, ())
        if ran in (each for each, _ in lost):
            world.deadlines.add(event.time, "amf_restart", amf, ran)

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        amf = str(data[0])
        lost = [each for each in self._lost.get(amf, ()) if when - each[1] <= BACK]
        if not lost or self._told.get(amf) == lost[0][1]:
            return
        together = {ran for ran, at in lost if at - lost[0][1] <= TOGETHER}
        alive = {each.ran for each in world.associations.established() if each.amf == amf}
        others = (alive | {ran for ran, _ in lost}) - together
        if len(together) < 2 and others:
            return  # one of several: it fell by itself
        self._told[amf] = lost[0][1]
        suspect = self._suspect.get(amf)
        near = suspect is not None and 0 <= lost[0][1] - suspect[0] <= BEFORE
        trigger = suspect if suspect is not None and near else (0, "", "", "")
        yield derived("ngap.amf_restarted", when, {
            "source.ip": trigger[3], "destination.ip": amf, "fiveg.amf.trigger": trigger[1],
            "fiveg.amf.trigger_kind": trigger[2], "fiveg.amf.trigger_source": trigger[3],
            "fiveg.amf.lost_gnbs": tuple(sorted(together)),
        })  # fmt: skip
