"""The space of all requests, cut into cells in which no rule of the given policies tells two requests apart.

Every attribute is an axis. Its cells are numbered, a set of cells is a bit mask, and a rule is a union of boxes: a mask on
each axis that it constrains. Since every condition is a set or a range, this is exact. Subjects are cells too: terminals
of the register that rules cannot tell apart are one, and for every name in a rule that nobody has there is a supposed
terminal that has it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sentinel.access.engine.conditions import HIGHEST, Atom, OneOf, Within
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.rule import ANYBODY, Rule, verbs
from sentinel.access.engine.subject import subject
from sentinel.access.engine.target import ALL_ADDRESSES, ALL_PORTS, Target
from sentinel.model.access import VERBS, Effect, Fact, Request, Resource, Subject, written
from sentinel.state.calendar import minute_of_week

Box = Mapping[str, int]  # axis to mask of cells; an axis that is missing is not constrained
UNKNOWN, OTHER = "", "~"  # values: not known, and none that any rule names
_WEEK = 7 * 24 * 60
_MINUTE = 60 * 10**9
_LOOKED = 15 * 24 * 60  # minutes in which every minute of a week comes up, whatever the clock does
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "trust": (0, 100), "minute": (0, _WEEK - 1), "address": ALL_ADDRESSES, "port": ALL_PORTS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """An attribute's cells: texts, or the first number of each range with the last number of all."""

    name: str
    values: tuple[Fact | None, ...]  # a value that stands for its cell; none is not known

    @property
    def all(self) -> int:
        """Every cell."""
        return (1 << len(self.values)) - 1


def _ranges(rules: Iterable[Rule]) -> dict[str, set[int]]:
    """Where a cell of a numeric attribute begins."""
    found: dict[str, set[int]] = {"address": {-1, 0}, "port": {-1, 0}}  # none is a cell of its own
    for rule in rules:
        for atom in rule.atoms:
            if isinstance(atom, Within):
                low, _ = _BOUNDS.get(atom.name, (0, HIGHEST))
                starts = found.setdefault(atom.name, {low})
                starts.update(start for bounds in atom.ranges for start in _starts(bounds))
        for target in rule.targets:
            found["address"].update(_starts(target.addresses))
            found["port"].update(_starts(target.ports))
    return {name: {start for start in starts if _inside(name, start)} for name, starts in found.items()}


def _starts(bounds: tuple[int, int]) -> tuple[int, int]:
    return bounds[0], bounds[1] + 1


def _inside(name: str, start: int) -> bool:
    low, high = _BOUNDS.get(name, (0, HIGHEST))
    return low <= start <= high


