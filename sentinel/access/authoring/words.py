"""The words that a policy may use at a site: what an editor offers while rules are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sentinel.access.authoring.forms import Obligations, PolicyForm, RuleForm, When
from sentinel.access.engine.conditions import POSTURE
from sentinel.access.engine.groups import Groups
from sentinel.model.access import ACTIONS, VERBS
from sentinel.model.alert import Domain
from sentinel.site import SitePlan


@dataclass(frozen=True, slots=True)
class Words:
    """Subjects, resources and actions; the keys of each mapping; the values that a key may have."""

    subjects: tuple[str, ...]
    resources: tuple[str, ...]
    actions: tuple[str, ...]
    keys: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]


def words(site: SitePlan, groups: Groups) -> Words:
    """The words of a site plan, and of the groups that a policy names."""
    named = sorted({terminal.group for terminal in site.terminals if terminal.group} | groups.names)
    return Words(
        ("any", *(f"grp:{name}" for name in named)), _resources(site), _actions(),
        {"policy": (*PolicyForm.model_fields,), "rule": (*RuleForm.model_fields,), "when": (*When.model_fields,),
         "obligations": (*Obligations.model_fields,)},
        _values(site),
    )  # fmt: skip


def _resources(site: SitePlan) -> tuple[str, ...]:
    roles = sorted({f"app:{asset.role}" for asset in site.assets if asset.role})
    placed = [f"app:{asset.role}/{_written(asset.address)}:{asset.port}" for asset in site.assets if asset.role]
    functions = sorted({f"nf:{function.type}" for function in site.network_functions})
    return ("any", *roles, *placed, *functions)


def _written(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _actions() -> tuple[str, ...]:
    return ("any", *(f"{protocol}:*" for protocol, verbs in ACTIONS.items() if verbs), *sorted(VERBS))


def _values(site: SitePlan) -> Mapping[str, tuple[str, ...]]:
    areas = sorted({gnb.name or gnb.id for gnb in site.gnbs})
    return {
        "site": (site.site,), "domain": tuple(domain.value for domain in Domain), "effect": ("allow", "deny"),
        "slice": tuple(map(str, site.slices)), "dnn": tuple(site.dnns), "tac": tuple(site.tacs), "area": tuple(areas),
        "bound": ('"true"', "changed"), "posture": POSTURE, "approved_ticket": ("true",), "trust": ('">=60"', '"<30"'),
        "session_age": ('"<=28800"',), "facts_age": ('"<=60"',), "time": ('"mon-fri 06:00-22:00"',),
        "alert": ("informational", "low", "medium", "high", "critical"), "decision": ("allow", "deny"),
    }  # fmt: skip
