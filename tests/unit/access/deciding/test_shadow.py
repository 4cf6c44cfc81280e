from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.access.authoring.shadowing import report
from sentinel.access.information.pip import Asked, Pip
from sentinel.model.access import Decision, Resource, application
from sentinel.operations.doors import Deciding
from sentinel.store.backends.sqlite import SqliteStore
from tests.deciding import AGV, FILES, PLC, SITE, deciding, published

Both = tuple[Deciding, SqliteStore]
MES = application("mes", "10.11.6.80", 80, "tcp")


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    made, store = deciding(tmp_path)
    published(made)
    made.pap._coverage = 0  # the cases are those of the policy in force
    yield made, store
    made.close()
    store.close()


def _decided(made: Deciding, resource: Resource = PLC, action: str = "modbus:write", supi: str = AGV) -> Decision:
    return made.decider.decide(Asked(resource, action, time.time_ns(), supi, "10.45.1.11"), "gateway").decision


def _in_shadow(made: Deciding, files: dict[str, str]) -> None:
    cases = {
        name: "site: demo-plant\ncases: []\n" if name.endswith("cases.yml") else text for name, text in files.items()
    }
    version = made.pap.draft(cases, SITE.time_zone, by="ada", reason="stricter").version
    made.shadows.start(version, by="ada")
    made.refresh()


def _nobody_writes() -> dict[str, str]:
    text = FILES["edge_computing/policy.yml"].replace('"modbus:read|write"]', '"modbus:read"]')
    return {**FILES, "edge_computing/policy.yml": text}


def test_what_differs_stands_in_the_record_and_in_the_report(both: Both) -> None:
    made, store = both
    _in_shadow(made, _nobody_writes())
    assert [_decided(made, action=verb).allowed for verb in ("modbus:write", "modbus:write", "modbus:read")] == [
        True
    ] * 3
    made.decider.close()
    current = made.shadows.current()
    assert current is not None
    found = report(store, current)
    assert (found.judged, found.gained, found.lost) == (3, 0, 2)
    assert [(each.action, each.reason, each.count, each.terminals) for each in found.differences] == [
        ("modbus:write", "no_rule", 2, 1)
    ]


def test_no_answer_changes_whatever_becomes_of_the_shadow(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what it says nor how it fails; a stranger is not asked about at all."""
    made, _ = both
    before = _decided(made)
    _in_shadow(made, _nobody_writes())
    assert _decided(made) == before
    monkeypatch.setattr(Pip, "regrouped", lambda *_: 1 / 0)
    assert _decided(made) == before
    assert not _decided(made, supi="999709999999999").allowed


def test_a_shadow_that_ended_judges_no_more(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = both
    _in_shadow(made, _nobody_writes())
    made.shadows.stop(by="ada")
    made.refresh()
    monkeypatch.setattr(Pip, "regrouped", pytest.fail)
    assert _decided(made).allowed


def test_groups_are_those_of_the_version_in_shadow(both: Both) -> None:
    made, store = both
    files = {
        **FILES,
        "groups.yml": FILES["groups.yml"]
        .replace("vehicles: [agv]", "vehicles: [robot]")
        .replace("vehicles, robot,", "vehicles,"),
    }
    _in_shadow(made, files)
    assert _decided(made, MES, "http:GET").allowed
    made.decider.close()
    current = made.shadows.current()
    assert current is not None
    assert report(store, current).lost == 1
