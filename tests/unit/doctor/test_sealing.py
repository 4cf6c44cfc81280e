"""The doctor says whether identifiers are sealed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from collectors._decode import Decoder
from sentinel.crypto.base import Settings
from sentinel.crypto.suite import suite
from sentinel.doctor.base import Patient, State
from sentinel.doctor.sealing import Sealing
from sentinel.evidence.requests import Requests
from sentinel.evidence.ring import Ring
from sentinel.keys.tables import add_key, seals_of
from sentinel.model.event import PlainEvent
from sentinel.model.seal import Seal
from sentinel.shipping.inbox import Inbox
from sentinel.shipping.spool import Spool
from sentinel.store.backends.sqlite import SqliteStore
from tests.packets import RAW, ipv4, udp
from tests.sealed import personal


def _states(folder: Path) -> dict[str, State]:
    return {found.what: found.state for found in Sealing().findings(Patient(folder, Settings()))}


def test_it_says_how_identifiers_are_stored(tmp_path: Path) -> None:
    """Nothing of a folder without data; then in clear, then sealed."""
    assert _states(tmp_path) == {}
    SqliteStore(tmp_path / "events.db").close()
    assert _states(tmp_path) == {"identifiers": State.LACKING}
    store = SqliteStore(tmp_path / "events.db", personal(tmp_path))
    store.add([PlainEvent("a.b", 1, f"{1:016x}-00", "x", 1, {"fiveg.supi": "999700000000001"})], [], [])
    assert _states(tmp_path) == {"identifiers": State.GOOD}


def _left(folder: Path, seals: Callable[[str], Seal]) -> None:
    """What a service and a collector leave, in one folder."""
    spool = "0" * 32
    Inbox(folder / "inbox", seal=seals("inbox")).accept("tap1", spool, 1, b"batch")
    asked = Requests(folder / "cuts", seal=seals("cuts")).ask("tap1", "a", ["supi:999700000000001"], [(1, 2)], "li")
    assert asked
    with closing(Spool(folder, 1 << 20, seals("spool"))) as spooled:
        spooled.append([b"batch"])
    writer = Ring(folder / "evidence", seal=seals("evidence")).writer("eth1", patient=True)
    assert writer is not None
    Decoder("eth1", writer).decode([(7, RAW, ipv4(17, "10.0.0.1", "10.0.0.2", udp(1, 2, b"x")))])
    writer.close()


def test_it_says_how_packets_and_what_collectors_send_are_kept(tmp_path: Path) -> None:
    """In clear, each by its name; sealed."""
    add_key(tmp_path / "keys")
    for name, path, state, said in (
        ("clear", None, State.LACKING, "in clear: ring (1), answers of collectors (1), inbox (1), spool (1)"),
        ("sealed", tmp_path / "keys", State.GOOD, "sealed: ring, answers of collectors, inbox, spool"),
    ):
        _left(tmp_path / name, seals_of(suite, path))
        (found,) = Sealing().findings(Patient(tmp_path / name, Settings()))
        assert (found.what, found.state) == ("packets", state)
        assert said in found.text


def test_what_is_no_database(tmp_path: Path) -> None:
    """It does not raise."""
    (tmp_path / "events.db").write_text("no database, but long enough to be looked at as one")
    assert _states(tmp_path) == {"identifiers": State.FAILED}
