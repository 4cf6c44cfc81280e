"""`sentinel store` on a cluster, as an operator runs it: ready, kept for long enough, copied, and back on another cluster."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from sentinel.audit.ledger import Ledger
from sentinel.cli import commands
from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch.address import parse_address
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Span
from sentinel.store.control import ControlDatabase
from tests import elastic
from tests.contract.test_store import alert, event

REPOSITORY = "copies"


class Operator:
    """Somebody at the command line, with a cluster of their own."""

    def __init__(self, node: elastic.Node, data: Path, secret: Path) -> None:
        self.data, self._url, self._ca = data, f"elasticsearch+{node.url}/plant", node.ca
        self._options = ["--data", str(data), "--store", self._url, "--store-secret", str(secret)]
        self._options += ["--store-ca", str(node.ca)]

    def store(self) -> ElasticsearchStore:
        secret = f"{elastic.USER}:{elastic.PASSWORD}"
        local = SqliteStore(self.data.with_suffix(".db"))  # beside the data folder, which a restore wants empty
        return ElasticsearchStore(parse_address(self._url, self._ca, secret), local, FIELDS)

    def says(self, *words: str) -> str:
        return CliRunner().invoke(commands, ["store", *words, *self._options], catch_exceptions=False).output

    def knows_copies(self) -> None:
        with closing(self.store()) as store:
            body = {"type": "fs", "settings": {"location": REPOSITORY}}
            store.client.snapshot.create_repository(name=REPOSITORY, repository=body)


@contextmanager
def operator(folder: Path, name: str, snapshots: Path) -> Iterator[Operator]:
    """On a fresh cluster of one node, which sees the snapshots of the one before."""
    if said := elastic.missing():
        pytest.skip(said)
    (folder / name).mkdir(mode=0o755)
    (node,) = elastic.cluster(folder / name, snapshots=snapshots)
    secret = folder / f"{name}.secret"
    secret.touch(0o600)
    secret.write_text(f"{elastic.USER}:{elastic.PASSWORD}")
    try:
        yield Operator(node, folder / f"{name}.data", secret)
    finally:
        node.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the user of the nodes may enter."""
    made = Path(tempfile.mkdtemp(prefix="sentinel-commands-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.elasticsearch
@pytest.mark.timeout(900)
def test_a_cluster_is_made_ready_kept_copied_and_restored(folder: Path) -> None:
    if os.environ.get(elastic.GIVEN):
        pytest.skip("a cluster that was named is not begun anew")
    with operator(folder, "first", folder / "snapshots") as first:
        first.data.mkdir()
        ledger = Ledger(first.data / "audit")
        ControlDatabase(f"sqlite:///{first.data / 'control.db'}", ledger).close()
        for _ in range(2):
            assert "ready, templates of version" in first.says("init")
        with closing(first.store()) as store:
            store.add([event(1), event(2)], [alert()], [])
            store.refresh()
        assert first.says("retention") == "events.db: 0 events, 0 frames, 0 alerts\n"
        first.knows_copies()
        said = first.says("backup", "--to", str(folder / "copy"), "--repository", REPOSITORY)
        assert f"{REPOSITORY}: sentinel-plant-" in said
        ledger.close()
    with operator(folder, "second", folder / "snapshots") as second:
        second.knows_copies()
        assert "events\n" in second.says("restore", "--from", str(folder / "copy"))
        _is_there(second)


def _is_there(second: Operator) -> None:
    """Events, alerts and records, in a cluster that goes on being used."""
    with closing(second.store()) as store:
        assert [row["event.sequence"] for row in store.events("", Span(), 9).rows] == [2, 1]
        assert [record.alert.id for record in store.alerts(AlertFilter(), 9).rows] == ["a1"]
        store.add([event(3)], [], [])
        store.refresh()
        assert len(store.events("", Span(), 9).rows) == 3
    records = (second.data / "audit" / "records").read_bytes()
    assert records.index(b"backed up") < records.index(b"restored")
