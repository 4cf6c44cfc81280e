"""Joining nodes does not wrap a single one."""

from __future__ import annotations

from sentinel.detection.tree import And, Not, Or, Present, all_of, any_of, needs

ONE, TWO = Present("source.ip", True, "one"), Present("destination.ip", True, "two")


def test_one_node_stands_for_itself() -> None:
    assert (all_of((ONE,)), any_of((ONE,))) == (ONE, ONE)


def test_several_are_joined() -> None:
    assert (all_of((ONE, TWO)), any_of((ONE, TWO))) == (And((ONE, TWO)), Or((ONE, TWO)))


def test_a_tree_needs_what_all_of_it_or_each_alternative_reads() -> None:
    gone = Present("source.ip", False, "not one")
    assert needs(And((ONE, TWO))) == {"source.ip", "destination.ip"}
    assert needs(Or((ONE, And((ONE, TWO))))) == {"source.ip"}
    assert needs(Or((ONE, TWO))) == needs(Not(ONE)) == needs(gone) == frozenset()
