"""`sentinel policy shadow`: a version that is not in force judges live requests beside the one that is."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.language import WORDS
from sentinel.cli.options import data_option, seal_option, store_of, stored
from sentinel.cli.policy import json_option, language_option, write
from sentinel.cli.policy_versions import acting, control_of, number, person
from sentinel.cli.policy_whatif import policy
from sentinel.config import Config, shipped
from sentinel.errors import AccessError

if TYPE_CHECKING:
    from sentinel.access.authoring.pap import Pap
    from sentinel.access.authoring.shadowing import Report, Shadows
    from sentinel.store.control import ControlDatabase

__all__ = ["policy"]


@policy.group()
def shadow() -> None:
    """Have a version judge live requests beside the policy in force; no answer changes."""


@shadow.command()
@number
@person
def start(version: int, name: str, piped: bool, data: Path) -> None:
    """Put a version into shadow, in place of one that is there; a service that runs takes it up within a second or two."""
    with acting(data, name, "policy", piped=piped) as (control, pap):
        _shadows(control, pap).start(version, by=name)
    click.echo(f"version {version} judges in shadow")


@shadow.command()
@person
def stop(name: str, piped: bool, data: Path) -> None:
    """End the shadow; what it said stays in the records of decisions."""
    with acting(data, name, "policy", piped=piped) as (control, pap):
        ended = _shadows(control, pap).stop(by=name)
    click.echo(f"version {ended.version} judges in shadow no more")


@shadow.command()
@seal_option
@data_option
@stored
@json_option
@language_option
def report(
    seal: bool, data: Path, store: str, store_ca: Path | None, store_secret: Path | None, as_json: bool, language: str
) -> None:
    """Say what the version in shadow would have decided otherwise, the most frequent first."""
    from sentinel import storage
    from sentinel.access.authoring.pap import Pap
    from sentinel.access.authoring.shadowing import report as reported
    from sentinel.keys.opening import sealing_of

    named = store_of(store, store_ca, store_secret)
    config = Config(data=data.absolute(), rules=shipped("rules"), seal=seal, **named)
    with control_of(data) as control, contextlib.ExitStack() as opened:
        current = _shadows(control, Pap(control)).current()
        if current is None:
            raise AccessError("no version is in shadow")
        events = storage.opened(config, sealing_of(config, control))
        found = reported(opened.enter_context(contextlib.closing(events)), current)
    if as_json:
        write([asdict(found)])
    else:
        _say(found, WORDS[language])


def _shadows(control: ControlDatabase, pap: Pap) -> Shadows:
    from sentinel.access.authoring.shadowing import Shadows

    return Shadows(control, pap)


def _say(found: Report, words: Mapping[str, str]) -> None:
    click.echo(words["shadow"].format(version=found.shadowed.version, **asdict(found)))
    for each in found.differences:
        side = words["allow" if each.gained else "deny"]
        why = ", ".join(each.rules) or words[each.reason]
        click.echo(f"  {side}: {each.resource} {each.action}: {words['times'].format(**asdict(each))}: {why}")
