"""Is the base station that sets up N2 on the site's register?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.site import SitePlan
from sentinel.state.base import Fact
from sentinel.state.fields import text
from sentinel.state.world import World


class GnbRegistered(Fact):
    """The pair of gNB id and N2 address is in the site plan, or was there while the site was learnt.

    Known gap: without a site plan, a rogue that was there from the beginning is learnt as one of the site's own.
    """

    fields = {
        "fiveg.gnb.registered": FieldSpec(
            FieldType.BOOLEAN, "whether the gNB is on the site register", "基站是否已登记"
        ),
    }
    kinds = ("ngap.ng_setup_request",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        gnb = (text(event.fields, "fiveg.gnb.id"), text(event.fields, "source.ip"))
        if world.site is not None and world.site.gnbs:
            return {"fiveg.gnb.registered": _planned(world.site, *gnb, text(event.fields, "fiveg.gnb.plmn"))}
        if world.learning(event.time):
            world.learnt_gnbs[gnb] = None
            return {}
        return {"fiveg.gnb.registered": gnb in world.learnt_gnbs}


def _planned(site: SitePlan, gnb_id: str, address: str, plmn: str) -> bool:
    return (not site.plmns or plmn in site.plmns) and any(
        gnb.id == gnb_id and (not gnb.n2 or address in map(str, gnb.n2)) for gnb in site.gnbs
    )
