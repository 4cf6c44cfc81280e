"""A record: an act with its number and its time, as canonical JSON in UTF-8, one line.

What a person could be recognised by is replaced before it is written: a record cannot be erased, a key can. Numbers of ten
to sixteen digits in the details, as SUPI, PEI and GPSI are, go through `pseudonymise`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from sentinel.errors import AuditError
from sentinel.model.audit import Act, Detail

LONGEST = (1 << 16) - 64  # octets; its number can grow until it is written
_IDENTITY = re.compile(r"(?<![\w.])(?:(?:imsi|imei|imeisv|msisdn)-)?\+?\d{10,16}(?![\w.]|-\d)")

Pseudonymise = Callable[[str], str]
"""What stands for an identity in records."""


def withheld(_identity: str) -> str:
    """For as long as there is no key for pseudonyms: nothing of an identity is written."""
    return "[withheld]"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is read; `action` and `outcome` may be words of a later version."""

    number: int
    time: int  # ns since the epoch
    action: str
    actor: str
    target: str
    outcome: str
    details: Mapping[str, Detail]


def encode(number: int, time: int, act: Act, pseudonymise: Pseudonymise = withheld) -> bytes:
    """The octets of a record; raises `AuditError` for an act that cannot be one."""
    details = {name: _plain(value, pseudonymise) for name, value in act.details.items()}
    fields = {"number": number, "time": time, "action": act.action, "actor": act.actor, "target": act.target,
              "outcome": act.outcome, "details": details}  # fmt: skip
    try:
        octets = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise AuditError(f"an act of `{act.action}` cannot be recorded: {error}") from error
    if len(octets) > LONGEST:
        raise AuditError(f"an act of `{act.action}` is longer than {LONGEST} octets")
    return octets


def _plain(value: Detail, pseudonymise: Pseudonymise) -> Detail:
    if not isinstance(value, str):
        return value
    return _IDENTITY.sub(lambda found: pseudonymise(found.group()), value)


def decode(octets: bytes) -> Record:
    """The record of these octets; raises `AuditError`."""
    try:
        fields = orjson.loads(octets)
        return Record(**fields)
    except (orjson.JSONDecodeError, TypeError) as error:
        raise AuditError(f"a record is not of its form: {error}") from error
