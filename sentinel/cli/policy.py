"""`sentinel policy`: who may reach what; check, test and explain policies."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from sentinel.cli.language import LANGUAGES, WORDS, preferred
from sentinel.config import shipped
from sentinel.errors import AccessError, PolicyError

if TYPE_CHECKING:
    from sentinel.access.authoring.cases import Coverage, Outcome
    from sentinel.model.access import Decision, Miss

ZONE = "Asia/Shanghai"  # of hours, where no site plan says another
folder = click.argument("directory", type=click.Path(path_type=Path), required=False)
language_option = click.option("--language", type=click.Choice(LANGUAGES), default=preferred)
json_option = click.option("--json", "as_json", is_flag=True, help="for machines: JSON, one object a line")
site_option = click.option("--site", type=click.Path(path_type=Path), help="site plan: its registers and time zone")


@click.group()
def policy() -> None:
    """Who may reach what: check, test and explain policies."""


def write(rows: Sequence[object]) -> None:
    """JSON, one object a line."""
    for row in rows:
        sys.stdout.buffer.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE, default=str))
    sys.stdout.buffer.flush()


@policy.command()
@folder
@site_option
@json_option
@language_option
def check(directory: Path | None, site: Path | None, as_json: bool, language: str) -> None:
    """Check policy files; every mistake names file and line."""
    from sentinel.access.authoring.files import load_folder
    from sentinel.access.authoring.lint import lint
    from sentinel.site import load_site

    plan = load_site(site) if site else None
    try:
        loaded = load_folder(directory or shipped("policies"), plan.time_zone if plan else ZONE)
        mistakes = lint(loaded, time.time_ns(), plan)
    except PolicyError as error:
        mistakes = [error]
    if as_json:
        write([{"path": str(one.path), "line": one.line, "error": str(one)} for one in mistakes])
    for mistake in () if as_json else mistakes:
        click.echo(str(mistake), err=True)
    if mistakes:
        sys.exit(1)
    if not as_json:
        said = WORDS[language]["policy_right"]
        click.echo(said.format(rules=len(loaded.rules), groups=len(loaded.groups.members)))


@policy.command()
@folder
@site_option
@click.option("--coverage", type=click.IntRange(0, 100), default=100, show_default=True,
              help="percent of rules and clauses that the cases have to cover")  # fmt: skip
@json_option
@language_option
def test(directory: Path | None, site: Path | None, coverage: int, as_json: bool, language: str) -> None:
    """Run the cases of a policy through both engines, and say which rules and clauses they cover."""
    from sentinel.access.authoring.cases import covered, run
    from sentinel.access.authoring.files import load_folder, read_folder

    where = directory or shipped("policies")
    loaded = load_folder(where, zone_of(site))
    outcomes = run(loaded, read_folder(where), where)
    found = covered(loaded, outcomes)
    wrong = [outcome for outcome in outcomes if outcome.problem]
    if as_json:
        write([{"path": str(one.path), "line": one.line, "name": one.name, "problem": one.problem} for one in outcomes])
        write([{"coverage": asdict(found), "percent": found.percent}])
    else:
        _say(outcomes, found, language)
    if wrong or found.percent < coverage:
        sys.exit(1)


def zone_of(site: Path | None) -> str:
    """The time zone of a site plan's hours."""
    from sentinel.site import load_site

    return load_site(site).time_zone if site else ZONE


def _say(outcomes: Sequence[Outcome], found: Coverage, language: str) -> None:
    words = WORDS[language]
    wrong = [outcome for outcome in outcomes if outcome.problem]
    for outcome in wrong:
        click.echo(f"{outcome.path}:{outcome.line}: {outcome.name}: {outcome.problem}", err=True)
    for each in found.missing:
        click.echo(f"{words['not_covered']}: {each}", err=True)
    click.echo(words["cases_passed"].format(passed=len(outcomes) - len(wrong), failed=len(wrong)))
    click.echo(words["covered"].format(percent=found.percent, **asdict(found)))


@policy.command()
@folder
@site_option
@click.option("--at", "site_name", default="", help="name of the site, where no site plan is given")
@click.option("--supi", default="", help="the terminal, of the site plan's register")
@click.option("--group", "groups", multiple=True, help="a group of the terminal, where no site plan is given")
@click.option("--imei", default="", help="of the terminal, where no site plan is given")
@click.option("--resource", required=True, help="such as app:plc/10.11.6.50:502/tcp or nf:amf")
@click.option("--action", required=True, help="such as connect or modbus:write")
@click.option("--with", "context", multiple=True, metavar="NAME=VALUE",
              help="an attribute: slice, dnn, tac, trust, time, bound, ticket …; what is not given is not known")  # fmt: skip
@json_option
@language_option
def explain(
    directory: Path | None, site: Path | None, site_name: str, supi: str, groups: Sequence[str], imei: str,
    resource: str, action: str, context: Sequence[str], as_json: bool, language: str,
) -> None:  # fmt: skip
    """Decide one request, and say why: the rules that match, and what would have been needed."""
    from sentinel.access.authoring.cases import given
    from sentinel.access.authoring.files import load_folder
    from sentinel.access.engine.explain import nearest
    from sentinel.access.engine.pdp import Pdp, with_minute
    from sentinel.access.engine.policy import Snapshot
    from sentinel.site import load_site

    plan = load_site(site) if site else None
    loaded = load_folder(directory or shipped("policies"), plan.time_zone if plan else ZONE)
    row = next((each for each in plan.terminals if each.supi == supi), None) if plan else None
    document = {
        "supi": supi or "999990000000001", "groups": [row.group] if row else list(groups), "imei": row.imei if row else imei,
        "known": plan is None or row is not None, "resource": resource, "action": action, "context": _attributes(context),
    }  # fmt: skip
    try:
        request = given(document).request(loaded, plan.site if plan else site_name)
    except ValueError as error:
        raise AccessError(str(error)) from error
    trouble: list[str] = []
    decision = Pdp(Snapshot.of(loaded), trouble.append, every=1).decide(request)
    if trouble:
        raise AccessError(trouble[0])
    misses = () if decision.allowed else nearest(loaded, with_minute(request, loaded.zone))
    if as_json:
        write([{**decision._asdict(), "misses": [miss._asdict() for miss in misses],
                "obligations": dict(decision.obligations)}])  # fmt: skip
    else:
        _explain(decision, misses, WORDS[language])


def _attributes(pairs: Sequence[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise AccessError(f"`{pair}` is no attribute; write NAME=VALUE")
        number = name in ("trust", "session_age", "facts_age") and value.isdigit()
        found[name] = int(value) if number else value.split(",") if name == "posture" else value
        if name == "ticket":
            found[name] = value == "yes"
    return found


def _explain(decision: Decision, misses: Sequence[Miss], words: Mapping[str, str]) -> None:
    click.echo(words["allow" if decision.allowed else "deny"] + ": " + words[decision.reason.value])
    if decision.rules:
        click.echo(f"{words['matched_rules']}: {', '.join(decision.rules)}")
    if decision.obligations:
        click.echo(f"{words['obligations']}: {', '.join(f'{k} {v}' for k, v in decision.obligations.items())}")
    if misses:
        click.echo(f"{words['nearest']}:")
    for miss in misses:
        said = miss._asdict() | {"got": miss.got or words["not_known"]}
        click.echo("  " + words["miss"].format(**said))
