"""Policies and requests made by chance, over so few values that rules meet requests, and often just miss them."""

from __future__ import annotations

from pathlib import Path
from random import Random

from sentinel.access.engine.conditions import Atom, OneOf, Within
from sentinel.access.engine.groups import Groups
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.subject import subject
from sentinel.access.engine.target import target
from sentinel.model.access import Effect, Fact, Request, Resource, application
from sentinel.state.calendar import week

ROOT = Path(__file__).parents[1]
MODEL = (ROOT / "policies" / "model.conf").read_text(encoding="utf-8")
GROUPS = Groups({"machines": ["vehicles", "robot"], "vehicles": ["agv"], "all": ["machines", "camera"]})
LEAVES = ("agv", "robot", "camera", "guest", "vehicles")
SUBJECTS = ("any", "grp:agv", "grp:vehicles", "grp:machines", "grp:all", "grp:camera", "supi:999700000000001",
            "imei-tac:35693803", f"cert:{'a' * 64}")  # fmt: skip
TARGETS = ("any", "app:scada", "app:scada/10.60.0.10:502/tcp", "app:mes/10.60.0.11:80", "net:10.60.0.0/24",
           "net:10.60.0.10:500-502/tcp", "net:[2001:db8::]/64:502", "net:0.0.0.0/0", "nf:amf", "app:scada/10.60.0.8/30",
           "net:[::]/0:80-502")  # fmt: skip
ADDRESSES = ("10.60.0.10", "::ffff:10.60.0.10", "10.60.0.11", "10.60.1.1", "2001:db8::1")
ACTIONS = ("connect", "modbus:read", "modbus:write", "s7:write", "http:GET")
PATTERNS = ("any", "connect", "modbus:*", "modbus:read|write", "s7:*", "http:GET")
HOURS = ("mon-fri 06:00-22:00", "22:00-06:00", "sun 23:00-01:00", "00:00-24:00", "mon 08:00-08:01")
START = 1_772_409_600_000_000_000  # 2026-03-02T08:00 in Shanghai, a Monday
MINUTE = 60 * 10**9
TIMES = (START, START - 1, START + MINUTE, START + MINUTE - 1, START - 10 * 60 * MINUTE, START + 6 * 24 * 60 * MINUTE)


def atoms(chance: Random, effect: Effect) -> tuple[Atom, ...]:
    """Some conditions of each form."""
    low = chance.choice((0, 30, 50, 100))
    drawn: list[Atom] = [
        OneOf("slice", frozenset(chance.sample(("1", "2-0000a1", "3"), chance.randint(1, 2)))),
        OneOf("tac", frozenset({chance.choice(("1", "2"))})),
        Within("trust", ((0, low),) if effect is Effect.DENY else ((low, 100),)),
        Within("minute", week(chance.choice(HOURS))),
        Within("time", ((0, chance.choice(TIMES) - 1),)),
        OneOf("bound", frozenset({chance.choice(("true", "changed"))})),
        OneOf("posture:clean-ot", frozenset({"yes"})),
    ]
    return tuple(atom for atom in drawn if chance.random() < 0.2)


def a_rule(chance: Random, number: int) -> Rule:
    """A rule with this number in its id."""
    effect = Effect.DENY if chance.random() < 0.2 else Effect.ALLOW
    some = tuple(target(text) for text in chance.sample(TARGETS, chance.randint(1, 2)))
    return Rule(
        f"r{number}", chance.choice(("plant",) * 5 + ("other",)), tuple(chance.sample(SUBJECTS, chance.randint(1, 2))), some,
        tuple(chance.sample(PATTERNS, chance.randint(1, 2))), atoms(chance, effect), effect,
        {"ttl": chance.choice((60, 300))} if chance.random() < 0.5 else {},
    )  # fmt: skip


def a_policy(chance: Random, most: int = 12) -> Policy:
    """A policy of at most so many rules."""
    return Policy(tuple(a_rule(chance, number) for number in range(chance.randint(0, most))), MODEL, GROUPS)


def a_resource(chance: Random) -> Resource:
    """An application, named or not, or a network function."""
    if chance.random() < 0.15:
        return Resource("nf", chance.choice(("amf", "smf")))
    port, protocol = chance.choice((80, 501, 502)), chance.choice(("tcp", "udp"))
    return application(chance.choice(("scada", "mes", "")), chance.choice(ADDRESSES), port, protocol)


def a_request(chance: Random) -> Request:
    """A request of which any attribute may not be known."""
    drawn: dict[str, Fact] = {
        "slice": chance.choice(("1", "2-0000a1", "3", "")), "tac": chance.choice(("1", "2", "3")),
        "trust": chance.choice((0, 29, 30, 31, 49, 50, 99, 100)), "bound": chance.choice(("true", "changed")),
        "time": chance.choice(TIMES), "posture:clean-ot": chance.choice(("yes", "no")),
    }  # fmt: skip
    context = {name: value for name, value in drawn.items() if chance.random() < 0.85}
    who = subject(
        GROUPS, chance.choice(("999700000000001", "999700000000002")), chance.sample(LEAVES, chance.randint(0, 2)),
        chance.choice(("", "356938030000001", "860000000000001")), chance.choice(("", "a" * 64, "b" * 64)),
    )  # fmt: skip
    return Request(who, "plant", a_resource(chance), chance.choice(ACTIONS), context)
