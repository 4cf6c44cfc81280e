"""Detection speed: 200 generated rules over a mix of events, generated code against the interpreter in one run.

    python -m tests.bench.bench_rules [--events N] [--rules N]

Prints events per second of processor time, of the whole engine, of the matching alone, and of the interpreter on the same candidates, and the
ratio of the last two. The machine decides the rates; the ratio is comparable between machines.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from collectors.sources.capture_file import CaptureFile
from sentinel.detection import Detection, RuleSet, holds, load_files
from sentinel.detection.compile import compiled_kind
from sentinel.detection.interpret import foresee, known
from sentinel.detection.rule import prefixes
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.fields import CATALOGUE
from sentinel.pipeline import load_rules

ROOT = Path(__file__).parents[2]
SERVICES = ("ngap", "nas", "pfcp", "gtpu", "flow")
MESSAGES = tuple(f"message_{number}" for number in range(12))
NAMES = ("fiveg.gnb.name", "fiveg.dnn", "fiveg.nas.cipher", "fiveg.ngap.cause", "fiveg.pfcp.message")
HEAD = """\
title: Rule {0}
id: 00000000-0000-4000-8000-{0:012}
description: Generated.
level: medium
logsource: {{product: 5g, service: {1}}}
sentinel: {{title_zh: 甲, description_zh: 乙, stage: [security_judgement], domain: networking, entity: [source.ip]}}
"""


def rule_set(number: int, chance: random.Random) -> RuleSet:
    """Mixed rules, of which most pin a message and one in ten does not."""
    files = {}
    for at in range(number):
        service = SERVICES[at % len(SERVICES)]
        pin = "" if at % 10 == 0 else f"\n    event.action: {service}.{chance.choice(MESSAGES)}"
        body = chance.choice(
            (
                f"\n    {chance.choice(NAMES)}|contains: [rare{at}, seldom{at}]",
                f"\n    {chance.choice(NAMES)}|startswith: Odd{at}\n    source.port|gte: 60000",
                f"\n    source.ip|cidr: 10.{at}.0.0/16\n    {chance.choice(NAMES)}: [Value{at}, other{at}]",
                f"\n    {chance.choice(NAMES)}|re: ^strange[0-9]+-{at}$",
                f"\n    {chance.choice(NAMES)}: val*{at}\n    fiveg.nas.ciphered: true",
            )
        )
        detection = (
            f"detection:\n  s:{pin}{body}\n  known:\n    source.ip|cidr: 192.168.0.0/16\n  condition: s and not known\n"
        )
        files[Path(f"generated-rule-{at}.yml")] = (HEAD.format(at, service) + detection).encode()
    return load_files(files, CATALOGUE)


def stream(number: int, chance: random.Random) -> list[Event]:
    """Events of some twenty fields."""
    events: list[Event] = []
    for at in range(number):
        kind = f"{chance.choice(SERVICES)}.{chance.choice(MESSAGES)}"
        fields: dict[str, Value] = {"event.action": kind}
        fields |= {name: f"value-{chance.randrange(5000)}" for name in NAMES}
        fields |= {
            "source.ip": f"10.{chance.randrange(256)}.0.{chance.randrange(256)}", "destination.ip": "10.0.0.2",
            "source.port": chance.randrange(65536), "destination.port": 38412, "fiveg.nas.ciphered": at % 2 == 0,
            "fiveg.plmn": ("99970",), "fiveg.supi": f"99970{at % 1000:010}", "fiveg.tac": ("1",), "fiveg.nci": "0x1",
            "network.transport": "sctp", "fiveg.gnb.id": "1", "network.bytes": at, "network.packets": 1,
        }  # fmt: skip
        events.append(PlainEvent(kind, at * 1_000_000, f"{at:016x}", "bench", at, fields))
    return events


def decoded_events(number: int) -> list[Event]:
    """Events as the decoder gives them, of the plant's captures over and over."""
    captures = sorted((ROOT / "tests" / "traces" / "plant").glob("*.pcap"))
    found: list[Event] = []
    while len(found) < number:
        for capture in captures:
            found += [event for batch in CaptureFile(str(capture)).batches() for event in batch]
    return found[:number]


def rate(run: Callable[[], object], number: int) -> float:
    """Events a second, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return number / best


def matching(rules: RuleSet, events: Sequence[Event], *, generated: bool) -> Callable[[], object]:
    """Every event against its candidates, nothing else."""
    dispatch = {
        kind: [
            rule.condition
            for rule in rules.rules
            if kind.partition(".")[0] in prefixes(rule.service) and foresee(rule.condition, kind) is not False
        ]
        for kind in {event.kind for event in events}
    }
    together = {
        kind: compiled_kind([known(condition, kind) for condition in conditions], kind)
        for kind, conditions in dispatch.items()
    }

    def fast() -> int:
        return sum(len(together[e.kind](e.fields, e.fields.get)) for e in events)

    def slow() -> int:
        return sum(1 for e in events for condition in dispatch[e.kind] if holds(condition, e.fields))

    return fast if generated else slow


def run(number: int = 50_000, many: int = 200) -> dict[str, float]:
    """Measure, print and give the figures."""
    chance = random.Random(1)  # the same mix every time
    start = time.process_time()
    rules = rule_set(many, chance)
    loaded = time.process_time()
    detection = Detection(rules)
    built = time.process_time()
    events = stream(number, chance)
    few = events[: max(len(events) // 10, 1)]
    shipped, traffic = Detection(load_rules(ROOT / "rules")), decoded_events(number // 4)

    def engine() -> None:
        for at in range(0, len(events), 1000):
            detection.observe(events[at : at + 1000])

    def decoded() -> None:
        shipped.observe(traffic)

    def reloading() -> None:
        for at in range(0, len(events), 1000):
            detection.observe(events[at : at + 1000])
            if at % 10_000 == 0:
                detection.reload(rules)

    fast = rate(matching(rules, events, generated=True), len(events))
    slow = rate(matching(rules, few, generated=False), len(few))
    figures = {
        "rules": len(rules.rules),
        "load_seconds": round(loaded - start, 2),
        "compile_seconds": round(built - loaded, 2),
        "engine.events_per_second": round(rate(engine, len(events))),
        "reloading.events_per_second": round(rate(reloading, len(events))),
        "decoded.events_per_second": round(rate(decoded, len(traffic))),
        "generated.events_per_second": round(fast),
        "interpreter.events_per_second": round(slow),
        "ratio": round(fast / slow, 1),
    }
    print(f"rules            {len(rules.rules)} (load {loaded - start:.2f} s, compile {built - loaded:.2f} s)")
    print(f"engine           {figures['engine.events_per_second']:>12,} events/s")
    print(f"… reloaded       {figures['reloading.events_per_second']:>12,} events/s, the rules taken anew every 10,000")
    print(
        f"… decoded        {figures['decoded.events_per_second']:>12,} events/s, events of the decoder, shipped rules"
    )
    print(f"generated code   {fast:>12,.0f} events/s")
    print(f"interpreter      {slow:>12,.0f} events/s")
    print(f"ratio            {fast / slow:>12.1f}")
    return figures


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--rules", type=int, default=200)
    options = parser.parse_args(arguments)
    run(options.events, options.rules)


if __name__ == "__main__":
    main(sys.argv[1:])
