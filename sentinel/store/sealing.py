"""Personal identifiers in a store: hidden in what it keeps, found by what they are hidden behind.

In a document a pseudonym stands where the identifier stood; what it stands for is kept beside the row, sealed. So a
document is searched, grouped and shown as ever, and the original is had for a reason only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, cast

from sentinel.errors import CryptoError, QueryError
from sentinel.model.event import Value
from sentinel.model.personal import FIELDS, MENTIONED
from sentinel.store import query as q

Document = Mapping[str, Value]
Originals = Mapping[str, str]  # by their pseudonyms
_NONE: Originals = {}


class Sealing(Protocol):
    """Hides identifiers; raises `CryptoError` where it has no key."""

    on: bool

    def tick(self) -> None:
        """Now and then: see which keys changed."""

    def hide(self, document: Document) -> tuple[Document, Originals]:
        """The document with pseudonyms, and what they stand for."""

    def seal(self, table: str, row: str, plain: bytes) -> bytes:
        """Octets that only open in this row of this table."""

    def open(self, table: str, row: str, sealed: bytes) -> bytes:
        """What was sealed there; raises `SealError`."""

    def pseudonyms(self, text: str, field: str = "") -> tuple[str, ...]:
        """All that an identifier may be hidden behind, in this field or, by itself, anywhere."""


class Clear:
    """Hides nothing, and opens nothing that was sealed."""

    on = False

    def tick(self) -> None:
        """See `Sealing`."""

    def hide(self, document: Document) -> tuple[Document, Originals]:
        """See `Sealing`."""
        return document, _NONE

    def seal(self, table: str, row: str, plain: bytes) -> bytes:
        """See `Sealing`."""
        raise CryptoError(f"there is no key to seal `{table}` with")

    def open(self, table: str, row: str, sealed: bytes) -> bytes:
        """See `Sealing`."""
        raise CryptoError(f"`{table}` was sealed, and sealing is off: there is no key to open it with; say --seal")

    def pseudonyms(self, text: str, field: str = "") -> tuple[str, ...]:
        """See `Sealing`."""
        return ()


def asked(tree: q.Query, sealing: Sealing) -> q.Query:
    """The query that finds, behind their pseudonyms, the identifiers that `tree` names; raises `QueryError`."""
    return _asked(tree, sealing) if sealing.on else tree


def _asked(tree: q.Query, sealing: Sealing) -> q.Query:
    match tree:
        case q.Not(term):
            return q.Not(_asked(term, sealing))
        case q.And(terms):
            return q.And(tuple(_asked(term, sealing) for term in terms))
        case q.Or(terms):
            return q.Or(tuple(_asked(term, sealing) for term in terms))
        case q.Text(text):
            return _either(tree, (q.Text(each) for each in sealing.pseudonyms(text)))
        case q.Equals(field, value, wild) if field in FIELDS:
            if wild and field not in MENTIONED:
                raise QueryError(f"a part of `{field}` cannot be looked for, it is sealed; write the whole of it", 1)
            return _either(tree, (q.Equals(field, each) for each in sealing.pseudonyms(value, field)))
        case q.Compare(field) | q.Network(field) if field in FIELDS:
            raise QueryError(f"`{field}` cannot be compared, it is sealed; write the whole of it", 1)
        case _:
            return tree


def _either(tree: q.Query, others: Iterable[q.Query]) -> q.Query:
    """What was stored in clear, before anything was sealed, is found too."""
    found = tuple(others)
    return q.Or((tree, *found)) if found else tree


def replaced(value: object, change: Callable[[str], str]) -> object:
    """Plain data with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: replaced(each, change) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(replaced(each, change) for each in value)
    return value


def restored(document: Document, originals: Originals) -> Document:
    """The document with the identifiers where their pseudonyms stand."""
    if not originals:
        return document

    return cast("Document", replaced(document, swap(originals)))


def swap(texts: Mapping[str, str]) -> Callable[[str], str]:
    """What puts, in a text, the second of each pair where the first stands by itself."""
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, texts))})(?![0-9A-Za-z])")
    return lambda text: pattern.sub(lambda match: texts[match[0]], text)
