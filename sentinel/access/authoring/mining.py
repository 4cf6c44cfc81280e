"""Rules mined from traffic that was seen: the fewest that permit what each group did, and nothing that it did not do.

Accesses of terminals that alerts are about are left out, and so are those of terminals that are in no register. Groups
that did the same to the same share a rule, and so do resources to which the same was done by the same. A mined rule has
no conditions: they are for people to add, and the comment above it says what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import yaml

from sentinel.access.engine.target import target
from sentinel.model.access import Resource
from sentinel.model.document import timestamp

MOST = 64  # of subjects, resources or actions of one rule, by their form
EVIDENCE = 3  # events that a comment names


class Access(NamedTuple):
    """Something that a terminal did: the event that shows it, when, who, to what, and what."""

    event: str
    at: int
    supi: str
    resource: Resource
    action: str


@dataclass(slots=True)
class Support:
    """What a rule rests on."""

    count: int = 0
    terminals: set[str] = field(default_factory=set)
    first: int = 0
    last: int = 0
    events: list[str] = field(default_factory=list)

    def add(self, access: Access) -> None:
        """One more access."""
        self.count += 1
        self.terminals.add(access.supi)
        self.first = min(self.first or access.at, access.at)
        self.last = max(self.last, access.at)
        if len(self.events) < EVIDENCE:
            self.events.append(access.event)

    def __or__(self, other: Support) -> Support:
        events = [*self.events, *other.events][:EVIDENCE]
        first = min(self.first or other.first, other.first or self.first)
        return Support(
            self.count + other.count, self.terminals | other.terminals, first, max(self.last, other.last), events
        )


@dataclass(frozen=True, slots=True)
class Mined:
    """A rule as found: every subject did every action to every resource."""

    subjects: tuple[str, ...]
    resources: tuple[str, ...]
    actions: tuple[str, ...]
    support: Support


def mine(accesses: Iterable[Access], group: Callable[[str], str], suspected: Callable[[str], bool]) -> list[Mined]:
    """The rules, those first that most accesses show; `group` is a terminal's, empty where it is in none that is known."""
    seen: dict[tuple[str, str], dict[str, Support]] = {}  # subject and resource: by action
    for access in accesses:
        subject = group(access.supi)
        if subject and access.resource.known and not suspected(access.supi):
            actions = seen.setdefault((subject, _written(access.resource)), {})
            actions.setdefault(access.action, Support()).add(access)
    rows = {pair: (frozenset(actions), _sum(actions.values())) for pair, actions in seen.items()}
    return sorted(_rules(rows), key=lambda rule: (-rule.support.count, rule.subjects, rule.resources))


def _rules(rows: Mapping[tuple[str, str], tuple[frozenset[str], Support]]) -> Iterator[Mined]:
    """Subjects of one resource and the same actions together, then resources of the same subjects and actions."""
    whose: dict[tuple[str, frozenset[str]], list[str]] = {}
    for (subject, resource), (actions, _) in rows.items():
        whose.setdefault((resource, actions), []).append(subject)
    where: dict[tuple[tuple[str, ...], frozenset[str]], list[str]] = {}
    for (resource, actions), subjects in whose.items():
        where.setdefault((tuple(sorted(subjects)), actions), []).append(resource)
    for (names, actions), resources in where.items():
        parts = product(_parts(names), _parts(sorted(resources)), _parts(sorted(actions)))
        for some, places, verbs in parts:
            support = _sum(rows[pair][1] for pair in product(some, places))
            yield Mined(some, places, verbs, support)


def _parts(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(names[at : at + MOST]) for at in range(0, len(names), MOST)]


def _sum(several: Iterable[Support]) -> Support:
    total = Support()
    for each in several:
        total |= each
    return total


def _written(resource: Resource) -> str:
    """A resource as rules name it: by its address alone, where its name cannot be written in one."""
    try:
        return target(str(resource)).text
    except ValueError:
        return str(Resource("net", "", resource.address, resource.port, resource.protocol))


def draft(mined: Sequence[Mined], site: str, sizes: Mapping[str, int]) -> str:
    """The rules as a policy file, with what they rest on; `sizes` is how many terminals a subject means."""
    head = f"# Mined from stored traffic: a draft, to be read, narrowed by conditions and given cases.\nsite: {_plain(site)}\n"
    rules = "".join(_rule(number, rule, sizes) for number, rule in enumerate(mined, start=1))
    return f"{head}domain: terminal_access\nrules:{rules or ' []'}\n"


def _rule(number: int, rule: Mined, sizes: Mapping[str, int]) -> str:
    support, size = rule.support, sum(sizes.get(each, 1) for each in rule.subjects)
    share = len(support.terminals) / size if size else 0.0
    confidence = (
        "high" if share >= 0.5 and support.count >= 10 * len(support.terminals) else "medium" if share >= 0.5 else "low"
    )
    fields = {
        "id": f"mined-{number}", "title": f"Mined: {', '.join(rule.subjects)}"[:400], "title_zh": f"挖掘自流量：{'、'.join(rule.subjects)}"[:400],
        "effect": "allow", "subject": list(rule.subjects), "resource": list(rule.resources), "action": list(rule.actions),
    }  # fmt: skip
    lines = yaml.safe_dump([fields], allow_unicode=True, sort_keys=False, default_flow_style=None, width=10_000)
    told = (
        f"\n  # confidence {confidence}: seen {support.count} times, from {len(support.terminals)} of {size} terminals, "
        f"{timestamp(support.first)} to {timestamp(support.last)}\n  # evidence: {', '.join(support.events)}\n"
    )
    return told + "".join(f"  {line}\n" for line in lines.splitlines())


def _plain(text: str) -> str:
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).splitlines()[0]