class Space:
    """The space of some policies, which have one time zone and one set of groups."""

    def __init__(
        self,
        policies: Sequence[Policy],
        register: Iterable[Subject] = (),
        places: Iterable[Resource] = (),
        now: int = 0,
    ) -> None:
        """Requests are made of terminals, resources and a time that there are, where the box has such."""
        rules = [rule for policy in policies for rule in policy.rules]
        self.zone = policies[0].zone
        self._places, self._now = tuple(places), now
        self._people = _people(rules, policies, register)
        axes = [Axis(name, (*((None,) if name not in ("address", "port") else ()), *sorted(starts)))
                for name, starts in _ranges(rules).items()]  # fmt: skip
        axes += [Axis(name, (None, *sorted(values), OTHER)) for name, values in _texts(rules).items()]
        axes.append(Axis("action", tuple(sorted(VERBS))))
        axes.append(Axis("subject", tuple(range(len(self._people)))))
        axes.append(Axis("site", tuple(sorted({rule.site for rule in rules} or {OTHER}))))
        names = {target.name for rule in rules for target in rule.targets if target.name}
        axes.append(Axis("name", (*sorted(names), OTHER)))
        axes.append(Axis("protocol", ("tcp", "udp", "sctp", "icmp", OTHER)))
        self.axes = {axis.name: axis for axis in axes}
        self._boxes: dict[tuple[int, str], tuple[Box, ...]] = {}

    def boxes(self, rule: Rule) -> tuple[Box, ...]:
        """The requests that a rule matches."""
        key = (id(rule), rule.id)
        if key not in self._boxes:
            self._boxes[key] = tuple(box for each in rule.targets if (box := self._box(rule, each)) is not None)
        return self._boxes[key]

    def _box(self, rule: Rule, target: Target) -> Box | None:
        masks = {
            "subject": _mask(bool({*rule.subjects} & {*each.keys}) for each in self._people),
            "site": self._among("site", {rule.site}), "action": self._among("action", verbs("|".join(rule.actions))),
        }  # fmt: skip
        masks |= {name: self._among(name, {value}) for name, value in
                  (("name", target.name), ("protocol", target.protocol)) if value}  # fmt: skip
        for name, bounds in (("address", target.addresses), ("port", target.ports)):
            if bounds not in (ALL_ADDRESSES, ALL_PORTS):
                masks[name] = self._within(name, [bounds])
        if target.kind:  # a network function is what has no address
            masks["address"] = masks.get("address", self.axes["address"].all) & (1 if target.kind == "nf" else ~1)
        for atom in rule.atoms:
            masks[atom.name] = masks.get(atom.name, self.axes[atom.name].all) & self._atom(atom, rule.effect)
        return None if self.empty(masks) else masks

    def _atom(self, atom: Atom, effect: Effect) -> int:
        unknown = int(effect is Effect.DENY)  # the first cell of a condition's axis is that it is not known
        if isinstance(atom, OneOf):
            return self._among(atom.name, atom.values) | unknown
        return self._within(atom.name, atom.ranges) | unknown

    def _among(self, name: str, values: Iterable[Fact]) -> int:
        wanted = set(values)
        return _mask(value in wanted for value in self.axes[name].values)

    def _within(self, name: str, ranges: Sequence[tuple[int, int]]) -> int:
        return _mask(
            isinstance(value, int) and any(low <= value <= high for low, high in ranges)
            for value in self.axes[name].values
        )

    # boxes

    def empty(self, box: Box) -> bool:
        """Whether no request lies in it."""
        return not all(box.values()) or not self._possible(box)

    def _possible(self, box: Box) -> bool:
        """What has no address has no port; and hours and dates are two axes of one time."""
        if box.get("address", -1) == 1 and not box.get("port", -1) & 1:
            return False
        return "minute" not in box or self._moment(box) is not None

    @cached_property
    def _week(self) -> Mapping[int, int]:
        """The cell of each minute of the week."""
        starts = [value for value in self.axes["minute"].values if isinstance(value, int)]
        found, cell = {}, 0
        for minute in range(_WEEK):
            if cell < len(starts) and minute == starts[cell]:
                cell += 1
            found[minute] = cell
        return found

    def _moment(self, box: Box) -> tuple[int | None, int | None] | None:
        """A time in the box and its minute of the week; none where there is no such time."""
        minutes = box.get("minute", -1)
        times = self.axes.get("time")
        mask = box.get("time", times.all if times else 1)
        if minutes & 1 and mask & 1:
            return None, None  # neither is known
        for cell, start in enumerate(times.values if times else (None, 0)):
            if start is None or (times and not mask >> cell & 1):
                continue
            assert isinstance(start, int)  # noqa: S101  # by the axis
            values = times.values if times else (None, 0)
            following = values[cell + 1] if cell + 1 < len(values) else HIGHEST
            found = self._minute_from(self._late(start, int(following or 0)), int(following or 0), minutes)
            if found is None:
                found = self._minute_from(start, int(following or 0), minutes)
            if found is not None:
                return found, minute_of_week(found, self.zone)
        return None

    def _late(self, start: int, end: int) -> int:
        """Now, if that lies between the two."""
        return self._now if start <= self._now < end else start

    def _minute_from(self, start: int, end: int, minutes: int) -> int | None:
        at = start
        for _ in range(_LOOKED):
            if at >= end:
                return None
            if minutes >> self._week[minute_of_week(at, self.zone)] & 1:
                return at
            at = (at // _MINUTE + 1) * _MINUTE
        return None

    def request(self, box: Box) -> Request:
        """A request in the box."""
        chosen = {name: axis.values[_lowest(box.get(name, axis.all))] for name, axis in self.axes.items()}
        context = {name: value for name, value in chosen.items() if name not in _PLACED and value is not None}
        if "minute" in self.axes:
            moment = self._moment(box) or (None, None)
            context = {name: value for name, value in context.items() if name not in ("time", "minute")}
            context |= {"time": moment[0]} if moment[0] is not None else {}
        elif isinstance(start := context.get("time"), int):
            context["time"] = self._late(start, self._after(start))
        who, action = self._people[int(chosen["subject"] or 0)], str(chosen["action"])
        return Request(who, str(chosen["site"]), self._resource(box), action, context)

    def _after(self, start: int) -> int:
        return min((at for at in self.axes["time"].values if isinstance(at, int) and at > start), default=HIGHEST)

    def _resource(self, box: Box) -> Resource:
        return next((place for place in self._places if self._lies(place, box)), None) or self._supposed(box)

    def _lies(self, place: Resource, box: Box) -> bool:
        """Whether a resource lies in the box."""
        names = {"name": place.name, "protocol": place.protocol}
        numbers = {
            "address": place.number if place.kind == "app" else -1,
            "port": place.port if place.kind == "app" else -1,
        }
        cells = {name: self._cell_of_text(name, text) for name, text in names.items()}
        cells |= {name: self._cell_of_number(name, number) for name, number in numbers.items()}
        return all(box.get(name, -1) >> cell & 1 for name, cell in cells.items())

    def _cell_of_text(self, name: str, text: str) -> int:
        values = self.axes[name].values
        return values.index(text if text in values else OTHER)

    def _cell_of_number(self, name: str, number: int) -> int:
        starts = self.axes[name].values
        return max(cell for cell, start in enumerate(starts) if isinstance(start, int) and start <= number)

    def _supposed(self, box: Box) -> Resource:
        chosen = {name: box.get(name, self.axes[name].all) for name in ("name", "protocol", "address", "port")}
        name, protocol = (self._text(each, chosen[each]) for each in ("name", "protocol"))
        if not chosen["address"] & ~1:
            return Resource("nf", name, protocol=protocol)
        address = int(self.axes["address"].values[_lowest(chosen["address"] & ~1)] or 0)
        port = int(self.axes["port"].values[_lowest(chosen["port"] & ~1 or chosen["port"])] or 0)  # a real one, if any
        return Resource("app", name, written(address), port, protocol, address)

    def _text(self, name: str, mask: int) -> str:
        return str(self.axes[name].values[_lowest(mask)]).replace(OTHER, "")


_PLACED = frozenset({"subject", "action", "site", "name", "protocol", "address", "port"})


def _mask(held: Iterable[bool]) -> int:
    return sum(1 << cell for cell, yes in enumerate(held) if yes)


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _texts(rules: Iterable[Rule]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for rule in rules:
        for atom in rule.atoms:
            if isinstance(atom, OneOf):
                found.setdefault(atom.name, set()).update(atom.values)
    return found


def _people(rules: Sequence[Rule], policies: Sequence[Policy], register: Iterable[Subject]) -> tuple[Subject, ...]:
    """One terminal of each kind that rules can tell apart."""
    named = {name for rule in rules for name in rule.subjects}
    found: dict[frozenset[str], Subject] = {}
    for each in register:
        found.setdefault(frozenset(named & {*each.keys}), each)
    had = {name for names in found for name in names}
    for name in sorted((named | {ANYBODY}) - had):
        supposed = _supposed(name, policies)
        found.setdefault(frozenset(named & {*supposed.keys}), supposed)
    return tuple(found.values())


def _supposed(name: str, policies: Sequence[Policy]) -> Subject:
    """A terminal that has this name, and no other but those that follow from it."""
    kind, _, value = name.partition(":")
    groups = policies[0].groups
    if kind == "grp":
        return subject(groups, "999990000000001", [value])
    if kind == "imei-tac":
        return subject(groups, "999990000000001", pei=f"{value}0000000")
    if kind == "cert":
        return subject(groups, "999990000000001", certificate=value)
    return subject(groups, value if kind == "supi" else "999990000000001")
