"""The commonest change as one step: these verbs on this resource are for this group, and for nobody else.

What it writes is a rule that denies everybody else, as the register has them now, and cases that show it: a group that is
registered later is kept out by default alone, as long as no rule allows it. Whoever is in no group is named by SUPI. A group that nothing allows it yet may be allowed in the same step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentinel.access.authoring.cases import Context, Given, resource
from sentinel.access.authoring.editing import append
from sentinel.access.authoring.files import CASES, RULES, load
from sentinel.access.engine.groups import Groups
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.rule import verbs
from sentinel.access.engine.target import target
from sentinel.access.information.catalogue import TRANSPORTS
from sentinel.errors import AccessError
from sentinel.model.access import VERBS
from sentinel.site import SitePlan

_CONTEXT = Context(trust=100, bound="true")
_OVER_TCP = ("modbus", "s7", "iec104", "opcua", "mqtt", "http")  # as far as they are read here


@dataclass(frozen=True, slots=True)
class Restriction:
    """What is asked for; `allow` says that the group gets a rule of its own that lets it."""

    group: str
    resource: str
    actions: tuple[str, ...]
    allow: bool = False


def restrict(files: Mapping[str, str], wanted: Restriction, site: SitePlan, owner: str) -> dict[str, str]:
    """The files with the restriction, whose rules have an owner; raises `AccessError` where it makes no sense, `PolicyError` for files with a mistake."""
    before = load(files, site.time_zone)
    _sensible(wanted, before, site)
    others = _others(wanted.group, before.groups, site)
    if not others:
        raise AccessError(f"everybody in the register is in `{wanted.group}`; there is nobody to keep out")
    name = _name(before, wanted)
    where = _file(before, wanted)
    made = dict(files)
    for each in _rules(wanted, name, others):
        rule = f"{each}\nowner: {json.dumps(owner, ensure_ascii=False)}"
        made[where] = append(made[where], "rules", rule, Path(where), spaced=True)
    return _with_cases(made, wanted, name, others, where, site)


def unfit(wanted: Restriction, site: SitePlan) -> list[str]:
    """The actions that the resource cannot have: they go over TCP, and the register has it over something else."""
    pattern = target(wanted.resource)
    found = {transport for full, transport in _placed(site) if transport and pattern.matches(resource(full))}
    return (
        [] if not found or "tcp" in found else [each for each in wanted.actions if each.partition(":")[0] in _OVER_TCP]
    )


def _placed(site: SitePlan) -> Iterator[tuple[str, str]]:
    """The assets in full, each with its transport."""
    for asset in site.assets:
        if asset.role and asset.port.isdigit():
            transport = TRANSPORTS.get(asset.protocol.lower(), "")
            address = f"[{asset.address}]" if ":" in asset.address else asset.address
            yield f"app:{asset.role}/{address}:{asset.port}/{transport}".rstrip("/"), transport


def _sensible(wanted: Restriction, policy: Policy, site: SitePlan) -> None:
    known = {terminal.group for terminal in site.terminals} | policy.groups.names
    if wanted.group not in known:
        raise AccessError(f"`{wanted.group}` is no group of the register, nor one that the policy names")
    try:
        target(wanted.resource)
        found = verbs("|".join(wanted.actions)) if wanted.actions else frozenset()
    except ValueError as error:
        raise AccessError(str(error)) from error
    if not found:
        raise AccessError("choose at least one action")


def _others(group: str, groups: Groups, site: SitePlan) -> list[str]:
    """The subjects that are everybody else."""
    outside = sorted({each.group for each in site.terminals if each.group and group not in groups.of(each.group)})
    return [f"grp:{name}" for name in outside] + [f"supi:{each.supi}" for each in site.terminals if not each.group]


def _name(policy: Policy, wanted: Restriction) -> str:
    """An id that no rule has."""
    stem = re.sub(r"[^a-z0-9.]+", "-", f"only-{wanted.group}-{wanted.resource.partition('/')[0]}".lower())[:56]
    stem = stem.strip("-.")
    taken = policy.by_id
    return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _file(policy: Policy, wanted: Restriction) -> str:
    """The file that has most rules about such a resource."""
    asked = target(wanted.resource)
    about = [rule.path.as_posix() for rule in policy.rules for each in rule.targets if each.name == asked.name]
    paths = about or [rule.path.as_posix() for rule in policy.rules]
    if not paths:
        raise AccessError(f"no file has rules yet; expected one such as edge_computing/{RULES}")
    return max(dict.fromkeys(paths), key=paths.count)


def _rules(wanted: Restriction, name: str, others: Sequence[str]) -> Iterator[str]:
    actions = ", ".join(f'"{action}"' for action in wanted.actions)
    about = f'resource: "{wanted.resource}"\naction: [{actions}]'
    words = " ".join(wanted.actions)
    yield (
        f'id: {name}\ntitle: "Of the groups registered now, only {wanted.group} may {words} on {wanted.resource}"\n'
        f'title_zh: "现有分组中仅{wanted.group}可对{wanted.resource}执行{words}"\neffect: deny\n'
        f"subject: [{', '.join(others)}]\n{about}"
    )
    if wanted.allow:
        yield (
            f'id: {name}-may\ntitle: "{wanted.group} may {words} on {wanted.resource}"\n'
            f'title_zh: "{wanted.group}可对{wanted.resource}执行{words}"\neffect: allow\n'
            f'subject: grp:{wanted.group}\n{about}\nwhen: {{bound: "true"}}'
        )


def _with_cases(
    files: dict[str, str], wanted: Restriction, name: str, others: Sequence[str], where: str, site: SitePlan
) -> dict[str, str]:  # fmt: skip
    """The files with cases: what the rules decide is worked out, and has to be what was asked for."""
    policy = load(files, site.time_zone)
    pdp = Pdp(Snapshot.of(policy), _refuse, every=1)
    asked = _asked(wanted, site)
    meant = sorted(verbs("|".join(wanted.actions)))
    spared = sorted(VERBS - set(meant))
    path = f"{where.removesuffix(RULES)}{CASES}"
    text = files.get(path) or f"site: {site.site}\ncases: []\n"
    if "cases: []" in text:
        text = text.replace("cases: []", "cases:\n  - {}", 1)
    cases: list[tuple[str, str, str, bool | None]] = [(others[0], meant[0], name, False)]
    cases += [(others[0], spared[0], "", None)] if spared else []
    cases += [(f"grp:{wanted.group}", meant[0], f"{name}-may", None)] if wanted.allow else []
    for who, action, rule, allowed in cases:
        text = append(text, "cases", _case(pdp, policy, site, (who, asked, action), (name, rule, allowed)), Path(path))
    return {**files, path: text.replace("  - {}\n", "", 1)}


def _asked(wanted: Restriction, site: SitePlan) -> str:
    """One resource that the restriction is about, in full."""
    pattern = target(wanted.resource)
    for full, _ in _placed(site):
        if pattern.matches(resource(full)):
            return full
    try:
        resource(wanted.resource)
    except ValueError:
        raise AccessError(f"`{wanted.resource}` is nothing that the asset register has") from None
    return wanted.resource


def _case(
    pdp: Pdp, policy: Policy, site: SitePlan, asked: tuple[str, str, str], expected: tuple[str, str, bool | None]
) -> str:  # fmt: skip
    """A case as YAML; raises `AccessError` if the rules decide otherwise than the restriction asks."""
    who, what, action = asked
    about, rule, allowed = expected
    kind, _, value = who.partition(":")
    person = {"groups": (value,)} if kind == "grp" else {"supi": value}
    given = Given.model_validate(
        {**person, "resource": what, "action": action, "context": _CONTEXT.model_dump(exclude_none=True)}
    )
    decision = pdp.decide(given.request(policy, site.site))
    if (allowed is not None and decision.allowed is not allowed) or (rule and rule not in decision.rules):
        raise AccessError(f"`{who}` could still {action}: the rule would not do what it is for")
    verdict = "allow" if decision.allowed else "deny"
    said = f"groups: [{value}]" if kind == "grp" else f'supi: "{value}"'
    return (
        f'name: "{about}: {who}, {action}"\n'
        f'given: {{{said}, resource: "{what}", action: "{action}",\n'
        f'        context: {{trust: 100, bound: "true"}}}}\n'
        f"expect: {{decision: {verdict}, rules: [{', '.join(decision.rules)}]}}"
    )


def _refuse(message: str) -> None:
    raise AccessError(message)
