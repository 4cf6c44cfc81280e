"""The one line that everything runs on: packets in, events, alerts and evidence out. Reads top to bottom."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from collectors.sources.base import Source
from collectors.sources.capture_file import CaptureFile
from collectors.sources.frames import Frames
from sentinel import detection, drill
from sentinel.config import Config, shipped
from sentinel.crypto.digest import digest_sm3
from sentinel.detection.loader import SUFFIXES, rule_files
from sentinel.errors import InputError, StoreError
from sentinel.forecast import FORECASTS, Forecast
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.model.fields import CATALOGUE
from sentinel.site import SitePlan, load_site
from sentinel.state import FACTS, State
from sentinel.state.ledger import Ledger

__all__ = [
    "Pipeline", "Sink", "Source", "analyze", "decode", "load_rule_files", "load_rules", "play", "site_of",
]  # fmt: skip

_LOG = logging.getLogger(__name__)
FIELDS = {**CATALOGUE, **FACTS, **FORECASTS}
_DRILL_START = 1_790_000_000_000_000_000  # 2026-09-21, so that a scene is the same every time


class Sink(Protocol):
    """Where events, alerts and evidence go; a `Store` is one."""

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """Take a batch whole, or raise `StoreError`."""


class Pipeline:
    """State, forecast, detection and a sink, in that order; the same for a live site, a replay and an offline analysis."""

    def __init__(
        self, site: SitePlan | None, rules: detection.RuleSet, sink: Sink, ledger: Ledger | None = None
    ) -> None:
        self.site = site
        self._ledger = ledger
        self.state = State(site, ledger)
        self.forecast = Forecast(site)
        self.detection = detection.Detection(rules, site.parameters if site else None)
        self._sink = sink
        self.now = 0  # packet time of the last event
        self._heard = 0  # of the last one that has no clock of its own

    def process(self, batch: Iterable[Event], clock: str = "") -> None:
        """One batch of events, all the way; `clock` names the collector whose time they have, where it has its own."""
        events = list(_annotated(batch, clock, self.state, self.forecast))
        if not events:
            return
        self.now = events[-1].time
        if not clock:
            self._heard = self.now
        found = self.detection.observe(events)
        self._sink.add([*events, *found.events], found.alerts, found.proofs)

    def interrupt(self, told: Event) -> None:
        """Take in that live sources were not watched from `told` on, by nobody's clock: it is said before they resume."""
        self.forecast.unseen(told.time)
        self.process([told], told.source)

    def resume(self, now: int) -> None:
        """Live sources are watched again: what they showed since the last of their events was not seen."""
        if 0 < self._heard < now:
            self.state.unseen(self._heard, now)
            self.forecast.unseen(now)

    def remembered(self) -> dict[str, Any]:
        """State, forecast, detection and the time that they hold for; it goes on changing with the next batch."""
        return {
            "state": self.state.state(), "forecast": self.forecast.state(), "detection": self.detection.state(),
            "now": self.now, "heard": self._heard,
        }  # fmt: skip

    def restore(self, remembered: Mapping[str, Any]) -> None:
        """Take back what `remembered` gave; raises `StoreError`, and is to `forget` then."""
        try:
            self.state.restore(remembered["state"])
            self.forecast.restore(remembered["forecast"])
            self.detection.restore(remembered["detection"])
            self.now = remembered["now"]
            self._heard = remembered.get("heard", self.now)
        except StoreError:
            raise
        except Exception as error:  # whatever it was, a worker that learns anew is better than none
            raise StoreError(f"what was remembered does not fit: {error}") from error

    def forget(self) -> None:
        """Begin anew."""
        self.state, self.forecast, self.now = State(self.site, self._ledger), Forecast(self.site), 0
        self._heard = 0
        self.detection.reset()


def _annotated(batch: Iterable[Event], clock: str, state: State, forecast: Forecast) -> Iterator[Event]:
    """Events with what State says of them, and all that State and Forecast make of them."""
    return (each for seen in batch for event in state.take(seen, clock) for each in forecast.take(event))


def analyze(
    captures: Sequence[str], site: SitePlan | None, rules: detection.RuleSet, sink: Sink,
    watch: Callable[[Source], None],
) -> Pipeline:  # fmt: skip
    """Run captures through the pipeline, one after the other; `watch` is told after every batch."""
    pipeline = Pipeline(site, rules, sink)
    for capture in captures:
        with CaptureFile(capture) as source:
            for batch in source.gathered():
                pipeline.process(batch)
                watch(source)
    return pipeline


def decode(captures: Sequence[str], take: Callable[[Sequence[Event]], None], watch: Callable[[Source], None]) -> None:
    """Decode captures to bare events, one after the other."""
    for capture in captures:
        with CaptureFile(capture) as source:
            for batch in source.batches():
                take(batch)
                watch(source)


@lru_cache(maxsize=16)
def play(name: str) -> tuple[Event, ...]:
    """The events of a drill's scene, decoded and annotated as the demo site would see them; for fixtures of rules."""
    scene = drill.scenes().get(name)
    if scene is None:
        raise ValueError(f"there is no scene `{name}` in the drill")
    site = load_site(shipped("deploy/examples") / "site-demo" / "site.yaml")
    state, forecast = State(site), Forecast(site)
    with Frames(f"drill:{name}", iter([list(scene.frames(_DRILL_START))])) as source:
        return tuple(each for batch in source.batches() for each in _annotated(batch, "", state, forecast))


def load_rules(directory: Path) -> detection.RuleSet:
    """The rules of a folder, judged against all fields that events carry; raises `RuleSetError`."""
    if not directory.is_dir():
        return detection.load(directory, FIELDS)  # which says so
    return load_rule_files({path: path.read_bytes() for path in rule_files(directory)}, directory)


def load_rule_files(files: Mapping[Path, bytes], directory: Path) -> detection.RuleSet:
    """The same of files of that folder that were read; those that hold no rules are left out."""
    read = {path: octets for path, octets in files.items() if path.suffix in SUFFIXES}
    return replace(_any(detection.load_files(read, FIELDS), directory), digest=digest_of(read, directory))


def digest_of(files: Mapping[Path, bytes], directory: Path) -> str:
    """The SM3 over rule files of a folder: their names and what they hold."""
    lines = (f"{digest_sm3(files[path])}  {path.relative_to(directory)}\n" for path in sorted(files))
    return digest_sm3("".join(lines).encode())


def _any(rules: detection.RuleSet, directory: Path) -> detection.RuleSet:
    if not rules.alerting:
        raise InputError(f"`{directory}` holds no rule; nothing would ever be found")
    return rules


def site_of(config: Config) -> SitePlan | None:
    """The site plan that the configuration names; the demo brings its own."""
    if config.site is not None:
        return load_site(config.site)
    return load_site(shipped("deploy/examples") / "site-demo" / "site.yaml") if config.demo else None
