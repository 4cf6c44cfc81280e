"""Addresses inside the console, and values as people read them."""

from __future__ import annotations

from urllib.parse import urlencode


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


def pivot(name: str, value: object) -> str:
    """The search for events with this value."""
    text = shown_value(value).replace("\\", "\\\\").replace('"', '\\"')
    return link("/events", q=f'{name}:"{text}"', since="all")
