"""Our engine beside RSigma, which matches too, and pySigma, which parses: the same rules on the same events.

    cargo build --release --locked --manifest-path tests/oracle/Cargo.toml --target-dir target/oracle
    python -m tests.compare_rsigma [--rules N] [--seed N]       default: 600 generated rules, seed 1

Two sets: generated rules over all modifiers on 60 events by chance, and our own rules on all events of their fixtures;
of ours what is Sigma alone, so no correlations and no thresholds that a site sets. Prints a score for each set, and what
differs by its explanation. Where RSigma differs, pySigma's reading (`tests/property/test_pysigma.py`) is the third
opinion. Exit status 1 where we stand alone, or where no explanation fits.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from sigma.exceptions import SigmaError

from sentinel.detection import RuleSetError, holds, load_sigma
from sentinel.detection.tree import Node
from sentinel.model.event import Value
from tests.property import test_pysigma as pysigma

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "target" / "oracle" / "release" / "sigma-oracle"
BUILD = "cargo build --release --locked --manifest-path tests/oracle/Cargo.toml --target-dir target/oracle"
Fields = Mapping[str, Value]


@dataclass(frozen=True)
class Rule:
    """A rule as text, and what ours and pySigma read in it."""

    title: str
    text: str
    ours: Node
    theirs: object


def rule(title: str, text: str) -> Rule | None:
    """A rule that all can read; none, where pySigma or we refuse it."""
    try:
        theirs = pysigma.theirs(text)
        ours = load_sigma({Path(f"{title}.yml"): text.encode()}).rules[0].condition
    except (SigmaError, RuleSetError):
        return None
    return Rule(title, text, ours, theirs)


def generated(number: int, seed: int) -> tuple[list[Rule], list[Fields]]:
    """Rules over all modifiers, and events that they may match."""
    chance = random.Random(seed)
    made = ((f"rule-{at}", pysigma.rule(chance)) for at in range(number))
    titled = ((title, text.replace("title: A rule", f"title: {title}", 1)) for title, text in made)
    rules = [found for title, text in titled if (found := rule(title, text)) is not None]
    return rules, [pysigma.event(chance) for _ in range(60)]


def shipped() -> tuple[list[Rule], list[Fields]]:
    """Our own rules as plain Sigma, and the events of all fixtures."""
    rules = []
    for path in sorted((ROOT / "rules").glob("*/*.yml")):
        for at, document in enumerate(yaml.safe_load_all(path.read_text(encoding="utf-8"))):
            if "detection" not in document or "|expand" in str(document["detection"]):
                continue
            title = f"{path.stem}-{at}"
            plain = {"title": title, "logsource": document["logsource"], "detection": document["detection"]}
            found = rule(title, yaml.safe_dump(plain, allow_unicode=True))
            if found is None:
                raise SystemExit(f"`{path}` is not Sigma to pySigma and to us")
            rules.append(found)
    return rules, list(fixtures())


def fixtures() -> Iterator[Fields]:
    """Each event that a fixture spells out, once."""
    seen = set()
    for path in sorted((ROOT / "tests" / "rules").glob("*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for event in json.loads(line).get("events", []):
                event.pop("@timestamp", None)
                text = json.dumps(event, sort_keys=True)
                if text not in seen:
                    seen.add(text)
                    yield {name: tuple(value) if isinstance(value, list) else value for name, value in event.items()}


def rsigma(rules: Sequence[Rule], events: Sequence[Fields]) -> set[tuple[str, int]]:
    """Title, and number of the event, of all that RSigma matches."""
    with tempfile.TemporaryDirectory() as name:
        folder, spoken = Path(name) / "rules", Path(name) / "events.ndjson"
        folder.mkdir()
        for each in rules:
            (folder / f"{each.title}.yml").write_text(each.text, encoding="utf-8")
        spoken.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        done = subprocess.run([PROGRAM, folder, spoken], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"rsigma failed with status {done.returncode}: {done.stderr.strip()[:500]}")
    found = (line.split("\t") for line in done.stdout.splitlines())
    return {(title, int(number)) for title, number in found}


def _named(text: str) -> set[str]:
    """The fields that a rule asks for."""
    return {line.strip(" -").partition(":")[0].partition("|")[0] for line in text.splitlines()}


def _absent(text: str, event: Fields) -> bool:
    return bool((_named(text) & set(pysigma.NAMES)) - set(event))


EXPLAINED: Mapping[str, Callable[[str, Fields], bool]] = {
    "a letter beyond ASCII folds": lambda text, event: not (text + "".join(map(str, event.values()))).isascii(),
    "`neq` of an absent field": lambda text, event: "|neq" in text and _absent(text, event),
    "`null` among other values of a list": lambda text, _: "[null" in text,
    "a field against one with several values": lambda text, event: "|fieldref" in text and any(
        isinstance(value, tuple) for value in event.values()
    ),
    "keywords in numbers, and over line breaks": lambda text, _: any(f"{name}: [" in text for name in ("one", "two", "three")),
    "a wildcard and a line break": lambda text, event: ("*" in text or "?" in text) and "\n" in "".join(map(str, event.values())),
}  # fmt: skip
"""Why RSigma may differ (docs/rules.md); the first that fits."""


def compare(name: str, rules: Sequence[Rule], events: Sequence[Fields]) -> bool:
    """Judge all rules on all events three times; print the score, and say whether all is explained."""
    theirs = rsigma(rules, events)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for each in rules:
        for number, event in enumerate(events):
            ours, third = holds(each.ours, event), pysigma.judged(each.theirs, event)
            other = (each.title, number) in theirs
            counts["judgements"] += 1
            counts["matches"] += ours
            counts["like pySigma"] += ours == third
            counts["like RSigma"] += ours == other
            if ours != other:
                reasons[_why(each, event, ours=ours, third=third)] += 1
    print(f"{name}: {len(rules)} rules on {len(events)} events")
    for what, count in counts.items():
        print(f"  {what:46} {count:>9,}")
    for why, count in reasons.most_common():
        print(f"  differs from RSigma: {why:45} {count:>5,}")
    return counts["like pySigma"] == counts["judgements"] and "not explained" not in reasons


def _why(each: Rule, event: Fields, *, ours: bool, third: bool) -> str:
    found = next((why for why, fits in EXPLAINED.items() if fits(each.text, event)), "not explained")
    if found == "not explained" or ours != third:
        print(f"  ours {ours}, pySigma {third}, RSigma {not ours}: {dict(event)}\n{each.text}")
    return found


def main(arguments: Sequence[str]) -> int:
    """Compare, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not PROGRAM.exists():
        print(f"RSigma is not built: {BUILD}", file=sys.stderr)
        return 2
    good = [
        compare("generated rules", *generated(options.rules, options.seed)),
        compare("our own rules", *shipped()),
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
