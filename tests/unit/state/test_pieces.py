"""Pieces: whatever their size, what they say together is the state, and what is shared in it is shared afterwards."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest

from sentinel.state import pieces
from sentinel.state.bounded import Bounded
from sentinel.state.identity import Identity
from sentinel.state.sessions import Session
from sentinel.state.terminals import Terminal


def written(state: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    pieces.write(state, target)
    return target.getvalue()


def kept(state: dict[str, Any]) -> dict[str, Any]:
    octets = written(state)
    return pieces.read(io.BytesIO(octets), len(octets))


@pytest.mark.parametrize("at_once", [1, 3, 5000])
def test_things_that_tables_share_are_one_afterwards(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(pieces, "AT_ONCE", at_once)
    by_name: Bounded[str, Session] = Bounded(10)
    terminals: Bounded[str, Terminal] = Bounded(3)
    for number in range(10):
        by_name[str(number)] = session = Session(Identity(str(number % 7)), since=number)
        terminals[str(number)] = Terminal(sessions=(session,))
    empty: Bounded[str, int] = Bounded(1)
    found = kept({"names": by_name, "again": [by_name], "terminals": terminals, "empty": empty})
    assert found["again"][0] is found["names"]
    assert [(name, each.since, each.identity.supi) for name, each in found["names"].items()] == [
        (str(number), number, str(number % 7)) for number in range(10)
    ]
    assert (list(found["terminals"]), found["terminals"].evicted) == (["7", "8", "9"], 7)
    assert all(each.sessions[0] is found["names"][name] for name, each in found["terminals"].items())
    assert (len(found["empty"]), found["empty"].cap) == (0, 1)


def test_what_refers_to_each_other_is_made_before_it_is_filled() -> None:
    session = Session()
    table: Bounded[str, Any] = Bounded(2)
    table["it"] = session
    session.psi = table  # type: ignore[assignment]  # a ring, which State has none of
    found = kept({"table": table})["table"]
    assert found["it"].psi is found


def test_what_is_cut_between_two_pieces_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "AT_ONCE", 1)
    octets = written({"one": Session(), "other": Session()})
    cut = octets.rindex(b"\x80\x05")
    with pytest.raises(pickle.UnpicklingError, match="not whole"):
        pieces.read(io.BytesIO(octets[:cut]), cut)


def test_a_pickler_of_its_own_reads_no_piece() -> None:
    with pytest.raises(pickle.UnpicklingError, match="read with the state"):
        pickle.loads(written({"one": Session()}))
