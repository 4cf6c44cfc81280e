"""Every message of the console, as the sources have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

ROOT = Path(__file__).parents[3]
_ERRORS = ("AccountError", "AuthenticationError", "AuthorizationError", "ConflictError", "TooManyAttemptsError",
           "TriageError")
_KEYWORDS = {**DEFAULT_KEYWORDS, "plural": (1, 2), "self": None, **dict.fromkeys(_ERRORS)}
# The messages of errors that a person meets on a page are messages too.
_SOURCES = (("sentinel/web", "**.html", "jinja2.ext.babel_extract"), ("sentinel/web", "**.py", "python"),
            ("sentinel/access", "**.py", "python"), ("sentinel/crypto", "password.py", "python"))

Message = str | tuple[str, ...]


def messages() -> Iterator[tuple[str, Message]]:
    """(place, message) of every message in templates and code."""
    for folder, pattern, method in _SOURCES:
        options = {pattern: {"trim_blocks": "true", "lstrip_blocks": "true"}}
        for name, line, message, _, _ in extract_from_dir(ROOT / folder, [(pattern, method)], options, _KEYWORDS):
            yield f"{folder}/{name}:{line}", message
