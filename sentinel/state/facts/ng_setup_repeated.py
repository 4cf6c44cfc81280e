"""Does a base station set up N2 again on an association over which it is in service?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.state.base import Fact
from sentinel.state.world import World


class NgSetupRepeated(Fact):
    """An NG Setup Request on an association that has one answered already (TS 38.413, 8.7.1)."""

    fields = {
        "fiveg.ngap.setup_repeated": FieldSpec(
            FieldType.BOOLEAN, "whether the association was already set up", "关联是否重复 NG Setup"
        ),
    }
    kinds = ("ngap.ng_setup_request",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        association = world.associations.of(event)
        return {"fiveg.ngap.setup_repeated": association is not None and association.established}
