"""Groups of terminals: they nest, and are expanded before anything is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

DEEPEST = 8  # groups within groups


class GroupError(ValueError):
    """Groups that cannot be; `group` is where it was noticed."""

    def __init__(self, message: str, group: str) -> None:
        super().__init__(message)
        self.group = group


class Groups:
    """Which groups lie in which; raises `GroupError` for a circle and for groups nested too deeply."""

    def __init__(self, members: Mapping[str, Iterable[str]] | None = None) -> None:
        self.members = {group: tuple(sorted(inside)) for group, inside in sorted((members or {}).items())}
        above: dict[str, list[str]] = {}
        for group, inside in self.members.items():
            for member in inside:
                above.setdefault(member, []).append(group)
        self._above = {group: frozenset(_climb(group, above)) for group in sorted({*self.members, *above})}
        self._keys = {group: tuple(f"grp:{each}" for each in sorted(inside)) for group, inside in self._above.items()}

    def of(self, group: str) -> frozenset[str]:
        """The group and all groups that it lies in."""
        return self._above.get(group, frozenset({group} if group else ()))

    def keys(self, group: str) -> tuple[str, ...]:
        """The same as rules name them, in order."""
        return self._keys.get(group) or ((f"grp:{group}",) if group else ())

    @property
    def names(self) -> frozenset[str]:
        """All groups that are named."""
        return frozenset(self._above)


def _climb(group: str, above: Mapping[str, list[str]]) -> set[str]:
    """The group and all above it, level by level."""
    found, level = {group}, {group}
    for _ in range(DEEPEST + 1):
        level = {parent for each in level for parent in above.get(each, ())}
        if group in level:
            raise GroupError(f"the group `{group}` lies in itself", group)
        found |= level
        if not level:
            return found
    raise GroupError(f"the group `{group}` lies in more than {DEEPEST} groups within each other", group)
