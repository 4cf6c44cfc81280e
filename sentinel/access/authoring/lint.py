"""What is wrong with a policy though every file is of its form: unknown names, ends that are past."""

from __future__ import annotations

from collections.abc import Iterator

from sentinel.access.engine.conditions import Within
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.rule import Rule
from sentinel.errors import PolicyError
from sentinel.site import SitePlan


def lint(policy: Policy, now: int, site: SitePlan | None = None) -> list[PolicyError]:
    """All mistakes; names are looked up in the site plan, if there is one."""
    return [mistake for rule in policy.rules for mistake in (*_expired(rule, now), *_unknown(rule, policy, site))]


def _expired(rule: Rule, now: int) -> Iterator[PolicyError]:
    for atom in rule.atoms:
        if isinstance(atom, Within) and atom.name == "time" and atom.ranges[0][1] < now:
            yield PolicyError(
                f"`until` of `{rule.id}` is past: expected a rule that can still match", rule.path, rule.line
            )


def _unknown(rule: Rule, policy: Policy, site: SitePlan | None) -> Iterator[PolicyError]:
    if site is None:
        return
    if rule.site != site.site:
        yield PolicyError(f"there is no site `{rule.site}`; the plan is that of `{site.site}`", rule.path, rule.line)
    groups = {terminal.group for terminal in site.terminals} | {*policy.groups.members}
    supis = {terminal.supi for terminal in site.terminals}
    names = {"app": {asset.role for asset in site.assets}, "nf": {each.type for each in site.network_functions}}
    for subject in rule.subjects:
        kind, _, name = subject.partition(":")
        if (kind == "grp" and name not in groups) or (kind == "supi" and name not in supis):
            yield PolicyError(f"`{subject}` is nobody in the register of terminals", rule.path, rule.line)
    for target in rule.targets:
        if target.kind and target.name and target.name not in names[target.kind]:
            yield PolicyError(f"`{target.text}` is nothing that the site plan has", rule.path, rule.line)
