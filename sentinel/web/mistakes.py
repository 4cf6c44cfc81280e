"""Mistakes in a query or a time, explained in the reader's language."""

from __future__ import annotations

import re

from sentinel.web.i18n import N_, Translator

_KNOWN = (
    (r"the query ends where .*", N_("the query ends where a word, a value or a closing bracket was expected")),
    (r"a phrase that starts here has no closing quote", N_("a phrase that starts here has no closing quote")),
    (
        r"`(?P<word>.*)` is not expected here; .*",
        N_("`%(word)s` is not expected here; write a word, a phrase or field:value"),
    ),
    (r"a query has at most .*", N_("the query is too long")),
    (
        r"a part of `(?P<field>.*)` cannot be looked for, .*",
        N_("`%(field)s` is sealed; write the whole of it, a part cannot be looked for"),
    ),
    (
        r"`(?P<field>.*)` cannot be compared, .*",
        N_("`%(field)s` is sealed; write the whole of it, it cannot be compared"),
    ),
    (r"too many nested groups", N_("too many nested groups")),
    (r"`(?P<word>.*)` is not a time[;:] .*", N_("`%(word)s` is not a time")),
)


def explain(message: str, translate: Translator) -> str:
    """The message of a `QueryError` for a reader who sees the column anyway; as it is, if it is not a known one."""
    text = re.sub(r" \(column \d+\)$", "", message)
    for pattern, known in _KNOWN:
        if found := re.fullmatch(pattern, text):
            return translate(known, **found.groupdict())
    return text
