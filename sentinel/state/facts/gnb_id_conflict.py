"""Do two live associations claim the same base station?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.state.associations import Association
from sentinel.state.base import Fact
from sentinel.state.identity import later
from sentinel.state.world import World


class GnbIdConflict(Fact):
    """The AMF accepts a gNB id that another address holds over a live association.

    A gNB for which the site plan lists both addresses may fail over from one to the other: no conflict.
    """

    fields = {
        "fiveg.gnb.id_conflict": FieldSpec(
            FieldType.BOOLEAN, "whether another address holds this gNB id", "基站标识是否冲突"
        ),
        "fiveg.gnb.conflict_address": FieldSpec(FieldType.IP, "the address that held it before", "原占用地址"),
    }
    kinds = ("ngap.ng_setup_response",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        mine = world.associations.of(event)
        if mine is None or not mine.gnb_id:
            return {}
        for other in world.associations.established():
            if later(other.since, event.time):
                continue  # it came afterwards
            same = (other.gnb_id, other.plmn) == (mine.gnb_id, mine.plmn) and other.amf == mine.amf
            if same and other.ran != mine.ran and not _may_share(world, mine, other):
                return {
                    "fiveg.gnb.id_conflict": True,
                    "fiveg.gnb.conflict_address": other.ran,
                }
        return {}


def _may_share(world: World, one: Association, other: Association) -> bool:
    gnbs = world.site.gnbs if world.site is not None else ()
    return any(gnb.id == one.gnb_id and {one.ran, other.ran} <= set(map(str, gnb.n2)) for gnb in gnbs)
