"""Is the RAN end of a tunnel an N3 address of the base station that names it?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import texts
from sentinel.state.world import World


class DlEndpoint(Fact):
    """Downlink transport layer addresses against the plan, or against what this base station used before.

    Known gap: without N3 addresses in the plan, the first one that a base station names is taken as its own.
    """

    fields = {
        "fiveg.ngap.dl_foreign": spec(
            "ip[]", "RAN tunnel ends that are no N3 address of the sender", "非本基站的下行隧道地址"
        ),
    }
    kinds = (
        "ngap.pdu_session_resource_setup_response", "ngap.pdu_session_resource_modify_indication",
        "ngap.pdu_session_resource_modify_response", "ngap.initial_context_setup_response",
        "ngap.path_switch_request", "ngap.handover_request_acknowledge",
    )  # fmt: skip

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        addresses = tuple(filter(None, texts(event.fields, "fiveg.ngap.dl.address")))
        if not addresses or not world.associations.from_ran(event):
            return {}
        gnb = world.associations.key(event)[0][0]
        known = world.gnbs.n3_of(gnb)
        if not known or world.learning(event.time):
            for address in addresses:
                world.gnbs.learn_n3(gnb, address)
            return {}
        foreign = tuple(address for address in dict.fromkeys(addresses) if address not in known)
        return {"fiveg.ngap.dl_foreign": foreign} if foreign else {}
