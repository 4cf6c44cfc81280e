"""Personal identifiers hidden in stores: pseudonyms by HMAC-SM3, originals by SM4-GCM bound to their row.

A pseudonym names its kind and the version of its key: `ps-supi-1-` and 24 hex digits. A key for each kind, because the
numbers of one kind can all be tried by whoever has the key; without it they cannot, as they could with a plain digest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast

from sentinel.crypto.suite import Suite
from sentinel.keys.register import Purpose
from sentinel.keys.ring import Ring
from sentinel.keys.tables import CUTS, EVIDENCE, INBOX, Versioned
from sentinel.model.event import Scalar, Value
from sentinel.model.personal import FIELDS, MIXED, PSEUDONYM, WHOLE, Identifier, could_be, identifiers, normalised
from sentinel.store.sealing import Document, Originals

_CACHED = 1 << 17
TABLES = {
    "identifiers": Purpose.IDENTIFIERS,
    "frames": Purpose.FRAMES,
    "state": Purpose.STATE,
    "facts": Purpose.STATE,
    "second_factors": Purpose.SECOND_FACTOR,
    "point_settings": Purpose.POINT,
    EVIDENCE: Purpose.EVIDENCE,
    CUTS: Purpose.EVIDENCE,
    INBOX: Purpose.INBOX,
}
_NOTHING: Originals = {}
Hidden = tuple[Value, tuple[tuple[str, str], ...]]


class Personal:
    """A `Sealing` with the keys of a ring."""

    on = True

    def __init__(self, suite: Suite, ring: Ring) -> None:
        self._provider, self._ring = suite.active, ring
        self._generation = -1
        self._hidden: Callable[[str, Value], Hidden]
        self._keyed: Callable[[bytes], Callable[[bytes], bytes]]
        self._pseudonym: Callable[[Identifier, str], str]
        self._fresh()

    def tick(self) -> None:
        """Now and then: see which keys changed, and tell what was counted."""
        self._ring.tick()

    def _fresh(self) -> None:
        """Forget what was computed with other keys."""
        self.tick()
        if self._generation != self._ring.generation:
            self._generation = self._ring.generation
            self._hidden = functools.lru_cache(_CACHED)(self._hide)
            self._keyed = functools.lru_cache(64)(self._provider.keyed_sm3)
            self._pseudonym = functools.lru_cache(_CACHED)(self._named)

    def hide(self, document: Document) -> tuple[Document, Originals]:
        """See `Sealing`."""
        if document.keys().isdisjoint(FIELDS):
            return document, _NOTHING
        found = [field for field in FIELDS if field in document]
        self._fresh()
        hidden, originals = dict(document), dict[str, str]()
        for field in found:
            hidden[field], pairs = self._hidden(field, document[field])
            originals.update(pairs)
        return hidden, originals

    def _hide(self, field: str, value: Value) -> Hidden:
        if isinstance(value, tuple | list):
            parts = [self._hide(field, each) for each in value]
            return tuple(cast("Scalar", part) for part, _ in parts), tuple(pair for _, pairs in parts for pair in pairs)
        text, pairs = str(value), []
        for kind, original in identifiers(field, text):
            pseudonym = self._named(kind, original)
            text = text.replace(original, pseudonym)
            pairs.append((pseudonym, original))
        return (text, tuple(pairs)) if pairs else (value, ())

    def _named(self, kind: Identifier, original: str, version: int = 0) -> str:
        purpose = Purpose(f"pseudonym.{kind}")
        key = self._ring.version(purpose, version) if version else self._ring.active(purpose)
        digest = self._keyed(key.secret)(original.encode())
        return f"ps-{kind}-{key.version}-{digest[:12].hex()}"

    def pseudonyms(self, text: str, field: str = "") -> tuple[str, ...]:
        """See `Sealing`."""
        self._fresh()
        kinds = (WHOLE | MIXED).get(field)
        return tuple(
            self._named(kind, normalised(kind, text), key.version)
            for kind in ((kinds,) if kinds else could_be(text))
            for key in self._ring.versions(Purpose(f"pseudonym.{kind}"))
            if not PSEUDONYM.fullmatch(text)
        )

    def pseudonym(self, kind: Identifier, original: str) -> str:
        """What an identifier is hidden behind now: for records that must not name a person."""
        self._fresh()
        return self._pseudonym(kind, original)

    def seal(self, table: str, row: str, plain: bytes) -> bytes:
        """See `Sealing`."""
        purpose = TABLES[table]
        self._ring.used(purpose, 1)
        return self._by(purpose).seal(self._ring.active(purpose).version, table, row, plain)

    def open(self, table: str, row: str, sealed: bytes) -> bytes:
        """See `Sealing`."""
        return self._by(TABLES[table]).open(table, row, sealed)

    def _by(self, purpose: Purpose) -> Versioned:
        return Versioned(self._provider, lambda version: self._ring.version(purpose, version).secret)
