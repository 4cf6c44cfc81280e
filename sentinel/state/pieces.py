"""State as a row of pickles, none of which is large, and back.

A pickler remembers every object that it wrote, which of a large site is more than half of the site again. So what State
consists of, tables and the things in them, is written by number: the first pickle is the state with numbers in place of
tables and things, each that follows has some things, or some entries of a table, with numbers in place of others. What two
hold in common, such as the session behind an address and behind a tunnel, has one number and is one thing afterwards.

Only tables, the classes of this package and plain containers are ever made, whatever a file asks for.
"""

from __future__ import annotations

import importlib
import pickle  # only classes of ours are made from it: see `_Reader`
import pkgutil
import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import Any, BinaryIO, Protocol

from sentinel.state.bounded import Bounded

AT_ONCE = 5000  # things, or entries, of a piece
_PACKAGE = __name__.rpartition(".")[0]
_PLAIN = {("collections", "OrderedDict"): OrderedDict, ("collections", "deque"): deque, ("builtins", "set"): set}


class Target(Protocol):
    """What pieces are written to."""

    def write(self, data: bytes, /) -> int:
        """Take some octets."""


def write(state: dict[str, Any], target: Target) -> None:
    """Write all of it; raises what `pickle` raises, where there is something that cannot be kept."""
    pickler = _Writer(target)
    pickler.dump(state)
    for piece in pickler.pieces():
        pickler.clear_memo()
        pickler.dump(piece)


def read(source: BinaryIO, end: int) -> dict[str, Any]:
    """What was written, from where `source` is up to `end`; raises whatever comes of reading what is no state."""
    things = _Things()
    state = _Reader(source, things).load()
    while source.tell() < end:
        for number, values in _Reader(source, things).load():
            things.fill(number, values)
    if things.empty or not isinstance(state, dict):
        raise pickle.UnpicklingError("it is not whole")
    return state


class _Things:
    """Tables and things by their numbers, empty until what belongs to them is read."""

    def __init__(self) -> None:
        self._made: list[Any] = []
        self.empty = set[int]()

    def at(self, number: int, kind: Any) -> Any:
        """What has this number; where it is met for the first time, it is made."""
        if number == len(self._made) and kind in _kinds():
            self._made.append(kind.__new__(kind))
            self.empty.add(number)
        found = self._made[number]
        if type(found) is not kind:
            raise pickle.UnpicklingError(f"`{kind.__name__}` {number} is something else")
        return found

    def fill(self, number: int, values: tuple[Any, ...]) -> None:
        """Give it what belongs to it."""
        thing = self._made[number]
        self.empty.discard(number)
        if isinstance(thing, Bounded):
            thing.cap, thing.evicted, entries = values
            for key, value in entries:
                OrderedDict.__setitem__(thing, key, value)
            return
        kind: type = type(thing)
        for name, value in zip(_names(kind), values, strict=True):
            setattr(thing, name, value)


class _Writer(pickle.Pickler):
    """Numbers tables and things as they are met."""

    def __init__(self, target: Target) -> None:
        super().__init__(target, protocol=5)
        self._numbers: dict[int, int] = {}  # by identity: `_waiting`, and who wrote the state, keep them alive
        self._waiting: deque[Any] = deque()

    def reducer_override(self, thing: Any) -> Any:
        kind = type(thing)
        if kind not in _kinds():
            return NotImplemented
        number = self._numbers.get(id(thing))
        if number is None:
            number = self._numbers[id(thing)] = len(self._numbers)
            self._waiting.append(thing)
        return at, (number, kind)

    def pieces(self) -> Iterator[list[tuple[int, tuple[Any, ...]]]]:
        """What was met and is not written yet, until there is nothing more."""
        while self._waiting:
            thing = self._waiting.popleft()
            number = self._numbers[id(thing)]
            if isinstance(thing, Bounded):
                yield from ([(number, (thing.cap, thing.evicted, some))] for some in _some(thing))
            else:
                yield [(number, _values(thing)), *islice(self._things(), AT_ONCE)]

    def _things(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        while self._waiting and not isinstance(self._waiting[0], Bounded):
            thing = self._waiting.popleft()
            yield self._numbers[id(thing)], _values(thing)


def _some(table: Bounded[Any, Any]) -> Iterator[list[tuple[Any, Any]]]:
    """The entries of a table, some at a time; of an empty one none, once."""
    entries = iter(table.items())
    yield list(islice(entries, AT_ONCE))
    while some := list(islice(entries, AT_ONCE)):
        yield some


def at(number: int, kind: type) -> Any:
    """What stands in a pickle for a thing with a number; only `_Reader` knows which it is."""
    raise pickle.UnpicklingError(f"`{kind.__name__}` {number} is read with the state that it belongs to")


class _Reader(pickle.Unpickler):
    """Makes nothing but containers and, empty at first, what this package defines.

    It remembers what it gives: nothing of its own, or each reader would stay until somebody looks for garbage.
    """

    def __init__(self, source: BinaryIO, things: _Things) -> None:
        super().__init__(source)
        self._at = things.at

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (at.__module__, at.__qualname__):
            return self._at
        try:
            return _allowed()[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"`{module}.{name}` has no place there") from None


@cache
def layout() -> int:
    """A number for the form of all classes that a state may hold."""
    shapes = sorted(
        (f"{name.__module__}.{name.__qualname__}", [(field.name, str(field.type)) for field in fields(name)])
        for name in _classes()
    )
    return zlib.crc32(repr(shapes).encode())


def _classes() -> Iterable[Any]:
    package = importlib.import_module(_PACKAGE)
    for info in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        for member in vars(importlib.import_module(info.name)).values():
            if isinstance(member, type) and member.__module__ == info.name and _changes(member):
                yield member


def _changes(kind: type) -> bool:
    """It is a class of things: one that cannot change is a value, which State has none of."""
    return is_dataclass(kind) and not vars(kind)["__dataclass_params__"].frozen


@cache
def _kinds() -> frozenset[type]:
    return frozenset((*_classes(), Bounded))


@cache
def _allowed() -> dict[tuple[str, str], type]:
    return {(each.__module__, each.__qualname__): each for each in _kinds()} | _PLAIN


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _getter(kind: type) -> Callable[[Any], Any]:
    return attrgetter(*_names(kind))


def _values(thing: Any) -> tuple[Any, ...]:
    kind: type = type(thing)
    found = _getter(kind)(thing)
    return found if len(_names(kind)) > 1 else (found,)
