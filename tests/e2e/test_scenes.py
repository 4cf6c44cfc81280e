"""Every drill scene, from its packets to its alerts: what it declares fires; where it declares nothing, nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel import pipeline
from sentinel.cli.analyze import AlertBook
from sentinel.config import shipped
from sentinel.detection import Detection
from sentinel.drill import scenes
from sentinel.model.alert import Alert
from sentinel.site import load_site

CAPTURES = {path.stem: path for path in Path("tests/traces").rglob("*.pcap")}
SITE = load_site(shipped("deploy/examples") / "site-demo" / "site.yaml")
RULES = pipeline.load_rules(shipped("rules"))


def alerts(name: str, batch: int | None = None) -> dict[str, Alert]:
    book = AlertBook(None)
    if batch is None:
        pipeline.analyze([str(CAPTURES[name])], SITE, RULES, book, lambda _: None)
        return book.alerts
    line = pipeline.Pipeline(SITE, RULES, book)

    def feed(events: object) -> None:
        assert isinstance(events, list)
        for start in range(0, len(events), batch):
            line.process(events[start : start + batch])

    pipeline.decode([str(CAPTURES[name])], feed, lambda _: None)
    return book.alerts


@pytest.mark.parametrize("name", sorted(scenes()))
def test_a_scene_fires_what_it_declares(name: str) -> None:
    judge = Detection(RULES, SITE.parameters)
    fired = {alert.rule.slug for alert in judge.observe(pipeline.play(name)).alerts}
    declared = set(scenes()[name].fires)
    assert declared <= fired
    assert declared or not fired


@pytest.mark.parametrize("name", sorted(CAPTURES))
def test_a_capture_fires_as_its_scene_does(name: str) -> None:
    assert {alert.rule.slug for alert in alerts(name).values()} >= set(scenes()[name].fires)


@pytest.mark.parametrize("name", ["auth-mac-failure", "gtp-in-gtp", "pfcp-session-foreign-peer", "up-to-cp-crossover"])
def test_an_alert_about_a_terminal_names_it(name: str) -> None:
    (about,) = [alert for alert in alerts(name).values() if alert.rule.slug == name]
    assert str(about.fields["fiveg.supi"]).startswith("99970")
    assert about.evidence


@pytest.mark.parametrize("name", ["up-to-cp-crossover", "auth-mac-failure"])
def test_batches_and_repetition_change_nothing(name: str) -> None:
    whole = alerts(name)
    assert alerts(name) == whole
    assert alerts(name, batch=1) == whole
