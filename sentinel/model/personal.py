"""Personal identifiers in documents: which fields hold a SUPI, PEI, GPSI or SUCI, and which texts mention one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum


class Identifier(StrEnum):
    """A kind of identifier; each has a key of its own."""

    SUPI = "supi"
    PEI = "pei"
    GPSI = "gpsi"
    SUCI = "suci"


WHOLE: dict[str, Identifier] = {  # the value is one
    "fiveg.supi": Identifier.SUPI,
    "fiveg.pei": Identifier.PEI,
    "fiveg.pei.bound": Identifier.PEI,
    "fiveg.gpsi": Identifier.GPSI,
    "fiveg.suci": Identifier.SUCI,
}
MIXED: dict[str, Identifier] = {  # the value is one, or something else
    "fiveg.ue.subject": Identifier.SUPI,
    "fiveg.ue_ip.holder": Identifier.SUPI,
    "related.user": Identifier.SUPI,
}
MENTIONED = ("fiveg.sbi.supi", "url.path", "url.query", "url.original", "fiveg.alert.examples")
FIELDS = frozenset((*WHOLE, *MIXED, *MENTIONED))

PSEUDONYM = re.compile(r"\bps-(?:supi|pei|gpsi|suci)-\d+-[0-9a-f]{24}\b")

_PREFIXES = {
    Identifier.SUPI: r"(?:imsi|nai|supi)",
    Identifier.PEI: r"(?:imeisv|imei|pei|pei\.bound)",
    Identifier.GPSI: r"(?:msisdn|gpsi)",
}
_MENTION = re.compile(
    r"(?<![0-9a-z])(?:"
    + "|".join(rf"{prefix}[-=](?P<{kind}>\d{{5,16}})" for kind, prefix in _PREFIXES.items())
    + rf"|(?P<{Identifier.SUCI}>suci-0-[0-9a-f]+-[0-9a-f]+-[0-9a-z]*-0-[0-9a-z]*-\d+)"
    + r")(?![0-9a-z])"
)
_NAI = re.compile(r"[^@\s]+@(?:[0-9A-Za-z-]+\.)*[A-Za-z][0-9A-Za-z-]*")  # not the number of a context at an address
_DIGITS = re.compile(r"\d{5,16}")
_CONCEALED = re.compile(r"suci-(?!0-[^-]*-[^-]*-[^-]*-0-)")  # by a scheme that is not null: nobody's name


def identifiers(field: str, value: str) -> Iterator[tuple[Identifier, str]]:
    """The identifiers in a value of a field."""
    if field in WHOLE:
        if value and not _CONCEALED.match(value):
            yield WHOLE[field], value
    elif field in MIXED:
        if value.startswith("suci-"):
            yield from identifiers("fiveg.suci", value)
        elif _DIGITS.fullmatch(value) or _NAI.fullmatch(value):
            yield MIXED[field], value
    else:
        for match in _MENTION.finditer(value):
            kind = Identifier(str(match.lastgroup))
            yield kind, match[kind]


def normalised(kind: Identifier, text: str) -> str:
    """An identifier as events have it: without the prefix that people and URLs write before it."""
    prefix = _PREFIXES.get(kind)
    return re.sub(rf"^{prefix}-", "", text) if prefix else text


def could_be(text: str) -> tuple[Identifier, ...]:
    """What a text by itself may be."""
    if text.startswith("suci-"):
        return (Identifier.SUCI,)
    bare = {kind: normalised(kind, text) for kind in _PREFIXES}
    return tuple(kind for kind, each in bare.items() if _DIGITS.fullmatch(each) and (each != text or text.isdigit()))


def mentioned(text: str) -> set[str]:
    """The pseudonyms in a text, such as a document in JSON."""
    return set(PSEUDONYM.findall(text))
