from __future__ import annotations

from sentinel.access.deciding.locks import Lock, Subject
from sentinel.access.information.kept import Kept, drop
from sentinel.model.facts import Kind

LOCK = Lock("l", Subject.SUPI, "999700000000001", "ada", "seen twice", 1, 2)


def test_a_record_comes_back_as_it_was() -> None:
    kept = Kept(Kind.LOCK, Lock)
    told = kept.told("l", 5, LOCK, over=True, number=3)
    assert (told.kind, told.key, told.time, told.over, told.number) == (Kind.LOCK, "l", 5, True, 3)
    assert kept.read(told) == LOCK


def test_a_name_goes_with_its_last_key() -> None:
    index = {"a": {"1": None, "2": None}}
    drop(index, "a", "1")
    drop(index, "b", "1")
    assert index == {"a": {"2": None}}
    drop(index, "a", "2")
    assert index == {}
