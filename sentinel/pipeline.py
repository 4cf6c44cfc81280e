"""The one line that everything runs on: packets in, events, alerts and evidence out. Reads top to bottom."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from collectors.sources.base import Source
from collectors.sources.capture_file import CaptureFile
from sentinel import detection
from sentinel.config import Config, shipped
from sentinel.errors import InputError
from sentinel.model.alert import Alert
from sentinel.model.event import Event
from sentinel.model.fields import CATALOGUE
from sentinel.site import SitePlan, load_site
from sentinel.state import FACTS, State

__all__ = ["Pipeline", "Sink", "Source", "analyze", "decode", "load_rules", "site_of"]

_LOG = logging.getLogger(__name__)
REPORT_EVERY = 1.0  # seconds between two reports of the worker about itself
RETRY_EVERY = 2.0  # seconds between two tries to store a batch
FIELDS = {**CATALOGUE, **FACTS}


class Sink(Protocol):
    """Where events, alerts and evidence go; a `Store` is one."""

    def add(self, events: Sequence[Event], alerts: Sequence[Alert], proofs: Sequence[Event]) -> None:
        """Take a batch whole, or raise `StoreError`."""


class Pipeline:
    """State, detection and a sink, in that order; the same for a live site, a replay and an offline analysis."""

    def __init__(self, site: SitePlan | None, rules: detection.RuleSet, sink: Sink) -> None:
        self.site = site
        self.state = State(site)
        self.detection = detection.Detection(rules, site.parameters if site else None)
        self._sink = sink
        self.now = 0  # packet time of the last event

    def process(self, batch: Iterable[Event]) -> None:
        """One batch of events, all the way."""
        events = [self.state.observe(event) for event in batch]
        if not events:
            return
        self.now = events[-1].time
        found = self.detection.observe(events)
        self._sink.add(events, found.alerts, found.proofs)


def analyze(
    captures: Sequence[str], site: SitePlan | None, rules: detection.RuleSet, sink: Sink,
    watch: Callable[[Source], None],
) -> Pipeline:  # fmt: skip
    """Run captures through the pipeline, one after the other; `watch` is told after every batch."""
    pipeline = Pipeline(site, rules, sink)
    for capture in captures:
        with CaptureFile(capture) as source:
            for batch in source.batches():
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


def load_rules(directory: Path) -> detection.RuleSet:
    """The rules of a folder, judged against all fields that events carry; raises `RuleSetError`."""
    rules = detection.load(directory, FIELDS)
    if not rules.alerting:
        raise InputError(f"`{directory}` holds no rule; nothing would ever be found")
    return rules


def site_of(config: Config) -> SitePlan | None:
    """The site plan that the configuration names; the demo brings its own."""
    if config.site is not None:
        return load_site(config.site)
    return load_site(shipped("deploy/examples") / "site-demo" / "site.yaml") if config.demo else None
