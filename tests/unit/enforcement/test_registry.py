"""Enforcement points are registered with their kind, and their secrets lie in clear nowhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.enforcement.registry import Kind, Registered, Registry
from sentinel.errors import ConfigError
from sentinel.keys.register import Purpose, Register
from sentinel.keys.vault import POINTS, Vault
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, PointSettings
from tests.auditing import Kept
from tests.sealed import root

SMF = Registered("smf1", Kind.RADIUS, "10.11.4.30", "address")
HOOK = Registered("soar", Kind.WEBHOOK, "https://soar.plant/commands")
SECRET = b"of the smf and of us"


@pytest.fixture
def control() -> ControlDatabase:
    return ControlDatabase("sqlite://", Kept())


def _registry(control: ControlDatabase, folder: Path) -> Registry:
    return Registry(control, Vault(suite, lambda: Register(control, suite(), root(folder), "test"), POINTS))


def test_those_that_are_told_come_with_their_secrets(control: ControlDatabase, tmp_path: Path) -> None:
    registry = _registry(control, tmp_path)
    for point, secret in (
        (SMF, SECRET),
        (HOOK, SECRET),
        (Registered("n6", Kind.NFTABLES), b""),
        (Registered("web", Kind.HTTP), b""),
    ):
        registry.add(point, secret, by="ada")
    assert registry.everyone() == [Registered("n6", Kind.NFTABLES), SMF, HOOK, Registered("web", Kind.HTTP)]
    points = _registry(control, tmp_path).points()
    assert [(each.name, each.kind) for each in points] == [("smf1", "radius"), ("soar", "webhook")]
    assert points[0]._secret == SECRET  # type: ignore[attr-defined]
    with control.begin() as session:
        assert SECRET not in session.get_one(PointSettings, "smf1").sealed


def test_a_point_is_made_anew_only_where_something_of_it_has_changed(
    control: ControlDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also one whose secret does not open is said once, and not each time that somebody looks."""
    registry = _registry(control, tmp_path)
    for point in (SMF, HOOK):
        registry.add(point, SECRET, by="ada")
    smf, hook = registry.points()
    assert list(registry.points()) == [smf, hook]
    registry.remove("smf1", by="ada")
    registry.add(SMF, b"another secret of both", by="ada")
    changed, same = registry.points()
    assert (changed is not smf, same is hook) == (True, True)
    with control.begin() as session:
        session.get_one(PointSettings, "smf1").sealed = b"nonsense"
        session.tell(Act(Action.POINT_ADDED, "ada", "smf1"))
    for _ in range(3):
        assert registry.points() == [hook]
    assert caplog.text.count("cannot be told anything") == 1


def test_who_is_removed_is_told_nothing_and_may_come_back(control: ControlDatabase, tmp_path: Path) -> None:
    registry = _registry(control, tmp_path)
    registry.add(SMF, SECRET, by="ada")
    with pytest.raises(ConfigError, match="already"):
        registry.add(SMF, SECRET, by="ada")
    assert registry.remove("smf1", by="ada") == SMF
    assert (registry.points(), registry.everyone()) == ([], [])
    with pytest.raises(ConfigError, match="no enforcement point"):
        registry.remove("smf1", by="ada")
    registry.add(dataclasses.replace(SMF, address="[fd00::1]:1700"), SECRET, by="ada")
    assert registry.points()[0]._address == ("fd00::1", 1700)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("point", "secret", "said"),
    [(SMF, b"", "--secret-file"), (dataclasses.replace(SMF, address=""), SECRET, "--address"),
     (dataclasses.replace(SMF, address="smf:x"), SECRET, "address of an SMF"), (dataclasses.replace(SMF, keys="both"), SECRET, "set of keys"),
     (dataclasses.replace(HOOK, address="http://soar.plant"), SECRET, "in clear"), (HOOK, b"short", "16 octets"),
     (Registered("web", Kind.HTTP, "10.0.0.1"), b"", "token"), (Registered("n6", Kind.NFTABLES), b"x", "token")],
)  # fmt: skip
def test_what_could_not_be_used_is_not_registered(
    control: ControlDatabase, tmp_path: Path, point: Registered, secret: bytes, said: str
) -> None:
    registry = _registry(control, tmp_path)
    with pytest.raises(ConfigError, match=said):
        registry.add(point, secret, by="ada")
    assert registry.everyone() == []


def test_a_secret_that_does_not_open_leaves_its_point_out_and_the_others_in(
    control: ControlDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registry = _registry(control, tmp_path)
    registry.add(SMF, SECRET, by="ada")
    registry.add(HOOK, SECRET, by="ada")
    with control.begin() as session:
        row = session.get_one(PointSettings, "smf1")
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
        session.tell(*control._auditor.acts[-1:])  # type: ignore[attr-defined]
    assert [each.name for each in registry.points()] == ["soar"]
    assert "`smf1` cannot be told anything" in caplog.text


def test_sealed_anew_the_earlier_key_can_be_destroyed(control: ControlDatabase, tmp_path: Path) -> None:
    registry = _registry(control, tmp_path)
    registry.add(SMF, SECRET, by="ada")
    register = Register(control, suite(), root(tmp_path), "test")
    register.rotate(Purpose.POINT, "test", "test")
    assert _registry(control, tmp_path).reseal("test") == 1
    register.destroy(f"{Purpose.POINT}.1", "test")
    assert [each.name for each in _registry(control, tmp_path).points()] == ["smf1"]
