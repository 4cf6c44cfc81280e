"""These verbs on this resource for this group, and for nobody else of the register."""

from __future__ import annotations

import pytest

from sentinel.access.authoring.cases import covered, run
from sentinel.access.authoring.diagnosis import diagnose
from sentinel.access.authoring.files import load
from sentinel.access.authoring.restricting import Restriction, restrict, unfit
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Snapshot
from sentinel.access.engine.subject import subject
from sentinel.errors import AccessError
from sentinel.model.access import Request
from tests.deciding import FILES, NOW, PLC, SITE

WANTED = Restriction("plc-gateway", "app:plc", ("modbus:write",))


def test_everybody_else_is_denied_and_nothing_else_changes() -> None:
    """Whatever other rules allow; other verbs stay as they were."""
    made = restrict(FILES, WANTED, SITE, "lin")
    policy = load(made, SITE.time_zone)
    pdp = Pdp(Snapshot.of(policy), pytest.fail, every=1)

    def rules(group: str, action: str) -> tuple[str, ...]:
        who = subject(policy.groups, "999700000000099", [group])
        return pdp.decide(Request(who, SITE.site, PLC, action, {"trust": 100, "bound": "true"})).rules

    assert rules("agv", "modbus:write") == ("only-plc-gateway-app-plc",)
    assert (rules("plc-gateway", "modbus:write"), rules("agv", "modbus:read")) == ((), ())
    assert [name for name in made if made[name] != FILES[name]] == [
        "edge_computing/cases.yml",
        "edge_computing/policy.yml",
    ]
    assert made["edge_computing/policy.yml"].startswith(FILES["edge_computing/policy.yml"])


def test_its_cases_show_it() -> None:
    """All pass, and cover it; what fails are cases that expect otherwise."""
    made = restrict(FILES, WANTED, SITE, "lin")
    policy = load(made, SITE.time_zone)
    outcomes = run(policy, made)
    assert diagnose(made, SITE.time_zone, NOW, SITE) == []
    assert covered(policy, outcomes).missing == ()
    assert all("only-plc-gateway" in each.problem for each in outcomes if each.problem)


def test_the_group_is_allowed_where_that_is_asked_for() -> None:
    """By a rule of its own, in a file that had no cases; a second restriction gets another name."""
    files = {name: text for name, text in FILES.items() if name != "terminal_access/cases.yml"}
    made = restrict(files, Restriction("robot", "app:mes", ("http:PUT",), allow=True), SITE, "lin")
    again = restrict(made, Restriction("robot", "app:mes", ("http:HEAD",)), SITE, "lin")
    ids = set(load(again, SITE.time_zone).by_id)
    assert {"only-robot-app-mes", "only-robot-app-mes-may", "only-robot-app-mes-2"} <= ids
    assert "decision: allow, rules: [only-robot-app-mes-may]" in made["terminal_access/cases.yml"]


def test_the_rule_says_what_it_is_and_whose() -> None:
    """Its title promises no more than the groups of now; it has an owner, and stands after a blank line."""
    written = restrict(FILES, WANTED, SITE, "lin")["edge_computing/policy.yml"].removeprefix(
        FILES["edge_computing/policy.yml"]
    )
    assert written.startswith("\n  - id: only-plc-gateway-app-plc\n")
    assert "Of the groups registered now, only plc-gateway may" in written
    assert written.endswith('owner: "lin"\n')


def test_the_case_has_the_protocol_of_the_register() -> None:
    """DNS is asked by UDP, whether it is named by its role or by its place."""
    for name in ("app:dns", "app:dns/10.11.6.53:53"):
        made = restrict(FILES, Restriction("agv", name, ("connect",)), SITE, "lin")
        assert any("app:dns/10.11.6.53:53/udp" in text for text in made.values())


def test_what_a_resource_cannot_have_is_told() -> None:
    """Modbus goes over TCP; DNS is registered over UDP."""
    assert unfit(Restriction("agv", "app:dns", ("modbus:read", "connect")), SITE) == ["modbus:read"]
    assert unfit(WANTED, SITE) == []


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Restriction("nobody", "app:plc", ("modbus:write",)), "no group of the register"),
        (Restriction("agv", "app:plc", ()), "at least one action"),
        (Restriction("agv", "plc", ("modbus:write",)), "is no resource"),
        (Restriction("agv", "app:plc", ("modbus:fly",)), "is no action"),
        (Restriction("agv", "app:other", ("modbus:write",)), "nothing that the asset register has"),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: Restriction, message: str) -> None:
    """And says what was expected."""
    with pytest.raises(AccessError, match=message):
        restrict(FILES, wanted, SITE, "lin")
