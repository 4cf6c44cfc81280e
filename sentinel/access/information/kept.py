"""How records of access stand in the log of facts, each whole, as one JSON text; and how they are found in memory."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import TypeAdapter

from sentinel.model.facts import Kind, Told

T = TypeVar("T")
V = TypeVar("V")
_DOCUMENT = "document"


class Kept(Generic[T]):
    """Records of one form under one kind."""

    def __init__(self, kind: Kind, form: type[T]) -> None:
        self.kind = kind
        self._form = TypeAdapter(form)

    def told(self, key: str, time: int, record: T, *, over: bool = False, number: int = 0) -> Told:
        """A record as a fact."""
        text = self._form.dump_json(record).decode()
        return Told(self.kind, key, time, {_DOCUMENT: text}, over, number)

    def read(self, told: Told) -> T:
        """The record of a fact."""
        return self._form.validate_json(str(told.fields[_DOCUMENT]))


def drop(index: dict[str, dict[str, V]], name: str, key: str) -> None:
    """Take a key out from under a name, and the name with its last one."""
    found = index.get(name)
    if found is not None:
        found.pop(key, None)
        if not found:
            del index[name]
