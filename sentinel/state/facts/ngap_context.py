"""Does a base station speak of a terminal that is another's? Do terminals come from where they may come from?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.contexts import UeContext, ids_of
from sentinel.state.fields import text
from sentinel.state.identity import STALE
from sentinel.state.world import World

_COMING = "ngap.path_switch_request"
_LEAVING = "ngap.handover_required"


class NgapContext(Fact):
    """The ids in uplink NGAP against the context that the AMF id names (TS 38.413, 10.6; 8.4.1, 8.4.4).

    A base station may have several associations (TS 38.412, 7). One on which the AMF itself named the context within the
    last thirty seconds is one of its own: source and target of a handover both speak of it for a while. That two base
    stations are no neighbours is not said while the monitor is young.
    """

    fields = {
        "fiveg.ngap.foreign_context": spec(
            "boolean", "the AMF id is that of another base station's terminal", "是否属于其他基站的终端上下文"
        ),
        "fiveg.ngap.id_mismatch": spec("boolean", "RAN id and AMF id do not belong together", "UE 标识对不匹配"),
        "fiveg.ngap.context_gnb": spec("ip", "N2 address of the base station that has the context", "上下文所属基站"),
        "fiveg.ngap.neighbour_known": spec(
            "boolean", "terminals went between these two base stations before", "是否已知邻区关系"
        ),
        "fiveg.ngap.target_known": spec("boolean", "the target is a base station of the site", "切换目标是否已知"),
    }
    kinds = ("ngap.*",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        ran_id, amf_id = ids_of(event)
        if not amf_id or not world.associations.from_ran(event):
            return {}
        key = world.associations.key(event)
        context = world.contexts.named(key[1][0], amf_id, event.time)
        if context is None or context.association is None or _over(context, event.time):
            return _target(event, world)
        if event.kind == _COMING:
            return _coming(context, key[0][0], world, young=world.warming(event.time))
        if context.association == key:
            wrong = bool(ran_id and context.ran_id and ran_id != context.ran_id)
            return ({"fiveg.ngap.id_mismatch": True} if wrong else {}) | _target(event, world)
        moving = key in context.others and event.time - context.handover <= STALE
        if moving or _one_station(context.association[0][0], key[0][0], world):
            return {}
        return {"fiveg.ngap.foreign_context": True, "fiveg.ngap.context_gnb": context.association[0][0]}


def _one_station(one: str, other: str, world: World) -> bool:
    """Both addresses are one base station's."""
    names = world.site.functions if world.site else {}
    return one == other or (one in names and names[one] == names.get(other))


def _over(context: UeContext, now: int) -> bool:
    return context.ended is not None and now - context.ended > STALE


def _coming(context: UeContext, address: str, world: World, *, young: bool) -> dict[str, Value]:
    source = context.association[0][0] if context.association else ""
    profile = world.gnbs.at(address)
    known = profile is not None and (source in profile.neighbours or source == address)
    found: dict[str, Value] = {"fiveg.ngap.context_gnb": source}
    return found | ({"fiveg.ngap.neighbour_known": known} if profile and (known or not young) else {})


def _target(event: Event, world: World) -> dict[str, Value]:
    target = text(event.fields, "fiveg.ngap.target_gnb_id") if event.kind == _LEAVING else ""
    return {"fiveg.ngap.target_known": world.gnbs.is_known(target)} if target else {}
