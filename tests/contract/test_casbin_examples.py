"""What casbin documents as examples is decided by our engines as stock casbin decides it: over all who could ask for all."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import casbin
import pytest
from casbin.persist.adapter import Adapter, load_policy_line

from sentinel.access.engine.groups import Groups
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.subject import subject
from sentinel.access.engine.target import target
from sentinel.model.access import Effect, Request, application
from tests.policies import MODEL

HEAD = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act{eft}
{roles}[policy_effect]
e = {effect}
[matchers]
m = {who} && r.obj == p.obj && r.act == p.act
"""
ALLOW, DENY = "some(where (p.eft == allow))", "some(where (p.eft == allow)) && !some(where (p.eft == deny))"
ROLES = "[role_definition]\ng = _, _\n"
BASIC = HEAD.format(eft="", roles="", effect=ALLOW, who="r.sub == p.sub")
RBAC = HEAD.format(eft="", roles=ROLES, effect=ALLOW, who="g(r.sub, p.sub)")
RBAC_WITH_DENY = HEAD.format(eft=", eft", roles=ROLES, effect=DENY, who="g(r.sub, p.sub)")
MEMBER = "g, alice, data2_admin"
EXAMPLES: Mapping[str, tuple[str, Sequence[str]]] = {  # as in `examples/` of apache/casbin-pycasbin
    "basic": (BASIC, ("p, alice, data1, read", "p, bob, data2, write")),
    "basic_no_policy": (BASIC, ()),
    "rbac": (RBAC, ("p, alice, data1, read", "p, bob, data2, write", "p, data2_admin, data2, read",
                    "p, data2_admin, data2, write", MEMBER)),
    "rbac_with_hierarchy": (RBAC, ("p, alice, data1, read", "p, bob, data2, write", "p, data1_admin, data1, read",
                                   "p, data1_admin, data1, write", "p, data2_admin, data2, read", "p, data2_admin, data2, write",
                                   "g, alice, admin", "g, admin, data1_admin", "g, admin, data2_admin")),
    "rbac_with_deny": (RBAC_WITH_DENY, ("p, alice, data1, read, allow", "p, bob, data2, write, allow",
                                        "p, data2_admin, data2, read, allow", "p, data2_admin, data2, write, allow",
                                        "p, alice, data2, write, deny", MEMBER)),
    "rbac_with_not_deny_first": (RBAC_WITH_DENY, ("p, alice, data2, write, deny", "p, data2_admin, data2, write, allow",
                                                  "p, data2_admin, data2, read, allow", MEMBER)),
}  # fmt: skip
SUBJECTS, OBJECTS, ACTIONS = ("alice", "bob", "carol"), ("data1", "data2"), ("read", "write")


class _Lines(Adapter):  # type: ignore[misc]  # casbin ships no types
    """A policy that is at hand."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def load_policy(self, model: object) -> None:
        for line in self._lines:
            load_policy_line(line, model)


def _stock(text: str, lines: Sequence[str]) -> casbin.Enforcer:
    model = casbin.Model()
    model.load_model_from_text(text)
    made = casbin.Enforcer(model, _Lines(lines))
    made.logger.setLevel("CRITICAL")
    return made


def _ours(lines: Sequence[str]) -> tuple[Policy, Groups]:
    """The same as rules: whoever stands in a line is a group, data are applications, and verbs those of Modbus."""
    parts = [[each.strip() for each in line.split(",")] for line in lines]
    members: dict[str, list[str]] = {}
    for _, one, above in (each for each in parts if each[0] == "g"):
        members.setdefault(above, []).append(one)
    groups = Groups(members)
    rules = [
        Rule(f"r{at}", "site", (f"grp:{who}",), (target(f"app:{data}"),), (f"modbus:{verb}",), (), Effect((*rest, "allow")[0]), {})
        for at, (kind, who, data, verb, *rest) in enumerate(each for each in parts if each[0] == "p") if kind
    ]  # fmt: skip
    return Policy(tuple(rules), MODEL, groups), groups


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_casbin_is_decided_alike(name: str) -> None:
    text, lines = EXAMPLES[name]
    stock, (policy, groups) = _stock(text, lines), _ours(lines)
    fast, judged = (Pdp(Snapshot.of(policy), _refuse, every=every) for every in (1, 0))
    allowed = 0
    for who, data, verb in itertools.product(SUBJECTS, OBJECTS, ACTIONS):
        asked = Request(
            subject(groups, who, [who]), "site", application(data, "10.0.0.1", 502, "tcp"), f"modbus:{verb}", {}
        )
        expected = bool(stock.enforce(who, data, verb))
        assert (fast.decide(asked).allowed, judged.decide(asked).allowed) == (expected, expected), (who, data, verb)
        allowed += expected
    assert bool(allowed) is bool(lines)


def _refuse(message: str) -> None:
    raise AssertionError(message)
