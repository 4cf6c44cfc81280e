"""Reading event fields by type: what is absent or of another type is empty."""

from __future__ import annotations

from sentinel.model.event import Fields


def text(fields: Fields, name: str) -> str:
    """The field as text; of several values the first."""
    value = fields.get(name)
    if value.__class__ is str:  # nearly always; the checker does not follow this
        return value
    if value is None:
        return ""
    if isinstance(value, tuple):
        return str(value[0]) if value else ""
    return str(value)


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    """All values of the field as text."""
    value = fields.get(name)
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, tuple) else (str(value),)


def number(fields: Fields, name: str) -> int | None:
    """The field as a whole number."""
    value = fields.get(name)
    return value if isinstance(value, int) else None


def numbers(fields: Fields, name: str) -> tuple[int, ...]:
    """All whole numbers of the field."""
    value = fields.get(name)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(each for each in values if isinstance(each, int) and not isinstance(each, bool))
