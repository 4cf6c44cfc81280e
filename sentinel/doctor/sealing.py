"""Personal identifiers in the data folder: sealed or in clear."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import StoreError
from sentinel.store.identifiers import any_sealed


class Sealing(Check):
    """Whether what is stored of people is sealed."""

    rank = 20

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        events = patient.data / "events.db"
        if events.is_file():
            yield _stored(events)


def _stored(path: Path) -> Finding:
    try:
        sealed = any_sealed(path)
    except StoreError as error:
        return Finding("identifiers", State.FAILED, str(error))
    if sealed:
        text = "sealed, behind pseudonyms; packets, inbox and spool lie in clear: put them on an encrypted disk"
        return Finding(
            "identifiers", State.GOOD, text, "已加密存储，以假名代替；报文和收发缓冲仍为明文，应放在加密磁盘上"
        )
    text = "none is sealed; an assessment by GB/T 39786 at level 3 expects it (sentinel run --seal)"
    return Finding("identifiers", State.LACKING, text, "尚未加密存储；GB/T 39786 第三级要求加密（sentinel run --seal）")
