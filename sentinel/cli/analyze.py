"""`sentinel analyze` and `sentinel decode`: captures, offline."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from sentinel import pipeline
from sentinel.cli.language import LANGUAGES, WORDS, preferred
from sentinel.cli.screen import screen
from sentinel.config import shipped
from sentinel.errors import InputError
from sentinel.model.alert import Alert, Severity
from sentinel.model.document import alert_document, event_document, timestamp
from sentinel.model.event import Event, Value
from sentinel.model.garbage import settle
from sentinel.pipeline import Source
from sentinel.site import load_site

_STYLE = {
    Severity.CRITICAL: "bold white on red", Severity.HIGH: "bold red", Severity.MEDIUM: "yellow",
    Severity.LOW: "blue", Severity.INFORMATIONAL: "dim",
}  # fmt: skip

_TERMINAL = ("fiveg.supi", "fiveg.ue.subject")

_captures = click.argument("captures", nargs=-1, required=True, metavar="CAPTURE…")
_language = click.option("--language", type=click.Choice(LANGUAGES), default=preferred, help="of the summary")


class AlertBook:
    """A sink that keeps the latest revision of every alert, and writes events as they come."""

    def __init__(self, events: IO[bytes] | None) -> None:
        self._events = events
        self.alerts: dict[str, Alert] = {}

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], _proofs: Sequence[Event]) -> None:
        """See `Sink.add`."""
        self.alerts |= {alert.id: alert for alert in alerts}
        if self._events is not None:
            write_lines(self._events, events)


def write_lines(file: IO[bytes], events: Sequence[Event]) -> None:
    """Events as JSON, one a line."""
    for event in events:
        file.write(orjson.dumps(event_document(event), option=orjson.OPT_APPEND_NEWLINE))


@click.command()
@_captures
@click.option("--site", type=click.Path(path_type=Path), help="site plan: what the network should be")
@click.option("--rules", type=click.Path(path_type=Path), help="rules to use instead of those that came along")
@click.option("--format", type=click.Choice(["table", "jsonl"]), default="table", help="of the alerts on stdout")
@click.option("--events", type=click.Path(path_type=Path, dir_okay=False), help="also write all events here, as jsonl")
@_language
def analyze(
    captures: tuple[str, ...], site: Path | None, rules: Path | None, format: str, events: Path | None, language: str
) -> None:
    """Say what is wrong in captures (pcap, pcapng, either in gzip; `-` is standard input)."""
    plan = load_site(site) if site else None
    loaded = pipeline.load_rules(rules or shipped("rules"))
    with _written(events) as file, _progress(language) as watch:
        book = AlertBook(file)
        ends = _Ends(watch)
        settle()
        done = pipeline.analyze(captures, plan, loaded, book, ends)
    ends.complain(language)
    alerts = sorted(book.alerts.values(), key=lambda alert: (alert.first, alert.id))
    if format == "jsonl":
        for alert in alerts:
            sys.stdout.buffer.write(orjson.dumps(alert_document(alert), option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return
    console = screen()
    summary(console, alerts, language)
    _totals(console, ends.counters, alerts, done, language)


@click.command()
@_captures
@click.option("--format", type=click.Choice(["jsonl"]), default="jsonl", help="of the events on stdout")
@_language
def decode(captures: tuple[str, ...], format: str, language: str) -> None:
    """Print the events of captures, one JSON object a line, without state or rules."""
    del format  # there is one so far
    out = sys.stdout.buffer
    with _progress(language) as watch:
        ends = _Ends(watch)
        pipeline.decode(captures, lambda batch: write_lines(out, batch), ends)
    out.flush()
    ends.complain(language)


class _Ends:
    """Watches the sources: passes progress on, adds up their counters, remembers which were cut short."""

    def __init__(self, watch: Callable[[Source], None]) -> None:
        self._watch = watch
        self._sources: dict[str, Source] = {}
        self._counters: dict[str, dict[str, int]] = {}

    def __call__(self, source: Source) -> None:
        self._watch(source)
        self._sources[source.name] = source
        self._counters[source.name] = source.counters()

    @property
    def counters(self) -> dict[str, int]:
        """The sum of all sources' counters."""
        total: dict[str, int] = {}
        for counters in self._counters.values():
            for name, count in counters.items():
                total[name] = total.get(name, 0) + count
        return total

    def complain(self, language: str) -> None:
        """Say on stderr which captures were cut short."""
        for source in self._sources.values():
            if source.truncated:
                text = f"sentinel: {source.name}: {source.truncated}; {WORDS[language]['ends']}"
                click.echo(text, err=True)


