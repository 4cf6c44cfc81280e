"""Does a base station announce something else than before, or something that the plan does not have?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text, texts
from sentinel.state.gnbs import Profile, announced, slices
from sentinel.state.world import World


class GnbProfile(Fact):
    """What NG Setup and RAN Configuration Update say, against the last profile and the plan (TS 38.413, 8.7.1, 8.7.2)."""

    fields = {
        "fiveg.gnb.drift": spec(
            "keyword[]", "announced otherwise than before: name, tac, plmn, slice, paging_drx, sctp", "基站属性变化项"
        ),
        "fiveg.gnb.drift_before": spec("keyword[]", "what it was, such as tac=1", "基站属性原值"),
        "fiveg.gnb.foreign_plmn": spec("keyword[]", "announced PLMNs that are not in the plan", "计划外 PLMN"),
        "fiveg.gnb.foreign_tac": spec("keyword[]", "announced TACs that are not in the plan", "计划外 TAC"),
        "fiveg.gnb.foreign_slice": spec("keyword[]", "announced slices that are not in the plan", "计划外切片"),
    }
    kinds = ("ngap.ng_setup_request", "ngap.ran_configuration_update")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        if event.kind == "ngap.ng_setup_request":
            profile = world.gnbs.of((text(fields, "fiveg.gnb.plmn"), text(fields, "fiveg.gnb.id")), event.time)
        else:
            profile = world.gnbs.announced_at(text(fields, "source.ip"), event.time)
        found: dict[str, tuple[str, ...]] = {**_drift(profile, event, world), **_foreign(event, world)}
        return {name: values for name, values in found.items() if values}


def _drift(profile: Profile | None, event: Event, world: World) -> dict[str, tuple[str, ...]]:
    if profile is None:
        return {}
    before = {
        "name": profile.name, "tac": " ".join(profile.tacs), "plmn": " ".join(profile.plmns),
        "slice": " ".join(profile.slices), "sctp": profile.sctp,
        "paging_drx": "" if profile.paging_drx is None else str(profile.paging_drx),
    }  # fmt: skip
    now = announced(event)
    if event.kind == "ngap.ng_setup_request":
        now["sctp"] = world.gnbs.sctp_of(text(event.fields, "source.ip"))
    other = [name for name, value in now.items() if value and before[name] and before[name] != value]
    return {
        "fiveg.gnb.drift": tuple(other),
        "fiveg.gnb.drift_before": tuple(f"{name}={before[name]}" for name in other),
    }


def _foreign(event: Event, world: World) -> dict[str, tuple[str, ...]]:
    site = world.site
    if site is None:
        return {}
    planned_slices = {str(each) for each in site.slices}
    tacs = {*site.tacs, *(tac for gnb in site.gnbs for tac in gnb.tacs)}
    said = (
        ("fiveg.gnb.foreign_plmn", texts(event.fields, "fiveg.plmn"), set(site.plmns)),
        ("fiveg.gnb.foreign_tac", texts(event.fields, "fiveg.tac"), tacs),
        ("fiveg.gnb.foreign_slice", slices(event), planned_slices),
    )
    return {name: tuple(sorted(set(values) - planned)) for name, values, planned in said if planned}
