"""With signing on, only bundles are taken: at the start, and while traffic runs what was taken stays at work."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.config import Config
from sentinel.crypto.bundle import Manifest, sign
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.errors import BundleError
from sentinel.pipeline import Pipeline
from sentinel.signing import rules_loader, taken
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from sentinel.worker.reload import Reloader
from tests.auditing import Kept
from tests.unit.detection.test_attributes import detection_of, document

KEY = suite().signer.sm2_keygen()
SITE = "site: plant-a\nplmns: ['99970']\n"


def _sign(folder: Path, version: str) -> None:
    now = int(time.time())
    sign(suite(), folder, KEY, Manifest(folder.name, "plant", version, now - 10, now + 1000, {}))


def _rule(folder: Path, number: int) -> None:
    (folder / f"rule-{number}.yml").write_text(document(number, detection_of("ngap.ng_reset")))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    for name in ("rules", "site", "keys"):
        (tmp_path / name).mkdir()
    for kind in ("rules", "site"):
        (tmp_path / "keys" / f"{kind}.pub").write_bytes(dump_public(KEY.public))
    _rule(tmp_path / "rules", 1)
    (tmp_path / "site" / "site.yaml").write_text(SITE)
    return Config(
        data=tmp_path / "data", rules=tmp_path / "rules", site=tmp_path / "site" / "site.yaml",
        bundle_keys=tmp_path / "keys",
    )  # fmt: skip


def _control() -> ControlDatabase:
    return ControlDatabase("sqlite://", Kept())


def test_what_is_signed_is_taken(config: Config) -> None:
    """The site plan from a copy of what was verified."""
    _sign(config.rules, "1")
    assert config.site is not None
    _sign(config.site.parent, "1")
    found = taken(config, _control())
    assert found.site is not None
    assert found.site.read_text() == SITE
    assert found.site.is_relative_to(config.data)
    config.site.write_text("changed later")
    assert found.site.read_text() == SITE


@pytest.mark.parametrize("signed", [(), ("rules",), ("site",)])
def test_what_is_not_signed_is_refused(config: Config, signed: tuple[str, ...]) -> None:
    """Rules or plan."""
    for name in signed:
        _sign(config.rules.parent / name, "1")
    with pytest.raises(BundleError, match="is not signed"):
        taken(config, _control())
    assert taken(replace(config, bundle_keys=None), _control()).site == config.site


def test_what_is_at_work_stays(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through an altered set, an unsigned one and one behind; then the next version is taken."""
    _sign(config.rules, "5")
    load = rules_loader(config, _control())
    pipeline = Pipeline(None, load(config.rules), SqliteStore(config.data / "events.db"))
    reloader = Reloader(config.rules, pipeline, Kept(), load, every=0.0)

    def after(change: object) -> tuple[int, str]:
        assert callable(change)
        change()
        deadline = time.monotonic() + 20
        before = reloader.refused
        while time.monotonic() < deadline:
            reloader.tick()
            if reloader._reading is None and (reloader.refused != before or len(pipeline.detection.rules.slugs) == 2):
                break
            time.sleep(0.01)
        return len(pipeline.detection.rules.slugs), reloader.refused

    count, refused = after(lambda: _rule(config.rules, 2))
    assert count == 1
    assert "`rule-2.yml`" in refused
    count, refused = after(lambda: _sign(config.rules, "4"))
    assert count == 1
    assert "5 was taken before" in refused
    assert after(lambda: _sign(config.rules, "6")) == (2, "")


@pytest.mark.parametrize("name", ["../outside.csv", "{}/outside.csv", "./terminals.csv", "sub/../terminals.csv"])
def test_a_signed_plan_reads_no_table_that_was_not_signed(config: Config, tmp_path: Path, name: str) -> None:
    """Only files under the names that the manifest lists."""
    assert config.site is not None
    for path in (tmp_path / "outside.csv", config.site.parent / "terminals.csv"):
        path.write_text("supi\n999700000000001\n")
    config.site.write_text(f"{SITE}terminals: {name.format(tmp_path)}\n")
    _sign(config.rules, "1")
    _sign(config.site.parent, "1")
    with pytest.raises(BundleError, match="expected a file that its bundle lists"):
        taken(config, _control())
    config.site.write_text(f"{SITE}terminals: terminals.csv\n")
    _sign(config.site.parent, "1")
    assert taken(config, _control()).site is not None
