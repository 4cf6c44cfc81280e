"""Why: what goes with a decision, and what would have been needed for another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sentinel.access.engine.conditions import holds
from sentinel.access.engine.index import Entry
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.rule import failing, got, verbs, wanted
from sentinel.model.access import Effect, Fact, Miss, Request
from sentinel.model.alert import Severity

MOST_MISSES = 16
_LEVELS = [level.value for level in Severity]


def misses(candidates: Iterable[Entry], request: Request) -> tuple[Miss, ...]:
    """The candidates that would have allowed it but for one clause, nearest to be granted first as they were written."""
    found: list[Miss] = []
    for entry in candidates:
        clause = _one_failing(entry, request) if entry.allow else ""
        if clause:
            found.append(Miss(entry.id, clause, wanted(entry.rule, clause), got(request, clause)))
            if len(found) == MOST_MISSES:
                break
    return tuple(found)


def _one_failing(entry: Entry, request: Request) -> str:
    """The clause that alone failed; empty where there are more, or none."""
    failed = "" if request.action in verbs("|".join(entry.rule.actions)) else "action"
    for atom in entry.rule.atoms:
        if not holds(atom, request.context, Effect.ALLOW):
            if failed:
                return ""
            failed = atom.name
    return failed


def nearest(policy: Policy, request: Request) -> tuple[Miss, ...]:
    """The same of all rules, also those that failed by subject, site or resource: slow, for people."""
    found = []
    for rule in policy.rules:
        failed = failing(rule, request) if rule.effect is Effect.ALLOW else ()
        if len(failed) == 1:
            found.append(Miss(rule.id, failed[0], wanted(rule, failed[0]), got(request, failed[0])))
    return tuple(found)


def obligations(matched: Sequence[Entry], *, allowed: bool) -> Mapping[str, Fact]:
    """What the rules that decided ask for: the shortest of several times, the loudest of several alerts."""
    deciding = [entry for entry in matched if entry.allow is allowed]
    if len(deciding) == 1:
        return deciding[0].obligations
    found: dict[str, Fact] = {}
    for entry in deciding:
        for name, value in entry.obligations.items():
            found[name] = _stricter(found[name], value) if name in found else value
    return found


def _stricter(left: Fact, right: Fact) -> Fact:
    if isinstance(left, int) and isinstance(right, int):
        return min(left, right)
    return max(str(left), str(right), key=_LEVELS.index)
