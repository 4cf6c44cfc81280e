"""Real 5G traffic: what must be found in it, and what must not. Needs a folder of captures that is not ours to ship."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentinel import pipeline
from sentinel.cli.analyze import AlertBook
from sentinel.config import shipped
from sentinel.model.alert import Severity
from sentinel.site import load_site

LAB = Path(os.environ.get("SENTINEL_CAPTURES", "")) / "lab"
pytestmark = pytest.mark.skipif(
    "SENTINEL_CAPTURES" not in os.environ, reason="SENTINEL_CAPTURES does not name the folder of real captures"
)

FOUND: dict[str, dict[str, set[str]]] = {
    "s03_wrong_key": {"auth-mac-failure": {"999700000000011", "999700000000012"}},
    "s05_bad_gnb": {"ngsetup-failure-burst": set(), "gnb-id-collision": set()},
    "s10_ue_to_core": {"up-to-cp-crossover": {"999700000000021"}, "gtp-in-gtp": {"999700000000021"}},
    "s12_pfcp_rogue": {"pfcp-peer-unlisted": set(), "pfcp-session-foreign-peer": {"999700000000024"}},
    "s15_ngap_malformed": {"ngap-malformed": set(), "ngap-wrong-ppid": set()},
}


def analyzed(name: str) -> AlertBook:
    book = AlertBook(None)
    site = load_site(shipped("deploy/examples") / "site-lab" / "site.yaml")
    rules = pipeline.load_rules(shipped("rules"))
    pipeline.analyze([str(LAB / f"{name}.mirror.pcap")], site, rules, book, lambda _: None)
    return book


@pytest.mark.parametrize("name", sorted(FOUND))
def test_attacks_are_found_and_name_the_terminal(name: str) -> None:
    found = analyzed(name).alerts.values()
    for slug, supis in FOUND[name].items():
        about = [alert for alert in found if alert.rule.slug == slug]
        assert about, slug
        named = {user for alert in about for user in _listed(alert.fields.get("related.user"))}
        assert supis <= named


@pytest.mark.parametrize(
    "name", ["s01_baseline", "s02b_nea1_nia1", "s07_idle_paging", "s09_bad_dnn_slice", "s17_n3_ip_fragments"]
)
def test_benign_traffic_raises_nothing_high(name: str) -> None:
    loud = [a.rule.slug for a in analyzed(name).alerts.values() if a.severity in (Severity.HIGH, Severity.CRITICAL)]
    assert loud == []


def _listed(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)
