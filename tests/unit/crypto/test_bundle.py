"""Bundles: taken as they were signed, and in their time; anything else is refused, and named."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.crypto.base import enc
from sentinel.crypto.bundle import MANIFEST, SIGNATURE, Manifest, sign, verify
from sentinel.crypto.suite import suite
from sentinel.errors import BundleError

SUITE = suite()
KEY, OTHER = SUITE.signer.sm2_keygen(), SUITE.signer.sm2_keygen()
ABOUT = Manifest("rules", "plant rules", "1.2", 100, 200, {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "n2").mkdir()
    (tmp_path / "n2" / "one.yml").write_text("one")
    (tmp_path / "two.yml").write_text("two")
    sign(SUITE, tmp_path, KEY, ABOUT)
    return tmp_path


def _verify(folder: Path, kind: str = "rules", now: float = 150) -> None:
    verify(SUITE, folder, kind, KEY.public, now)


def test_it_is_taken_as_it_was_signed(folder: Path) -> None:
    """With its files, as they were read."""
    bundle = verify(SUITE, folder, "rules", KEY.public, 150)
    assert bundle.files == {"n2/one.yml": b"one", "two.yml": b"two"}
    assert (bundle.manifest.version, bundle.manifest.order) == ("1.2", (1, 2))
    assert replace(ABOUT, version="1.10").order > ABOUT.order
    sign(SUITE, folder, KEY, ABOUT)  # signed again, its own files are no part of it
    _verify(folder)


@pytest.mark.parametrize("now", [99, 200, 1e9])
def test_it_holds_in_its_time(folder: Path, now: float) -> None:
    """From and until."""
    with pytest.raises(BundleError, match="hold"):
        _verify(folder, now=now)


def _changed(folder: Path, path: str, octets: bytes | None) -> None:
    if octets is None:
        (folder / path).unlink()
    else:
        (folder / path).write_bytes(octets)


@pytest.mark.parametrize(
    ("path", "octets", "says"),
    [
        ("n2/one.yml", b"One", "`n2/one.yml` in .* is not as it was signed"),
        ("n2/one.yml", None, "`n2/one.yml` is missing"),
        ("three.yml", b"", "`three.yml` in .* is not in its manifest"),
        ("n2/.hidden", b"", "`n2/.hidden` in .* is not in its manifest"),
        (SIGNATURE, None, "is not signed"),
        (MANIFEST, None, "is not signed"),
        (SIGNATURE, b"", "not signed by the key"),
        (SIGNATURE, b"%%%", "not signed by the key"),
        (MANIFEST, b"{}", "not signed by the key"),
    ],
)
def test_what_changed_is_named(folder: Path, path: str, octets: bytes | None, says: str) -> None:
    """A file, or what signs it."""
    _changed(folder, path, octets)
    with pytest.raises(BundleError, match=says):
        _verify(folder)


def test_any_octet_of_the_manifest_is_signed(folder: Path) -> None:
    """Each one flipped."""
    octets = (folder / MANIFEST).read_bytes()
    for place in range(0, len(octets), 3):
        (folder / MANIFEST).write_bytes(octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :])
        with pytest.raises(BundleError, match="not signed by the key"):
            _verify(folder)


def test_a_link_is_no_file(folder: Path) -> None:
    """It could point anywhere by the time that it is read."""
    os.symlink("/etc/hostname", folder / "link.yml")
    with pytest.raises(BundleError, match="is a link"):
        _verify(folder)


def test_a_key_of_another_purpose_signs_nothing_here(folder: Path) -> None:
    """Neither another key, nor this one for another kind, nor a bundle of another kind."""
    sign(SUITE, folder, OTHER, ABOUT)
    with pytest.raises(BundleError, match="not signed by the key"):
        _verify(folder)
    sign(SUITE, folder, KEY, replace(ABOUT, kind="site"))
    with pytest.raises(BundleError, match="not signed by the key"):
        _verify(folder)
    octets = (folder / MANIFEST).read_bytes()  # of the kind site, signed as one of rules
    signature = SUITE.sign(KEY, enc(b"sentinel bundle", "rules", octets))
    (folder / SIGNATURE).write_bytes(base64.b64encode(signature))
    with pytest.raises(BundleError, match="is a bundle of `site`"):
        _verify(folder)


@pytest.mark.parametrize(
    "octets",
    [b"", b"[]", b"{}", b'"x"', ABOUT.encoded() + b" ", ABOUT.encoded().replace(b'"1.2"', b'"1.x"'),
     ABOUT.encoded().replace(b"100", b"1e2"), ABOUT.encoded().replace(b"100", b"true"),
     ABOUT.encoded().replace(b"{}", b'{"a":1}'), ABOUT.encoded().replace(b'"rules"', b'"rule"')],
)  # fmt: skip
def test_a_manifest_has_one_form(folder: Path, octets: bytes) -> None:
    """Also where it is signed."""
    (folder / MANIFEST).write_bytes(octets)
    (folder / SIGNATURE).write_bytes(base64.b64encode(SUITE.sign(KEY, enc(b"sentinel bundle", "rules", octets))))
    with pytest.raises(BundleError, match="not of the form"):
        _verify(folder)


def test_what_would_be_refused_is_not_signed(tmp_path: Path) -> None:
    """A version or kind that is none."""
    for about in (replace(ABOUT, version="one"), replace(ABOUT, kind="things")):
        with pytest.raises(BundleError, match="not of the form"):
            sign(SUITE, tmp_path, KEY, about)
    assert not (tmp_path / SIGNATURE).exists()
