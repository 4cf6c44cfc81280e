"""All that is wrong with policy files, told by file and line while they are being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sentinel.access.authoring.cases import run
from sentinel.access.authoring.files import CASES, GROUPS, MODEL, RULES, load
from sentinel.access.authoring.lint import lint
from sentinel.errors import PolicyError
from sentinel.site import SitePlan


def diagnose(files: Mapping[str, str], zone: str, now: int, site: SitePlan | None = None) -> list[PolicyError]:
    """The first mistake of each file; where there is none, the mistakes of all of them together."""
    alone = _mistakes(_readings(files, zone))
    return alone or _together(files, zone, now, site)


def _readings(files: Mapping[str, str], zone: str) -> Iterator[Callable[[], object]]:
    """Each file of rules by itself, so that none hides the mistakes of another."""
    yield partial(load, {name: files[name] for name in (MODEL, GROUPS) if name in files}, zone)
    for name in files:
        if name.endswith(RULES) and MODEL in files:
            yield partial(load, {MODEL: files[MODEL], name: files[name]}, zone)


def _mistakes(readings: Iterator[Callable[[], object]]) -> list[PolicyError]:
    found = []
    for reading in readings:
        try:
            reading()
        except PolicyError as mistake:
            found.append(mistake)
    return found


def _together(files: Mapping[str, str], zone: str, now: int, site: SitePlan | None) -> list[PolicyError]:
    try:
        policy = load(files, zone)
    except PolicyError as mistake:
        return [mistake]
    cases = _mistakes(partial(run, policy, {name: files[name]}) for name in files if name.endswith(CASES))
    return [*lint(policy, now, site), *cases]


def said(mistake: PolicyError) -> str:
    """What a mistake is, without the place, which stands beside it."""
    place = f"{mistake.path}:{mistake.line}" if mistake.line is not None else str(mistake.path)
    return str(mistake).removeprefix(f"{place}: ")
