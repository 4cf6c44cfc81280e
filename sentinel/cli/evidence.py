"""`sentinel evidence`: recent packets out of the ring, with a manifest that proves them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.installation import commander, config_of
from sentinel.cli.options import key_file, rooted, service_folder, store_of, stored
from sentinel.config import Config
from sentinel.errors import EvidenceError, UnopenedError
from sentinel.store.base import Span
from sentinel.store.moment import parse_moment

if TYPE_CHECKING:
    from sentinel.evidence.requests import Requests
    from sentinel.evidence.ring import Cut, Ring
    from sentinel.store.base import Store

_data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=service_folder,
    envvar="SENTINEL_RUN_DATA",
    help="where `sentinel run` keeps everything, or the spool of a collector",
)
_MOST_EVENTS = 2000  # of a terminal, that are asked for what it is known by
_LATEST = 2**63 - 1
PARTIAL = 3  # exit status: some of what is kept could not be opened


@click.group()
def evidence() -> None:
    """Recent packets: cut out what concerns somebody, and verify what was cut out."""


@evidence.command()
@_data
@stored
@click.option("--alert", help="an alert's id: its packets and those around them")
@click.option(
    "--supi",
    "supis",
    multiple=True,
    help="a terminal, by everything that its events of that time name; numbers and addresses are later given to others",
)
@click.option("--teid", "teids", multiple=True, help="a tunnel, such as 0x1a2b")
@click.option("--seid", "seids", multiple=True, help="a PFCP session, such as 0x1a2b")
@click.option("--address", "addresses", multiple=True, help="a host, inside a tunnel or outside")
@click.option("--flow", "flows", multiple=True, help="ADDRESS:PORT-ADDRESS:PORT, in either direction")
@click.option("--from", "since", default="", help="RFC 3339, or -1h before now")
@click.option("--to", "until", default="", help="the same; the moment itself is left out")
@click.option("--reason", default="", help="why; goes on record, and is asked for where identifiers are sealed")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True, help="a pcapng file")
@rooted
@key_file
def cut(
    data: Path, root_key: str, store: str, store_ca: Path | None, store_secret: Path | None,
    alert: str | None, supis: Sequence[str], teids: Sequence[str], seids: Sequence[str],
    addresses: Sequence[str], flows: Sequence[str], since: str, until: str, reason: str, output: Path, seal_key: Path | None,
) -> None:  # fmt: skip
    """Cut packets out as pcapng, with a manifest (JSON) beside it: digests, times, and the decode.

    Packets about any of what is named; without a name, all of the time that is named. The exit status is 3 if something
    that is sealed could not be opened: what was found is written all the same, and nothing where that is nothing.
    """
    from sentinel.evidence.manifest import beside, written
    from sentinel.evidence.subjects import flow

    named = [*(f"teid:{teid}" for teid in teids), *(f"seid:{seid}" for seid in seids), *map(flow, flows),
             *(f"address:{address}" for address in addresses)]  # fmt: skip
    span = Span(parse_moment(since, time.time_ns()), parse_moment(until, time.time_ns()))
    config = replace(config_of(data), root_key=root_key, **store_of(store, store_ca, store_secret))
    with _sealed_told(), _opened(config, seal_key) as (ring, events, requests):
        _recorded(data, alert or "", [*named, *(f"supi:{supi}" for supi in supis)], reason)
        if alert is not None:
            found = _of_alert(ring, events, requests, alert)
        else:
            subjects = [*named, *(one for supi in supis for one in _of_terminal(events, supi, span))]
            if not subjects and span == Span():
                raise click.UsageError("name what the packets are about (--alert, --supi, --teid …), or a time")
            found = ring.cut(subjects, span.since or 0, _LATEST if span.until is None else span.until)
    if not found.packets:
        raise EvidenceError("there are no such packets; the ring holds recent ones only")
    about = {"alert": alert} if alert else {"about": [*named, *(f"supi:{supi}" for supi in supis)]}
    made = written(output, found, {**about, "asked_from": since, "asked_to": until})
    click.echo(f"{output}: {len(found.packets)} packets, SHA-256 {made['sha256']}, SM3 {made['sm3']}")
    if found.more:
        click.echo("sentinel: there are more; name a shorter time", err=True)
    click.echo(f"{beside(output)}: the manifest; `sentinel evidence verify {output}` checks both")
    if found.unopened:
        click.echo(f"sentinel: {_unopened(len(found.unopened))}; the manifest says so, too", err=True)
        sys.exit(PARTIAL)


@evidence.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE…")
def verify(files: tuple[Path, ...]) -> None:
    """Check that files are what their manifests say, packet by packet."""
    from sentinel.evidence.manifest import verify as verify_file

    for file in files:
        held = verify_file(file)
        lacks = f"; {_unopened(held.unopened)} then" if held.unopened else ""
        click.echo(f"{file}: {held.packets} packets, as they were cut out{lacks}")


def _unopened(pieces: int) -> str:
    return f"{pieces} sealed {'piece' if pieces == 1 else 'pieces'} could not be opened, and packets may be missing"


def _recorded(data: Path, alert: str, about: Sequence[str], reason: str) -> None:
    """Record that packets are cut out, and why, where there is an audit log; a collector's folder has none."""
    from sentinel.audit.opening import audited
    from sentinel.model.audit import Act, Action
    from sentinel.operations.revealing import stated
    from sentinel.store.identifiers import any_sealed

    config = config_of(data)
    if not config.events_database.exists():
        return
    if any_sealed(config.events_database) and not reason:
        raise EvidenceError("packets hold in clear what this store seals; say why they are cut out, with --reason")
    details = ({"about": " ".join(about)} if about else {}) | ({"reason": stated(reason)} if reason else {})
    ledger, control, _ = audited(config.located())
    with closing(ledger), closing(control):
        ledger.record(Act(Action.PACKETS_READ, commander(), alert, details=details))


