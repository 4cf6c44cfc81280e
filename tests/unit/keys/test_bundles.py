"""Bundles are never taken behind the version that was taken before; each that is taken is on record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.crypto.bundle import Manifest, sign
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.errors import AuditError, BundleError
from sentinel.keys.bundles import Bundles
from sentinel.model.audit import Action
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept

KEY = suite().signer.sm2_keygen()
ABOUT = Manifest("rules", "plant", "2", 0, 1000, {})


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def bundles(tmp_path: Path, kept: Kept) -> Bundles:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "rules.pub").write_bytes(dump_public(KEY.public))
    return Bundles(suite(), tmp_path / "keys", ControlDatabase("sqlite://", kept), lambda: 10.0)


def _folder(tmp_path: Path, version: str, text: str = "text") -> Path:
    folder = tmp_path / f"{version}-{text}"
    folder.mkdir()
    (folder / "a.yml").write_text(text)
    sign(suite(), folder, KEY, replace(ABOUT, version=version))
    return folder


def test_versions_only_go_up(tmp_path: Path, bundles: Bundles, kept: Kept) -> None:
    """The same again is the same; a lower one is refused, and so is the same number with other contents."""
    second = bundles.verified("rules", _folder(tmp_path, "2"))
    bundles.take(second)
    bundles.take(second)
    for version, text, says in (("1.9", "old", "2 was taken before"), ("2", "other", "other contents")):
        with pytest.raises(BundleError, match=says):
            bundles.verified("rules", _folder(tmp_path, version, text))
    bundles.take(bundles.verified("rules", _folder(tmp_path, "2.1", "old")))
    with pytest.raises(BundleError, match=r"2\.1 was taken"):
        bundles.take(second)
    told = [(act.action, act.target, act.details["kind"], act.details["version"]) for act in kept.acts]
    assert told == [(Action.BUNDLE_CHANGED, "plant", "rules", version) for version in ("2", "2.1")]


def test_what_cannot_be_recorded_is_not_taken(tmp_path: Path, bundles: Bundles, kept: Kept) -> None:
    """A lower one could be taken after it."""
    kept.full = True
    with pytest.raises(AuditError):
        bundles.take(bundles.verified("rules", _folder(tmp_path, "3")))
    kept.full = False
    bundles.verified("rules", _folder(tmp_path, "2"))


def test_without_its_key_a_kind_is_not_taken(tmp_path: Path, bundles: Bundles) -> None:
    """The error names the file that is expected."""
    with pytest.raises(BundleError, match=r"site\.pub"):
        bundles.verified("site", _folder(tmp_path, "1"))


def test_playbooks_are_taken_by_the_same_rules(tmp_path: Path, bundles: Bundles, kept: Kept) -> None:
    """Nothing carries them out in this version; unsigned, altered or lower ones are refused all the same."""
    (tmp_path / "keys" / "playbooks.pub").write_bytes(dump_public(KEY.public))
    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / "isolate.yml").write_text("steps: []")
    with pytest.raises(BundleError):
        bundles.verified("playbooks", folder)
    sign(suite(), folder, KEY, replace(ABOUT, kind="playbooks", version="2"))
    bundles.take(bundles.verified("playbooks", folder))
    (folder / "isolate.yml").write_text("steps: [cut]")
    with pytest.raises(BundleError, match=r"isolate\.yml"):
        bundles.verified("playbooks", folder)
    sign(suite(), folder, KEY, replace(ABOUT, kind="playbooks", version="1"))
    with pytest.raises(BundleError, match="2 was taken before"):
        bundles.verified("playbooks", folder)
    assert [act.details["kind"] for act in kept.acts] == ["playbooks"]
