"""How much of a value is remembered: what a peer sends can be 64 kB long, and alerts and windows are many."""

from __future__ import annotations

from hashlib import blake2b

from sentinel.model.alert import Clause
from sentinel.model.event import Value

LONGEST = 512
MOST = 100


def shown(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def told_apart(text: str) -> str:
    """The beginning of a long text and the digest of all of it, so that it differs where the texts do."""
    if len(text) <= LONGEST:
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{text[: LONGEST - len(digest) - 1]}…{digest}"


def value(whole: Value) -> Value:
    """A field's value with long texts cut, and the first of many."""
    if isinstance(whole, str):
        return shown(whole)
    if isinstance(whole, (tuple, list)):
        return tuple(shown(one) if isinstance(one, str) else one for one in whole[:MOST])
    return whole


def clause(whole: Clause) -> Clause:
    """The same of what decided a clause."""
    found = None if whole.value is None else value(whole.value)
    return Clause(whole.text, whole.held, whole.field, found, tuple(map(clause, whole.children)))