@contextmanager
def _sealed_told() -> Iterator[None]:
    """Where nothing of what is sealed opens: why, and the exit status for it."""
    try:
        yield
    except UnopenedError as error:
        click.echo(f"sentinel: {error}; nothing is written", err=True)
        sys.exit(PARTIAL)


@contextmanager
def _opened(config: Config, seal_key: Path | None) -> Iterator[tuple[Ring, Store | None, Requests]]:
    """The ring, and what a service keeps beside it; a collector has neither store nor answers of others."""
    from sentinel import storage
    from sentinel.audit.opening import audited
    from sentinel.crypto.suite import suite
    from sentinel.evidence.requests import Requests
    from sentinel.evidence.ring import Ring
    from sentinel.keys.opening import opening_of
    from sentinel.keys.tables import CUTS, EVIDENCE, Registered, seals_of

    if not config.events_database.exists():
        if not config.evidence.is_dir():
            raise EvidenceError(f"`{config.data}` holds no data of a service or collector; name its folder with --data")
        yield Ring(config.evidence, seal=seals_of(suite, seal_key)(EVIDENCE)), None, Requests()
        return
    ledger, control, _ = audited(config.located())
    with closing(ledger), closing(control):
        sealing = opening_of(config, control)
        with closing(storage.opened(config, sealing)) as store:
            answers = Requests(config.cuts, seal=Registered(sealing, CUTS))
            yield Ring(config.evidence, seal=Registered(sealing, EVIDENCE)), store, answers


def _of_alert(ring: Ring, store: Store | None, requests: Requests, alert_id: str) -> Cut:
    from sentinel.evidence.around import packets_of
    from sentinel.evidence.ring import Cut

    if store is None:
        raise EvidenceError(
            "a collector knows no alerts; name what the packets are about (--teid, --supi …), or a time"
        )
    record = store.alert(alert_id)
    if record is None:
        raise EvidenceError(f"there is no alert `{alert_id}`")
    return packets_of(store, ring, record.alert, fetched=Cut(*requests.packets(alert_id)))


def _of_terminal(store: Store | None, supi: str, span: Span) -> Sequence[str]:
    """The terminal's name, and what its events of that time say it is known by; a collector has only the name."""
    from sentinel.evidence.subjects import terminal

    if not supi.isalnum():
        raise EvidenceError(f"`{supi}` is no SUPI; write its digits")
    if store is None:
        return [f"supi:{supi}"]
    page = store.events(f"fiveg.supi:{supi}", span, _MOST_EVENTS)
    known = (one for document in page.rows for one in terminal(document))
    return [*dict.fromkeys([f"supi:{supi}", *known])]
