"""What is true of a policy for every request: dead, overridden and redundant rules, conflicts, and what a change changes.

Exact, by the boxes of `sentinel.access.authoring.space`; each finding has a request that shows it, and each such request is decided
again by casbin before anybody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sentinel.access.authoring.space import Box, Space
from sentinel.access.engine.explain import nearest
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.rule import Rule
from sentinel.errors import AnalysisError
from sentinel.model.access import Effect, Request, Resource, Subject

__all__ = ["Change", "Finding", "Kind", "analyse", "compare", "nearest"]
_MOST_STEPS = 200_000  # of one question; beyond, it is said that it was not answered


class Kind(StrEnum):
    """What can be wrong with a rule."""

    NEVER = "never"  # no request matches it
    OVERRIDDEN = "overridden"  # an allow, all of which is denied
    REDUNDANT = "redundant"  # others of its effect match all that it matches
    CONFLICT = "conflict"  # an allow, some of which a deny takes away


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a rule, because of others, with a request that shows it (none where no request matches)."""

    kind: Kind
    rule: Rule
    others: tuple[str, ...] = ()
    example: Request | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A request that two policies decide differently; `gained` says that the new one allows it."""

    gained: bool
    rule: str
    example: Request


def analyse(
    policy: Policy, register: Iterable[Subject] = (), places: Iterable[Resource] = (), now: int = 0
) -> list[Finding]:
    """All findings, in the order of the rules; raises `AnalysisError` if one does not hold on casbin."""
    space = Space([policy], register, places, now)
    casbin = Pdp(Snapshot.of(policy), _raise, every=0)
    known: set[str] = set()  # redundant rules: they prove nothing of others
    found = []
    for rule in policy.rules:
        finding = _finding(space, policy, rule, known)
        if finding is not None:
            known |= {rule.id} if finding.kind is Kind.REDUNDANT else set()
            _try(casbin, finding)
            found.append(finding)
    return found


def _finding(space: Space, policy: Policy, rule: Rule, known: set[str]) -> Finding | None:
    boxes = space.boxes(rule)
    if not boxes:
        return Finding(Kind.NEVER, rule)
    meeting = [each for each in policy.rules if each.id != rule.id and _meets(space, boxes, space.boxes(each))]
    denies = [each for each in meeting if each.effect is Effect.DENY]
    if rule.effect is Effect.ALLOW and denies and _outside(space, boxes, denies) is None:
        return Finding(Kind.OVERRIDDEN, rule, _ids(denies), space.request(boxes[0]))
    alike = [each for each in meeting if each.effect is rule.effect and each.id not in known]
    if alike and _outside(space, boxes, alike) is None:
        return Finding(Kind.REDUNDANT, rule, _ids(alike), space.request(boxes[0]))
    if rule.effect is Effect.ALLOW and denies:
        shared = next(box for deny in denies for box in _shared(space, boxes, space.boxes(deny)))
        return Finding(Kind.CONFLICT, rule, _ids(denies), space.request(shared))
    return None


def _ids(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)


def _raise(message: str) -> None:
    raise AnalysisError(message)


def _try(casbin: Pdp, finding: Finding) -> None:
    """Casbin has to say of the example what the finding says."""
    if finding.example is None:
        return
    decision = casbin.decide(finding.example)
    denied = finding.kind in (Kind.OVERRIDDEN, Kind.CONFLICT)
    if finding.rule.id not in decision.rules or len(decision.rules) < 2 or (denied and decision.allowed):
        raise AnalysisError(f"casbin decides otherwise of what was found about `{finding.rule.id}`: {decision.rules}")


def compare(
    old: Policy, new: Policy, register: Iterable[Subject] = (), places: Iterable[Resource] = (), now: int = 0
) -> list[Change]:
    """What the new policy allows and the old one did not, and the reverse: an example for each rule that makes it so."""
    if old.zone != new.zone or old.groups.members != new.groups.members:
        raise AnalysisError("policies with other groups or another time zone are not compared by their rules")
    space = Space([old, new], list(register), places, now)
    judges = {id(each): Pdp(Snapshot.of(each), _raise, every=0) for each in (old, new)}
    found = [Change(True, *each) for each in _only(space, new, old)] + [
        Change(False, *each) for each in _only(space, old, new)
    ]
    for change in found:
        allowed = (judges[id(old)].decide(change.example).allowed, judges[id(new)].decide(change.example).allowed)
        if allowed != (not change.gained, change.gained):
            raise AnalysisError(f"casbin decides otherwise of what `{change.rule}` was found to change: {allowed}")
    return found


def _only(space: Space, here: Policy, there: Policy) -> Iterator[tuple[str, Request]]:
    """What `here` allows and `there` does not, by the rule of either that makes it so."""
    denies = [rule for rule in here.rules if rule.effect is Effect.DENY]
    allows_there = [rule for rule in there.rules if rule.effect is Effect.ALLOW]
    denies_there = [rule for rule in there.rules if rule.effect is Effect.DENY]
    for rule in here.rules:
        if rule.effect is Effect.ALLOW:
            box = _outside(space, space.boxes(rule), [*denies, *allows_there])
            if box is not None:
                yield rule.id, space.request(box)
    for deny in denies_there:
        for rule in here.rules:
            shared = _shared(space, space.boxes(rule), space.boxes(deny)) if rule.effect is Effect.ALLOW else ()
            box = _outside(space, tuple(shared), denies)
            if box is not None:
                yield deny.id, space.request(box)
                break


def _meets(space: Space, left: Sequence[Box], right: Sequence[Box]) -> bool:
    return next(_shared(space, left, right), None) is not None


def _shared(space: Space, left: Iterable[Box], right: Sequence[Box]) -> Iterator[Box]:
    """The boxes that both have in common."""
    for one in left:
        for other in right:
            both = _both(one, other)
            if both is not None and not space.empty(both):
                yield both


def _both(left: Box, right: Box) -> Box | None:
    found = dict(left)
    for name, mask in right.items():
        found[name] = found[name] & mask if name in found else mask
        if not found[name]:
            return None
    return found


def _outside(space: Space, boxes: Sequence[Box], rules: Sequence[Rule]) -> Box | None:
    """A box of `boxes` that none of the rules touches; none where they cover all of it."""
    cover = [box for rule in rules for box in space.boxes(rule)]
    waiting = [(box, 0) for box in boxes]
    for _ in range(_MOST_STEPS):
        if not waiting:
            return None
        box, at = waiting.pop()
        while at < len(cover) and _both(box, cover[at]) is None:
            at += 1
        if at == len(cover):
            if not space.empty(box):
                return box
            continue
        waiting += [(piece, at + 1) for piece in _without(box, cover[at], space)]
    raise AnalysisError(f"the question was not answered in {_MOST_STEPS:,} steps; expected fewer rules that overlap")


def _without(box: Box, other: Box, space: Space) -> Iterator[Box]:
    """What is left of a box: disjoint pieces, one for each axis on which the other is narrower."""
    rest = dict(box)
    for name, mask in other.items():
        mine = rest.get(name, space.axes[name].all)
        if mine & ~mask:
            yield {**rest, name: mine & ~mask}
        rest[name] = mine & mask