@contextlib.contextmanager
def _written(path: Path | None) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise InputError(f"`{path}` cannot be written: {error.strerror}") from error
    with file:
        yield file


@contextlib.contextmanager
def _progress(language: str) -> Iterator[Callable[[Source], None]]:
    """A progress bar on stderr with rate and remaining time; nothing where stderr is no terminal."""
    rate = TextColumn("{task.fields[rate]:>12,.0f} " + WORDS[language]["rate"])
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        tasks: dict[str, int] = {}

        def watch(source: Source) -> None:
            if source.name not in tasks:
                name = Path(source.name).name
                tasks[source.name] = bar.add_task(name, total=source.size or None, rate=0.0)
            task = bar.tasks[tasks[source.name]]
            rate = source.packets / task.elapsed if task.elapsed else 0.0
            bar.update(task.id, completed=source.position, rate=rate)

        yield watch


def summary(console: Console, alerts: Sequence[Alert], language: str) -> None:
    """A table of alerts, the gravest first."""
    words = WORDS[language]
    if not alerts:
        console.print(words["none"])
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column(words["severity"], no_wrap=True)
    table.add_column(words["rule"], no_wrap=True)
    table.add_column(words["what"], min_width=16)
    table.add_column(words["about"], min_width=20)
    table.add_column(words["count"], justify="right")
    table.add_column(words["first"], no_wrap=True)
    table.add_column(words["packets"], overflow="fold")
    for alert in sorted(alerts, key=lambda alert: (-alert.severity.rank, alert.first)):
        title = alert.rule.title_zh if language == "zh-CN" else alert.rule.title
        table.add_row(
            Text(words[alert.severity.value], _STYLE[alert.severity]), alert.rule.slug, Text(title), Text(_about(alert)),
            str(alert.count), timestamp(alert.first)[:23].replace("T", " "), _packets(alert),
        )  # fmt: skip
    console.print(table)


def _about(alert: Alert) -> str:
    """The entity, and the terminals concerned: these first where the alert is about one."""
    users = [f"SUPI {user}" for user in _listed(alert.fields.get("related.user"))]
    users = [*users[:3], "…"] if len(users) > 3 else users
    named = [str(value) for name, value in alert.entity if name not in _TERMINAL]
    about_one = any(name in _TERMINAL for name, _ in alert.entity)
    return ", ".join(dict.fromkeys([*users, *named] if about_one else [*named, *users]))


def _listed(value: Value | None) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _packets(alert: Alert) -> str:
    numbers = sorted({evidence.packet for evidence in alert.evidence if evidence.packet})  # derived events have none
    return " ".join(map(str, numbers[:4])) + (" …" if len(numbers) > 4 else "")


def _totals(
    console: Console, counters: dict[str, int], alerts: Sequence[Alert], done: pipeline.Pipeline, language: str
) -> None:
    words = WORDS[language]
    parts = [
        f"{counters.get('packets', 0):,} {words['seen']}", f"{counters.get('events', 0):,} {words['events']}",
        f"{counters.get('malformed', 0):,} {words['malformed']}", f"{len(alerts):,} {words['alerts']}",
    ]  # fmt: skip
    if done.state.events:
        parts.append(f"{words['resolved']} {done.state.resolved / done.state.events:.0%}")
    console.print("\n" + " · ".join(parts), style="dim")
    if done.site is None:
        console.print(words["learning"], style="dim")
