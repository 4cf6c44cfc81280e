from __future__ import annotations

import pytest

from sentinel.access.engine.groups import DEEPEST, GroupError, Groups


def test_a_group_is_in_all_groups_above_it() -> None:
    groups = Groups({"machines": ["vehicles"], "vehicles": ["agv"], "yellow": ["agv"]})
    assert groups.of("agv") == {"agv", "vehicles", "machines", "yellow"}
    assert groups.of("guest") == {"guest"}
    assert groups.of("") == frozenset()


@pytest.mark.parametrize(
    "members", [{"a": ["a"]}, {"a": ["b"], "b": ["c"], "c": ["a"]}, {"x": ["a"], "a": ["b"], "b": ["a"]}]
)
def test_a_circle_is_refused(members: dict[str, list[str]]) -> None:
    with pytest.raises(GroupError, match="lies in itself"):
        Groups(members)


def test_depth_is_bounded_and_said_so() -> None:
    """Casbin ends a climb silently, and forgets denies with it."""
    deep = {f"g{number}": [f"g{number + 1}"] for number in range(DEEPEST)}
    assert len(Groups(deep).of(f"g{DEEPEST}")) == DEEPEST + 1
    with pytest.raises(GroupError, match="within each other"):
        Groups(deep | {f"g{DEEPEST}": ["leaf"]})
