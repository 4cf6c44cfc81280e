"""Decisions on access: 100,000 terminals and 10,000 rules on ten sites, beside stock pycasbin and Cedar in one run.

    python -m tests.bench.bench_access [--rules N] [--requests N]

Prints microseconds of a decision with all of its reasons: compiled path, casbin over the candidates, stock casbin and Cedar
over the whole policy; decisions a second; what a policy takes to compile; and how all of that grows with ten times the
rules. The peers are asked a part of the same requests, and their answers have to be the same. Then the sizes for which
casbin publishes figures (roles, users; https://casbin.org/docs/benchmark), as rules for groups.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from random import Random
from statistics import median, quantiles

from sentinel.access.engine.conditions import Atom, OneOf, Within
from sentinel.access.engine.groups import Groups
from sentinel.access.engine.judge import Judge
from sentinel.access.engine.pdp import Pdp, with_minute
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.subject import subject
from sentinel.access.engine.target import target
from sentinel.model.access import Effect, Fact, Request, Subject, application
from sentinel.state.calendar import week
from tests.cedar import Cedar
from tests.policies import MODEL, START

TERMINALS = 100_000
SITES, GROUPS_EACH = 10, 40
SLICES, DNNS, TACS = ("1", "2-0000a1", "3"), ("internet", "ot"), tuple(map(str, range(1, 9)))
VERBS = ("connect", "modbus:read", "modbus:write", "s7:write", "http:GET")
PEERS = 30  # requests that the peers are asked
HOURS = tuple(map(week, ("mon-fri 06:00-22:00", "00:00-24:00", "22:00-06:00")))
PUBLISHED = {"rbac_small": (100, 1_000), "rbac_medium": (1_000, 10_000), "rbac_large": (10_000, 100_000)}
Figures = dict[str, float]


def rule_set(number: int, chance: Random) -> tuple[Rule, ...]:
    """Rules for the groups of ten sites, about a thousand applications each; one in ten denies."""
    return tuple(_rule(at, chance) for at in range(number))


def _rule(at: int, chance: Random) -> Rule:
    site = chance.randrange(SITES)
    effect = Effect.DENY if at % 10 == 0 else Effect.ALLOW
    atoms: list[Atom] = [
        Within("trust", ((0, 20),) if effect is Effect.DENY else ((chance.choice((20, 40, 60)), 100),)),
        OneOf("slice", frozenset(chance.sample(SLICES, 2))), OneOf("dnn", frozenset({chance.choice(DNNS)})),
        OneOf("tac", frozenset(chance.sample(TACS, 6))), Within("minute", chance.choice(HOURS)),
    ]  # fmt: skip
    where = target(f"app:app{at % 1000}/10.{site}.{at % 1000 // 250}.{at % 250}:{502 if at % 2 else 80}/tcp")
    return Rule(
        f"r{at}", f"site{site}", (f"grp:s{site}g{chance.randrange(GROUPS_EACH)}",), (where,),
        tuple(chance.sample(VERBS, 2)), tuple(chance.sample(atoms, chance.randint(1, 4))), effect, {"ttl": 300},
    )  # fmt: skip


def terminals(chance: Random) -> list[tuple[int, Subject]]:
    """Terminals with their site, in one to three groups."""
    groups, found = Groups(), []
    for number in range(TERMINALS):
        site = number % SITES
        mine = {f"s{site}g{chance.randrange(GROUPS_EACH)}" for _ in range(chance.randint(1, 3))}
        found.append((site, subject(groups, f"99970{number:010}", mine, f"35693803{number:07}")))
    return found


def requests(number: int, rules: Sequence[Rule], known: Sequence[tuple[int, Subject]], chance: Random) -> list[Request]:
    """Requests, of which three in five are aimed at a rule."""
    by_group: dict[str, list[tuple[int, Subject]]] = {}
    for each in known:
        for key in each[1].keys:
            by_group.setdefault(key, []).append(each)
    return [_request(rules, known, by_group, chance) for _ in range(number)]


def _request(
    rules: Sequence[Rule],
    known: Sequence[tuple[int, Subject]],
    by_group: dict[str, list[tuple[int, Subject]]],
    chance: Random,
) -> Request:
    context: dict[str, Fact] = {
        "trust": chance.randint(0, 100), "slice": chance.choice(SLICES), "dnn": chance.choice(DNNS), "tac": chance.choice(TACS),
        "time": START + chance.randrange(7 * 24 * 60) * 60 * 10**9, "bound": "true", "facts_age": 3,
    }  # fmt: skip
    rule = chance.choice(rules)
    wanted = rule.targets[0]
    place = wanted.text.partition("/")[2].partition(":")[0]
    if chance.random() < 0.6:
        site, who = chance.choice(by_group[rule.subjects[0]])
        action = chance.choice(rule.actions)
    else:
        (site, who), action = chance.choice(known), chance.choice(VERBS)
    return Request(who, f"site{site}", application(wanted.name, place, wanted.ports[0], "tcp"), action, context)


def timed(ask: Callable[[Request], bool], asked: Sequence[Request]) -> tuple[list[bool], list[float]]:
    """The answers, and microseconds of each."""
    answers, took = [], []
    for request in asked:
        start = time.perf_counter_ns()
        answers.append(ask(request))
        took.append((time.perf_counter_ns() - start) / 1000)
    return answers, took


def _told(name: str, took: Sequence[float], figures: Figures) -> None:
    centiles = quantiles(took, n=100)
    figures |= {f"{name}.p50_us": round(median(took), 2), f"{name}.p99_us": round(centiles[98], 2)}
    print(f"{name:<28} p50 {median(took):>12,.1f} us   p99 {centiles[98]:>12,.1f} us   ({len(took):,} decisions)")


def _refuse(message: str) -> None:
    raise SystemExit(message)


def _engines(
    number: int, asked_for: int, chance: Random, known: Sequence[tuple[int, Subject]], figures: Figures
) -> None:
    rules = rule_set(number, chance)
    policy = Policy(rules, MODEL)
    start = time.perf_counter()
    snapshot = Snapshot.of(policy)
    compiled = time.perf_counter() - start
    asked = requests(asked_for, rules, known, chance)
    name = f"{number // 1000}k"
    fast, judged = Pdp(snapshot, _refuse, every=10**12), Pdp(snapshot, _refuse, every=0)
    timed(lambda request: fast.decide(request).allowed, asked[:2000])  # warm
    answers, took = timed(lambda request: fast.decide(request).allowed, asked)
    _told(f"{name}.compiled", took, figures)
    start = time.process_time()
    for request in asked:
        fast.decide(request)
    rate = len(asked) / (time.process_time() - start)
    some = asked[: len(asked) // 10]
    again, took = timed(lambda request: judged.decide(request).allowed, some)
    _told(f"{name}.casbin_over_candidates", took, figures)
    _same(again, answers, "casbin over the candidates")
    figures |= {f"{name}.decisions_per_cpu_second": round(rate), f"{name}.compile_seconds": round(compiled, 3),
                f"{name}.allowed": sum(answers) / len(answers)}  # fmt: skip
    print(
        f"{name:<28} {rate:,.0f} decisions a second of CPU, {compiled:.3f} s to compile, {sum(answers) / len(answers):.0%} allowed"
    )
    if number <= 10_000:
        _peers(name, policy, asked[:PEERS], answers, figures)


def _peers(name: str, policy: Policy, asked: Sequence[Request], answers: Sequence[bool], figures: Figures) -> None:
    ready = [with_minute(request, policy.zone) for request in asked]
    stock, rows = Judge(policy.model), [rule.row for rule in policy.rules]
    stock.allows(rows, ready[0])
    found, took = timed(lambda request: stock.allows(rows, request), ready)
    _told(f"{name}.stock_casbin", took, figures)
    _same(found, answers, "stock casbin")
    cedar = Cedar(policy.rules)
    found, took = timed(cedar.allows, ready)
    _told(f"{name}.cedar", took, figures)
    _same(found, answers, "Cedar")


def _same(found: Sequence[bool], answers: Sequence[bool], who: str) -> None:
    wrong = sum(one is not other for one, other in zip(found, answers, strict=False))
    if wrong:
        _refuse(f"{who} answers {wrong} of {len(found)} requests otherwise")


def _published(chance: Random, figures: Figures) -> None:
    """Ten roles have the same data, and ten users the same role; half of what they ask for is theirs to read."""
    for name, (roles, users) in PUBLISHED.items():
        rules = tuple(
            Rule(
                f"r{at}",
                "site",
                (f"grp:role{at}",),
                (target(f"app:data{at // 10}"),),
                ("modbus:read",),
                (),
                Effect.ALLOW,
                {},
            )
            for at in range(roles)
        )
        pdp, groups = Pdp(Snapshot.of(Policy(rules, MODEL)), _refuse, every=10**12), Groups()
        asked = [
            Request(
                subject(groups, str(user), [f"role{user // 10}"]), "site",
                application(f"data{chance.choice((user // 100, chance.randrange(roles // 10)))}", "10.0.0.1", 502, "tcp"),
                "modbus:read", {},
            ) for user in (chance.randrange(users) for _ in range(5_000))
        ]  # fmt: skip
        answers, took = timed(lambda request, pdp=pdp: pdp.decide(request).allowed, asked)  # type: ignore[misc]
        assert 0 < sum(answers) < len(answers)
        _told(f"casbin.{name}", took, figures)


def run(number: int = 10_000, asked_for: int = 20_000) -> Figures:
    """Measure, and print."""
    chance, figures = Random(7), Figures()
    known = terminals(chance)
    for many in (number, 10 * number):
        _engines(many, asked_for, chance, known, figures)
    one, ten = (figures[f"{many // 1000}k.compiled.p50_us"] for many in (number, 10 * number))
    figures["growth"] = round(ten / one, 2)
    _published(chance, figures)
    print(f"ten times the rules: {ten / one:.1f} times as long")
    return figures


def main(arguments: Sequence[str]) -> None:
    """Run it by itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_access", description=__doc__)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=20_000)
    options = parser.parse_args(arguments)
    run(options.rules, options.requests)


if __name__ == "__main__":
    main(sys.argv[1:])
