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
from sentinel.model.audit import Act, Detail, Nameless
from sentinel.store.sealing import Sealing

LONGEST = (1 << 16) - 64  # octets; its number can grow until it is written
_NUMBER = b'"number":0'
_IDENTITY = re.compile(r"(?<![\w.])(?:(?:imsi|imei|imeisv|msisdn)-)?\+?\d{10,16}(?![\w.]|-\d)")

_KINDS = {"imsi": "fiveg.supi", "imei": "fiveg.pei", "imeisv": "fiveg.pei", "msisdn": "fiveg.gpsi"}

Pseudonymise = Callable[[str], str]
"""What stands for an identity in records."""


def withheld(_identity: str) -> str:
    """For as long as there is no key for pseudonyms: nothing of an identity is written."""
    return "[withheld]"


def hidden_by(sealing: Sealing) -> Pseudonymise:
    """The pseudonyms that the stores use; bare numbers of fourteen digits and more are taken for SUPIs, shorter ones for GPSIs."""

    def pseudonym(identity: str) -> str:
        prefix, _, digits = identity.rpartition("-")
        bare = digits.lstrip("+")
        kind = _KINDS.get(prefix) or ("fiveg.supi" if len(bare) >= 14 else "fiveg.gpsi")
        document, _originals = sealing.hide({kind: bare})
        return str(document[kind])

    return pseudonym


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


def prepared(time: int, act: Act, pseudonymise: Pseudonymise = withheld) -> Callable[[int], bytes]:
    """What makes the octets of a record once it has its number; raises `AuditError` for an act that cannot be one."""
    details = {name: _plain(value, pseudonymise) for name, value in act.details.items()}
    fields = {"number": 0, "time": time, "action": act.action, "actor": act.actor, "target": act.target,
              "outcome": act.outcome, "details": details}  # fmt: skip
    try:
        octets = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise AuditError(f"an act of `{act.action}` cannot be recorded: {error}") from error
    if len(octets) > LONGEST:
        raise AuditError(f"an act of `{act.action}` is longer than {LONGEST} octets")
    before, _, after = octets.rpartition(_NUMBER)  # the last one: behind it are texts alone, whose quotes are escaped
    return lambda number: b'%s"number":%d%s' % (before, number, after)


def encode(number: int, time: int, act: Act, pseudonymise: Pseudonymise = withheld) -> bytes:
    """The octets of a record; raises `AuditError` for an act that cannot be one."""
    return prepared(time, act, pseudonymise)(number)


def _plain(value: Detail, pseudonymise: Pseudonymise) -> Detail:
    if isinstance(value, Nameless) or not isinstance(value, str):
        return value
    return _IDENTITY.sub(lambda found: pseudonymise(found.group()), value)


def decode(octets: bytes) -> Record:
    """The record of these octets; raises `AuditError`."""
    try:
        fields = orjson.loads(octets)
        return Record(**fields)
    except (orjson.JSONDecodeError, TypeError) as error:
        raise AuditError(f"a record is not of its form: {error}") from error
