"""Identifiers behind pseudonyms: alike for alike, for each kind its own, and sealed to their row."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import CryptoError, SealError
from sentinel.keys.personal import Personal
from sentinel.keys.register import Purpose
from sentinel.keys.ring import Ring
from sentinel.model.event import Value
from sentinel.model.personal import PSEUDONYM, Identifier
from sentinel.store.sealing import restored
from tests.sealed import personal, register

SUPI = "999700000000001"


def test_identifiers_give_way_to_pseudonyms(tmp_path: Path) -> None:
    """The same one each time, another for each kind; all else stays, and the original can be put back."""
    sealing = personal(tmp_path)
    document: dict[str, Value] = {
        "fiveg.supi": SUPI, "fiveg.gpsi": SUPI, "related.user": (SUPI, "operator"), "fiveg.nas.cause": 20,
        "url.path": f"/nudm-uecm/v1/imsi-{SUPI}/registrations", "fiveg.suci": "suci-0-999-70-0-0-0-0000000001",
        "source.ip": "10.45.0.2",
    }  # fmt: skip
    hidden, originals = sealing.hide(document)
    assert SUPI not in str(hidden)
    assert "0000000001" not in str(hidden)
    pseudonym = str(hidden["fiveg.supi"])
    assert PSEUDONYM.fullmatch(pseudonym)
    assert hidden["related.user"] == (pseudonym, "operator")
    assert hidden["url.path"] == f"/nudm-uecm/v1/imsi-{pseudonym}/registrations"
    assert hidden["fiveg.gpsi"] not in {pseudonym, SUPI}
    assert (hidden["fiveg.nas.cause"], hidden["source.ip"]) == (20, "10.45.0.2")
    assert originals[pseudonym] == SUPI
    assert restored(hidden, originals) == document
    assert sealing.hide({"source.ip": "10.45.0.2"}) == ({"source.ip": "10.45.0.2"}, {})


def test_a_pseudonym_does_not_follow_from_the_identifier(tmp_path: Path) -> None:
    """Other keys give another one: nobody can try them all without the key."""
    (tmp_path / "other").mkdir()
    found = {sealing.pseudonym(Identifier.SUPI, SUPI) for sealing in (personal(tmp_path), personal(tmp_path / "other"))}
    assert len(found) == 2


def test_what_is_sealed_opens_in_its_row_alone(tmp_path: Path) -> None:
    """Not in another row or table, not if a bit of it changed; never the same octets twice."""
    sealing = personal(tmp_path)
    sealed = sealing.seal("identifiers", "row 1", b"plain")
    assert sealing.open("identifiers", "row 1", sealed) == b"plain"
    assert sealing.seal("identifiers", "row 1", b"plain") != sealed
    for table, row in (("identifiers", "row 2"), ("frames", "row 1")):
        with pytest.raises(SealError):
            sealing.open(table, row, sealed)
    for bit in range(32, 8 * len(sealed)):
        with pytest.raises(SealError):
            sealing.open(
                "identifiers",
                "row 1",
                (int.from_bytes(sealed) ^ 1 << (8 * len(sealed) - 1 - bit)).to_bytes(len(sealed)),
            )
    with pytest.raises(CryptoError):  # the version of the key
        sealing.open("identifiers", "row 1", b"\0\0\0\x09" + sealed[4:])
    with pytest.raises(SealError):
        sealing.open("identifiers", "row 1", sealed[:10])


def test_a_rotation_leaves_what_was_sealed_before(tmp_path: Path) -> None:
    """Old rows open, new ones have a new key; a search asks for both names, until the old key is destroyed."""
    made = register(tmp_path)
    ring = Ring(made)
    sealing = Personal(suite(), ring)
    sealed, named = sealing.seal("identifiers", "row", b"plain"), sealing.pseudonym(Identifier.SUPI, SUPI)
    for purpose in (Purpose.IDENTIFIERS, Purpose.SUPI):
        made.rotate(purpose, "li", "li")
    ring.refresh()
    assert sealing.open("identifiers", "row", sealed) == b"plain"
    assert sealing.seal("identifiers", "row", b"plain")[:4] == b"\0\0\0\2"
    names = sealing.pseudonyms(f"imsi-{SUPI}", "fiveg.supi")
    assert names == (named, sealing.pseudonym(Identifier.SUPI, SUPI))
    made.destroy("identifiers.1", "li")
    made.destroy("pseudonym.supi.1", "li")
    ring.refresh()
    with pytest.raises(CryptoError):
        sealing.open("identifiers", "row", sealed)
    assert sealing.pseudonyms(SUPI, "fiveg.supi") == names[1:]


@pytest.mark.parametrize(
    ("text", "field", "kinds"),
    [
        (SUPI, "fiveg.supi", ["supi"]),
        (SUPI, "fiveg.pei", ["pei"]),
        (SUPI, "", ["supi", "pei", "gpsi"]),
        (f"imsi-{SUPI}", "", ["supi"]),
        ("msisdn-8613800000000", "", ["gpsi"]),
        ("10.45.0.2", "", []),
        ("suci-0-999-70-0-0-0-1", "", ["suci"]),
        ("ps-supi-1-" + "0" * 24, "fiveg.supi", []),
    ],
)
def test_what_a_text_may_be_hidden_behind(tmp_path: Path, text: str, field: str, kinds: list[str]) -> None:
    """In a field, its kind; by itself, all that it could be; a pseudonym stands for itself."""
    names = personal(tmp_path).pseudonyms(text, field)
    assert [name.split("-")[1] for name in names] == kinds
