"""`sentinel policy mine`: the fewest rules that permit what groups of terminals were seen to do, as a draft."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.options import data_option, seal_option, spanned, store_of, stored
from sentinel.cli.policy_shadow import policy
from sentinel.cli.policy_versions import control_of
from sentinel.config import Config, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentinel.access.authoring.mining import Access
    from sentinel.access.information.pip import Pip
    from sentinel.site import SitePlan
    from sentinel.store.base import Span, Store

__all__ = ["policy"]


@policy.command()
@click.option("--site", type=click.Path(path_type=Path), required=True, help="site plan: its registers")
@spanned
@seal_option
@data_option
@stored
def mine(
    site: Path, since: str, until: str, seal: bool, data: Path, store: str, store_ca: Path | None, store_secret: Path | None
) -> None:  # fmt: skip
    """Print a draft that permits what was seen between groups and resources, without terminals that alerts are about."""
    from sentinel import storage
    from sentinel.access.authoring.mining import draft
    from sentinel.access.authoring.mining import mine as mined
    from sentinel.access.information.pip import Pip
    from sentinel.access.information.trust import Trust
    from sentinel.keys.opening import sealing_of
    from sentinel.site import load_site
    from sentinel.state.history import History
    from sentinel.store.base import Span
    from sentinel.store.moment import LATEST, parse_moment

    plan, now = load_site(site), time.time_ns()
    named = store_of(store, store_ca, store_secret)
    config = Config(data=data.absolute(), rules=shipped("rules"), seal=seal, **named)
    with control_of(data) as control, contextlib.ExitStack() as opened:
        sealing = sealing_of(config, control)
        events = opened.enter_context(contextlib.closing(storage.opened(config, sealing)))
        past = opened.enter_context(contextlib.closing(History(config.identity_database, sealing=sealing)))
        pip = Pip(plan, past, lambda *_: Trust(0, ()), lambda: LATEST)  # only asked where things are
        span = Span(parse_moment(since, now), parse_moment(until, now))
        subjects, suspected = _subjects(plan), _suspected(events, span)
        found = mined(_accesses(events, pip, span), lambda supi: subjects.get(supi, ""), suspected.__contains__)
    click.echo(draft(found, plan.site, Counter(subjects.values())), nl=False)


def _subjects(plan: SitePlan) -> dict[str, str]:
    """How rules name each terminal of the register: by its group, where it is in one."""
    return {row.supi: f"grp:{row.group}" if row.group else f"supi:{row.supi}" for row in plan.terminals}


def _suspected(events: Store, span: Span) -> frozenset[str]:
    """The terminals that alerts of that time are about, but for those that were dismissed."""
    from sentinel.access.information.trust import terms_of
    from sentinel.store.base import AlertFilter

    names: set[str] = set()
    cursor: str | None = None
    while True:
        page = events.alerts(AlertFilter(span=span), 1000, cursor)
        names |= {term.supi for record in page.rows for term in terms_of(record, 0) if not term.dismissed}
        cursor = page.cursor
        if cursor is None:
            return frozenset(names | {*events.originals(names).values()})


def _accesses(events: Store, pip: Pip, span: Span) -> Iterator[Access]:
    from sentinel.access.authoring.mining import Access
    from sentinel.access.authoring.whatif import asked_of
    from sentinel.store.query import Exists

    for document in events.scan(Exists("fiveg.supi"), None, span):
        asked = asked_of(document, pip)
        if asked is not None:
            yield Access(str(document.get("event.id", "")), asked.at, asked.supi, asked.resource, asked.action)
