"""Addresses inside the console, and values as people read them."""

from __future__ import annotations

from urllib.parse import urlencode

from sentinel.model.personal import mentioned
from sentinel.operations.revealing import MOST


def link(path: str, **parameters: object) -> str:
    """A link with those parameters that are not empty; sequences repeat theirs."""
    kept = {name: value for name, value in parameters.items() if value not in ("", None, (), [])}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def shown_value(value: object) -> str:
    """A field's value as people read it."""
    if isinstance(value, tuple | list):
        return ", ".join(shown_value(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def sentence(text: str) -> str:
    """The text as a sentence begins: messages are written in lower case, to stand anywhere."""
    return text[:1].upper() + text[1:]


def terminal(user: str) -> str:
    """The search for events of a terminal, named by its SUPI or SUCI."""
    return pivot("fiveg.suci" if user.startswith(("suci-", "ps-suci-")) else "fiveg.supi", user)


def pseudonyms(page: object) -> list[str]:
    """The pseudonyms on a page, as many as may be asked about at once."""
    return sorted(mentioned(str(page)))[:MOST]


def pivot(name: str, value: object) -> str:
    """The search for events with this value."""
    text = shown_value(value).replace("\\", "\\\\").replace('"', '\\"')
    return link("/events", q=f'{name}:"{text}"', since="all")
