from __future__ import annotations

import pytest

from sentinel.access.authoring.cases import Context, covered, given, resource, run
from sentinel.access.authoring.files import load, load_folder, read_folder
from sentinel.errors import PolicyError
from tests.policies import MODEL, ROOT

POLICY = """\
site: plant
domain: edge_computing
rules:
  - {id: one, title: T, title_zh: 题, effect: allow, subject: grp:agv, resource: app:plc, action: connect, when: {tac: 1}}
"""
CASE = """\
site: plant
cases:
  - name: an AGV connects
    given: {{groups: [agv], resource: "app:plc/10.0.0.1:502/tcp", action: {0}, context: {{{1}}}}}
    expect: {{decision: {2}, rules: [{3}]}}
"""
LOADED = load({"model.conf": MODEL, "d/policy.yml": POLICY}, "UTC")


def _run(*told: str) -> str:
    return run(LOADED, {"d/cases.yml": CASE.format(*told)})[0].problem


def test_the_examples_are_as_expected_and_cover_everything() -> None:
    policy = load_folder(ROOT / "policies", "Asia/Shanghai")
    outcomes = run(policy, read_folder(ROOT / "policies"))
    assert [outcome.problem for outcome in outcomes if outcome.problem] == []
    assert covered(policy, outcomes).missing == ()


def test_an_answer_that_was_not_expected_says_what_was_missing() -> None:
    problem = _run("connect", "tac: 2", "allow", "one")
    assert problem == "expected allow by ['one'], got deny by []; rule one would allow, but tac `2` is not in [1]"


def test_the_rules_are_part_of_what_is_expected() -> None:
    assert "expected allow by []" in _run("connect", "tac: 1", "allow", "")


@pytest.mark.parametrize(
    "told", [("fly", "", "deny", ""), ("connect", "time: soon", "deny", ""), ("connect", "colour: red", "deny", "")]
)
def test_a_case_that_cannot_be_is_a_mistake(told: tuple[str, ...]) -> None:
    with pytest.raises(PolicyError, match=r"cases\.yml"):
        _run(*told)


def test_coverage_counts_rules_and_clauses() -> None:
    found = covered(LOADED, run(LOADED, {"d/cases.yml": CASE.format("connect", "tac: 2", "deny", "")}))
    assert (found.matched, found.rules, found.tried, found.clauses) == (0, 1, 1, 2)
    assert found.missing == ("one", "one: action")
    assert found.percent == 33


def test_what_is_asked_for_has_one_address_and_one_port() -> None:
    assert str(resource("app:plc/[2001:db8::1]:502/tcp")) == "app:plc/[2001:db8::1]:502/tcp"
    assert str(resource("nf:amf")) == "nf:amf"
    for text in ("any", "app:plc", "net:10.0.0.0/24", "app:plc/10.0.0.1", "app:plc/10.0.0.1:1-2"):
        with pytest.raises(ValueError, match="is no resource that can be asked for"):
            resource(text)


def test_a_context_is_what_is_known() -> None:
    assert Context(ticket=False, tac="1").facts("UTC") == {"tac": "1", "ticket": "no"}
    assert Context(posture=("clean-ot",)).facts("UTC")["posture:clean-n2"] == "no"
    with pytest.raises(ValueError, match="`resource`"):
        given({"action": "connect"})
