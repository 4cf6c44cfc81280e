"""The pipeline, offline and in the worker."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from collectors.sources.frames import Frames
from sentinel import drill, pipeline
from sentinel.cli.analyze import AlertBook
from sentinel.config import Config, shipped
from sentinel.detection import Detection
from sentinel.drill.capture import write_capture
from sentinel.forecast import telling
from sentinel.forecast.metrics import NETWORK
from sentinel.site import load_site
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Span
from sentinel.store.codec import dump_alert
from sentinel.worker import work

NOON = 1_790_000_000_000_000_000
SITE = load_site(shipped("deploy/examples") / "site-demo" / "site.yaml")
TRACE = "tests/traces/gtpu/gtp-in-gtp.pcap"


def test_the_worker_stores_events_alerts_evidence_and_its_own_figures(tmp_path: Path) -> None:
    stopping = threading.Event()
    site = shipped("deploy/examples") / "site-demo" / "site.yaml"
    config = Config(tmp_path, shipped("rules"), site, (TRACE,))
    thread = threading.Thread(target=work.work, args=(config, stopping), daemon=True)
    thread.start()
    try:
        store = SqliteStore(config.events_database)
        for _ in range(200):
            if store.status("worker").get("events"):
                break
            threading.Event().wait(0.05)
    finally:
        stopping.set()
        thread.join(20)
    status = store.status("worker")
    fates = [status[name] for name in ("decoded", "malformed", "unknown", "dropped")]
    assert status["packets"] == sum(fate for fate in fates if isinstance(fate, int)) > 0
    assert status["site"] == "demo-plant"
    alerts = store.alerts(AlertFilter(), 10).rows
    assert {record.alert.rule.slug for record in alerts} == {"gtp-in-gtp", "up-to-cp-crossover"}
    ids = [proof.event_id for proof in alerts[0].alert.evidence]
    assert store.frames(ids)
    assert len(store.events("", Span(), 10_000).rows) == status["events"]


@pytest.mark.parametrize("name", ["gnb-id-collision", "pfcp-session-foreign-peer", "up-to-cp-crossover"])
def test_a_replay_gives_the_alerts_of_the_frames_as_they_came(name: str, tmp_path: Path) -> None:
    """Bit for bit, whether frames come three at a time from an interface or by the thousand from their capture."""
    frames, rules = list(drill.scenes()[name].frames(NOON)), pipeline.load_rules(shipped("rules"))
    live, replayed = AlertBook(None), AlertBook(None)
    path = tmp_path / "capture.pcap"
    write_capture(frames, path)
    line = pipeline.Pipeline(SITE, rules, live)
    with Frames(str(path), (frames[at : at + 3] for at in range(0, len(frames), 3))) as source:
        for batch in source.batches():
            line.process(batch)
    pipeline.analyze([str(path)], SITE, rules, replayed, lambda _: None)
    assert live.alerts
    assert {key: dump_alert(alert) for key, alert in live.alerts.items()} == {
        key: dump_alert(alert) for key, alert in replayed.alerts.items()
    }


def test_no_rule_judges_what_is_told_of_every_period() -> None:
    """It is for people to look at: of no number of the network anything follows, however much of it there is."""
    detection = Detection(pipeline.load_rules(shipped("rules")), SITE.parameters)
    events = [
        telling.period((name, *(["10.11.2.10"] * len(metric.entity))), 1e9, None, NOON + at * 10**9, least=864)
        for name, metric in NETWORK.items() for at in range(50)
    ]  # fmt: skip
    found = detection.observe(events)
    assert not found.alerts
    assert not found.events


def test_the_packet_that_crashed_the_amf_is_named() -> None:
    events = pipeline.play("amf-restart-after-trigger")
    (trigger,) = [event for event in events if event.kind == "ngap.malformed"]
    found = Detection(pipeline.load_rules(shipped("rules"))).observe(events).alerts
    (alert,) = {each.id: each for each in found if each.rule.slug == "amf-restart-after-trigger"}.values()
    assert alert.fields["fiveg.amf.trigger"] == trigger.id
    assert alert.fields["fiveg.amf.trigger_source"] == trigger.fields["source.ip"]
