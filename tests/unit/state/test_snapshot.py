"""Snapshots: whole or not at all, and nothing but ours is ever made from one."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from sentinel.errors import StoreError
from sentinel.state import pieces, snapshot
from sentinel.state.bounded import Bounded
from sentinel.state.identity import Identity
from sentinel.state.sessions import Session
from tests.sealed import personal


def kept(path: Path, state: dict[str, Any]) -> dict[str, Any]:
    snapshot.save(path, state)
    found = snapshot.load(path)
    assert found is not None
    return found


def test_what_is_shared_stays_shared_and_caps_stay_caps(tmp_path: Path) -> None:
    session = Session(Identity("1"), tunnels=(("10.0.0.1", "0x1"),))
    table: Bounded[str, Session] = Bounded(2)
    table["a"] = table["b"] = table["c"] = session
    found = kept(tmp_path / "s", {"table": table, "session": session})
    again = found["table"]
    assert isinstance(again, Bounded)
    assert (list(again), again.cap, again.evicted) == (["b", "c"], 2, 1)
    assert again["b"] is again["c"] is found["session"]
    assert again["b"].identity == Identity("1")
    again["d"] = session
    assert list(again) == ["c", "d"]


def test_nothing_there_is_nothing(tmp_path: Path) -> None:
    assert snapshot.load(tmp_path / "none") is None


@pytest.mark.parametrize("cut", [1, 10, 25, -1, -20])
def test_a_file_that_was_cut_or_changed_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "s"
    snapshot.save(path, {"a": "b" * 100})
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    with pytest.raises(StoreError, match="damaged"):
        snapshot.load(path)
    path.write_bytes(whole[:30] + bytes([whole[30] ^ 1]) + whole[31:])
    with pytest.raises(StoreError, match="damaged"):
        snapshot.load(path)


def test_another_layout_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s"
    snapshot.save(path, {})
    monkeypatch.setattr(pieces, "layout", lambda: 1)
    with pytest.raises(StoreError, match="another version"):
        snapshot.load(path)


class Evil:
    """What a hostile file would ask for."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/should-not-be",)


@pytest.mark.parametrize("state", [{"a": Evil()}, {"a": Path("x")}, {"a": snapshot.save}])
def test_only_our_own_classes_are_made(tmp_path: Path, state: dict[str, object]) -> None:
    path = tmp_path / "s"
    snapshot.save(path, state)
    with pytest.raises(StoreError, match="has no place there"):
        snapshot.load(path)


def test_a_pickle_that_is_no_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    data = b"sentinel state 2\n" + pieces.layout().to_bytes(4, "big") + pickle.dumps(OrderedDict(a=1).popitem())
    path.write_bytes(data + len(data).to_bytes(8, "big") + zlib.crc32(data).to_bytes(4, "big"))
    with pytest.raises(StoreError, match="cannot be understood"):
        snapshot.load(path)


def test_a_snapshot_that_cannot_be_written_leaves_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "s"
    snapshot.save(path, {"a": 1})
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        snapshot.save(path, {"a": lambda: None})
    assert snapshot.load(path) == {"a": 1}
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        snapshot.save(tmp_path / "file" / "s", {})


def test_a_kill_at_any_moment_leaves_a_whole_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "s"
    program = (
        "import sys; from pathlib import Path; from sentinel.state import snapshot\n"
        "number = 0\n"
        "while True:\n"
        "    number += 1\n"
        "    snapshot.save(Path(sys.argv[1]), {'number': number, 'much': ['x' * 1000 + str(n) for n in range(2000)]})\n"
        "    print(number, flush=True)\n"
    )
    for patience in (0.0, 0.003, 0.007, 0.02):
        with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            told = [child.stdout.readline()]
            time.sleep(patience)
            child.kill()
            told += child.stdout.read().split()
        found = snapshot.load(path)
        assert found is not None
        assert int(told[-1]) <= found["number"] <= int(told[-1]) + 1
        assert len(found["much"]) == 2000


def test_a_snapshot_is_sealed(tmp_path: Path) -> None:
    """It holds everybody's identifiers; without the keys it is of no use, and says so."""
    sealing = personal(tmp_path)
    snapshot.save(tmp_path / "state", {"supi": "999700000000001"}, sealing)
    assert b"999700000000001" not in (tmp_path / "state").read_bytes()
    assert snapshot.load(tmp_path / "state", sealing) == {"supi": "999700000000001"}
    with pytest.raises(StoreError, match="sealing is off"):
        snapshot.load(tmp_path / "state")
