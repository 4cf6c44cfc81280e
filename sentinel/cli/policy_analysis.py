"""`sentinel policy analyse` and `diff`: what is true of a policy, and of a change, for every request."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.language import WORDS
from sentinel.cli.policy import ZONE, folder, json_option, language_option, policy, site_option, write
from sentinel.config import shipped

if TYPE_CHECKING:
    from sentinel.access.engine.policy import Policy
    from sentinel.model.access import Request, Resource, Subject
    from sentinel.site import SitePlan

__all__ = ["policy"]


@policy.command()
@folder
@site_option
@json_option
@language_option
def analyse(directory: Path | None, site: Path | None, as_json: bool, language: str) -> None:
    """Find rules that never match, are denied in whole or in part, or are said by others: each with an example."""
    from sentinel.access.authoring.analysis import analyse as analysed
    from sentinel.access.authoring.files import load_folder

    plan = _plan(site)
    loaded = load_folder(directory or shipped("policies"), plan.time_zone if plan else ZONE)
    found = analysed(loaded, _register(plan, loaded), _places(plan), time.time_ns())
    if as_json:
        write([{"kind": one.kind, "rule": one.rule.id, "path": str(one.rule.path), "line": one.rule.line, "others": one.others,
                "example": _example(one.example)} for one in found])  # fmt: skip
        return
    words = WORDS[language]
    for one in found:
        said = words[one.kind.value].format(others=", ".join(one.others))
        click.echo(f"{one.rule.path}:{one.rule.line}: {one.rule.id}: {said}")
        _say(one.example, words)
    if not found:
        click.echo(words["no_finding"])


@policy.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path), required=False)
@site_option
@json_option
@language_option
def diff(old: Path, new: Path | None, site: Path | None, as_json: bool, language: str) -> None:
    """Say what NEW (that which came along) allows and OLD did not, and the reverse: folders of policies, not texts."""
    from sentinel.access.authoring.analysis import compare
    from sentinel.access.authoring.files import load_folder

    plan = _plan(site)
    zone = plan.time_zone if plan else ZONE
    before, after = load_folder(old, zone), load_folder(new or shipped("policies"), zone)
    changes = compare(before, after, _register(plan, after), _places(plan), time.time_ns())
    if as_json:
        write([{"gained": one.gained, "rule": one.rule, "example": _example(one.example)} for one in changes])
        return
    words = WORDS[language]
    for one in changes:
        click.echo(f"{words['gained' if one.gained else 'lost']}: {one.rule}")
        _say(one.example, words)
    if not changes:
        click.echo(words["same"])


def _plan(site: Path | None) -> SitePlan | None:
    from sentinel.site import load_site

    return load_site(site) if site else None


def _register(plan: SitePlan | None, loaded: Policy) -> Iterable[Subject]:
    """The terminals of the register as rules name them."""
    from sentinel.access.engine.subject import subject

    rows = plan.terminals if plan else ()
    return [subject(loaded.groups, row.supi, filter(None, [row.group]), row.imei, row.certificate) for row in rows]


def _places(plan: SitePlan | None) -> Iterable[Resource]:
    """The resources of the register."""
    from sentinel.access.information.catalogue import Catalogue

    return Catalogue(plan).all if plan else ()


def _example(request: Request | None) -> Mapping[str, object] | None:
    if request is None:
        return None
    return {"supi": request.subject.supi, "subject": request.subject.keys, "site": request.site,
            "resource": str(request.resource), "action": request.action, "context": dict(request.context)}  # fmt: skip


def _say(request: Request | None, words: Mapping[str, str]) -> None:
    if request is None:
        return
    facts = ", ".join(f"{name}={value}" for name, value in sorted(request.context.items()))
    click.echo(f"  {words['example']}: {request.subject.supi} -> {request.resource} {request.action} ({facts})")
