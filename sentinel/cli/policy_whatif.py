"""`sentinel policy whatif`: what a draft would have decided of the traffic that a service has stored."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace as replaced
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.language import WORDS
from sentinel.cli.options import data_option, seal_option, spanned, store_of, stored
from sentinel.cli.policy import folder, json_option, language_option, policy, write
from sentinel.cli.policy_versions import control_of
from sentinel.config import Config, shipped
from sentinel.errors import AnalysisError
from sentinel.model.personal import PSEUDONYM

if TYPE_CHECKING:
    from sentinel.access.authoring.whatif import Tally

__all__ = ["policy"]


@policy.command()
@folder
@click.option("--site", type=click.Path(path_type=Path), required=True, help="site plan: its registers and time zone")
@spanned
@seal_option
@data_option
@stored
@json_option
@language_option
def whatif(
    directory: Path | None, site: Path, since: str, until: str, seal: bool, data: Path,
    store: str, store_ca: Path | None, store_secret: Path | None, as_json: bool, language: str,
) -> None:  # fmt: skip
    """Decide stored traffic again under a draft: what is permitted, what would be rejected, what escapes, by terminal.

    With --seal terminals are told by their pseudonyms.
    """
    from sentinel import storage
    from sentinel.access.authoring.files import load_folder
    from sentinel.access.authoring.pap import Pap
    from sentinel.access.authoring.whatif import replay, tallies
    from sentinel.access.engine.pdp import Pdp
    from sentinel.access.engine.policy import Policy, Snapshot
    from sentinel.access.information.pip import Pip
    from sentinel.access.information.trustbook import TrustBook
    from sentinel.keys.opening import sealing_of
    from sentinel.site import load_site
    from sentinel.state.history import History
    from sentinel.store.base import Span
    from sentinel.store.moment import LATEST, parse_moment
    from sentinel.store.query import Exists

    plan, now = load_site(site), time.time_ns()
    draft = load_folder(directory or shipped("policies"), plan.time_zone)
    span = Span(parse_moment(since, now), parse_moment(until, now))
    named = store_of(store, store_ca, store_secret)
    config = Config(data=data.absolute(), rules=shipped("rules"), seal=seal, **named)
    with control_of(data) as control, contextlib.ExitStack() as opened:
        sealing = sealing_of(config, control)
        events = opened.enter_context(contextlib.closing(storage.opened(config, sealing)))
        past = opened.enter_context(contextlib.closing(History(config.identity_database, sealing=sealing)))
        pip = Pip(plan, past, TrustBook(events, control).trust, lambda: LATEST)
        live = Pap(control).in_force() or Snapshot.of(Policy((), draft.model))
        documents = events.scan(Exists("fiveg.supi"), None, span)
        found = tallies(replay(documents, pip, Pdp(Snapshot.of(draft), _refuse), Pdp(live, _refuse)))
        shown = [
            replaced(tally, supi=str(sealing.hide({"fiveg.supi": tally.supi})[0]["fiveg.supi"])) for tally in found
        ]
    if as_json:
        write([_row(tally) for tally in shown])
    else:
        _say(shown, WORDS[language])
    if not seal and any(PSEUDONYM.fullmatch(tally.supi) for tally in found):
        raise AnalysisError("the service seals identifiers, so no terminal of the site plan was found; say --seal")


def _refuse(message: str) -> None:
    raise AnalysisError(message)


def _row(tally: Tally) -> Mapping[str, object]:
    lost = {what: {"rules": seen.decision.rules, "misses": [str(miss) for miss in seen.decision.misses]}
            for what, seen in tally.lost.items()}  # fmt: skip
    return {"supi": tally.supi, **{outcome.value: count for outcome, count in tally.counts.items()}, "lost": lost}


def _say(found: Sequence[Tally], words: Mapping[str, str]) -> None:
    for tally in found:
        counts = "  ".join(f"{words[outcome.value]} {count}" for outcome, count in tally.counts.items())
        click.echo(f"{tally.supi}  {counts}")
        for what, seen in tally.lost.items():
            decision = seen.decision
            why = ", ".join(decision.rules) or "; ".join(map(str, decision.misses)) or words[decision.reason.value]
            click.echo(f"  {what}: {why}")
    if not found:
        click.echo(words["no_traffic"])
