"""How long logs are kept: no shorter than the law says unless somebody signed that, and every deletion is on record."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sentinel.config import Config
from sentinel.crypto.bundle import Manifest, sign
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError, BundleError, ConfigError
from sentinel.model.audit import Act
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from sentinel.store.control import ControlDatabase
from sentinel.upkeep.retention import DEFAULT, FLOOR, allowed, expire
from tests.auditing import Kept
from tests.contract.test_store import event

DAY = 86_400 * 10**9
NOW = 400 * DAY


def _config(tmp_path: Path) -> Config:
    return Config(data=tmp_path, rules=tmp_path, bundle_keys=tmp_path / "public")


def _override(tmp_path: Path, days: str) -> Path:
    """A signed override, and its public key."""
    key = suite().signer.sm2_keygen()
    folder, public = tmp_path / "override", tmp_path / "public"
    for each in (folder, public):
        each.mkdir()
    (public / "retention.pub").write_bytes(dump_public(key.public))
    (folder / "days").write_text(days)
    now = int(time.time())
    sign(suite(), folder, key, Manifest("retention", "ninety", "1", now - 5, now + 3600, {}))
    return folder


def test_fewer_days_than_the_floor_are_refused(tmp_path: Path) -> None:
    control = ControlDatabase("sqlite://", Kept())
    assert allowed(FLOOR, _config(tmp_path), control, None) == FLOOR < DEFAULT
    with pytest.raises(ConfigError, match="184"):
        allowed(FLOOR - 1, _config(tmp_path), control, None)


def test_a_signed_override_allows_what_it_says(tmp_path: Path) -> None:
    control, folder = ControlDatabase("sqlite://", Kept()), _override(tmp_path, "90")
    assert allowed(90, _config(tmp_path), control, folder) == 90
    with pytest.raises(BundleError, match="allows `90` days, not 30"):
        allowed(30, _config(tmp_path), control, folder)
    (folder / "days").write_text("30")
    with pytest.raises(BundleError, match="not as it was signed"):
        allowed(30, _config(tmp_path), control, folder)


def _stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *days: int) -> SqliteStore:
    """A store with an event that came on each of these days; the packets are older than all."""
    store = SqliteStore(tmp_path / "events.db")
    for day in days:
        monkeypatch.setattr(time, "time_ns", lambda day=day: day * DAY)
        store.add([event(day)], [], [])
    return store


def test_every_deletion_is_on_record_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, kept = _stored(tmp_path, monkeypatch, 100, 399), Kept()
    lines = list(expire(_config(tmp_path), DEFAULT, kept, "command:test", NOW))
    assert lines == ["events.db: 1 events, 0 frames, 0 alerts"]
    (act,) = kept.acts
    assert (act.action, act.actor, act.details["step"], act.details["events"]) == (
        "store.changed",
        "command:test",
        "expired",
        1,
    )
    assert [row["event.sequence"] for row in store.events("", Span(), 5).rows] == [399]
    assert list(expire(_config(tmp_path), DEFAULT, kept, "command:test", NOW)) == [
        "events.db: 0 events, 0 frames, 0 alerts"
    ]
    assert len(kept.acts) == 1
    store.close()


class _Full:
    def record(self, *_acts: Act) -> None:
        raise AuditError("the disk is full")

    write = record


def test_what_cannot_be_recorded_is_not_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _stored(tmp_path, monkeypatch, 100)
    with pytest.raises(AuditError):
        list(expire(_config(tmp_path), DEFAULT, _Full(), "command:test", NOW))
    assert len(store.events("", Span(), 5).rows) == 1
    store.close()
