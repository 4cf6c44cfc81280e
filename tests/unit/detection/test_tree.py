"""Joining nodes does not wrap a single one."""

from __future__ import annotations

from sentinel.detection.tree import And, Or, Present, all_of, any_of

ONE, TWO = Present("source.ip", True, "one"), Present("destination.ip", True, "two")


def test_one_node_stands_for_itself() -> None:
    assert (all_of((ONE,)), any_of((ONE,))) == (ONE, ONE)


def test_several_are_joined() -> None:
    assert (all_of((ONE, TWO)), any_of((ONE, TWO))) == (And((ONE, TWO)), Or((ONE, TWO)))
