"""Keys in files: encrypted in the form that GmSSL reads, and nobody else's to read."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sentinel.crypto import keyfile
from sentinel.crypto.keyfile import dump_private, dump_public, load_private, load_public, read_guarded, write_private
from sentinel.crypto.suite import suite
from sentinel.crypto.vectors import SM2_KEY
from sentinel.errors import KeyMaterialError

SUITE = suite()
OPENSSL = shutil.which("openssl") or "openssl"


@pytest.fixture(autouse=True)
def fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """600,000 take 0.4 s."""
    monkeypatch.setattr(keyfile, "ROUNDS", 1000)


def _openssl(tmp_path: Path, *arguments: str) -> bytes:
    (tmp_path / "key.pem").write_bytes(dump_private(SUITE, SM2_KEY))
    return subprocess.run([OPENSSL, *arguments], cwd=tmp_path, capture_output=True, check=True).stdout


def test_a_key_is_read_as_written() -> None:
    """In clear and encrypted; never the same octets twice."""
    assert load_public(dump_public(SM2_KEY.public)) == SM2_KEY.public
    for passphrase in ("", "four words are enough", "口令"):
        assert load_private(SUITE, dump_private(SUITE, SM2_KEY, passphrase), passphrase) == SM2_KEY
    assert dump_private(SUITE, SM2_KEY, "p") != dump_private(SUITE, SM2_KEY, "p")


def test_a_wrong_passphrase_opens_nothing() -> None:
    """Nor does none, or a key that was changed."""
    pem = dump_private(SUITE, SM2_KEY, "right")
    for passphrase, says in (("wrong", "key"), ("", "expected a passphrase")):
        with pytest.raises(KeyMaterialError, match=says):
            load_private(SUITE, pem, passphrase)


def test_the_prf_has_no_parameters() -> None:
    """A NULL after it is what GmSSL refuses, and so do we."""
    body = keyfile._block(dump_private(SUITE, SM2_KEY, "right"), "ENCRYPTED PRIVATE KEY")[1]
    assert bytes.fromhex("300b06092a811ccf550183 1102".replace(" ", "")) in body
    assert keyfile._read_encrypted(body)[2] == "sm3"


def test_pbkdf2_is_what_rfc_8018_says() -> None:
    """By its definition, from our own HMAC-SM3."""
    block = total = SUITE.active.hmac_sm3(b"word", b"salt" + (1).to_bytes(4))
    for _ in range(4):
        block = SUITE.active.hmac_sm3(b"word", block)
        total = bytes(left ^ right for left, right in zip(total, block, strict=True))
    assert keyfile.derived("word", b"salt", 5) == total[:16]


def test_keys_of_openssl_are_read(tmp_path: Path) -> None:
    """SEC 1 under its two names, PKCS #8, and PBES2 with HMAC-SHA-256; OpenSSL knows the same public key."""
    assert _openssl(tmp_path, "pkey", "-in", "key.pem", "-pubout") == dump_public(SM2_KEY.public)
    sec1 = _openssl(tmp_path, "ec", "-in", "key.pem")
    forms = [sec1, sec1.replace(b"SM2 PRIVATE", b"EC PRIVATE"), _openssl(tmp_path, "pkey", "-in", "key.pem")]
    assert [load_private(SUITE, pem) for pem in forms] == [SM2_KEY] * 3
    sealed = _openssl(tmp_path, "pkcs8", "-topk8", "-in", "key.pem", "-v2", "sm4-cbc", "-passout", "pass:word")
    assert load_private(SUITE, sealed, "word") == SM2_KEY


def test_a_public_key_of_another_is_noticed() -> None:
    """Beside a private key that is not its own."""
    from sentinel.crypto.keyforms import pkcs8

    other = SUITE.signer.sm2_keygen()
    with pytest.raises(KeyMaterialError, match="another one's"):
        load_private(SUITE, keyfile.pem("PRIVATE KEY", pkcs8(SM2_KEY.secret, other.public)))


@pytest.mark.parametrize(
    "octets",
    [b"", b"no key", dump_public(SM2_KEY.public), keyfile.pem("PRIVATE KEY", b""), 2 * dump_private(SUITE, SM2_KEY)],
)
def test_what_is_no_private_key(octets: bytes) -> None:
    """Empty, another block, nothing in it, two of them."""
    with pytest.raises(KeyMaterialError):
        load_private(SUITE, octets)


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    """A new file has the mode 0600, an old one stays, and one for everybody is refused."""
    path = tmp_path / "key.pem"
    write_private(path, b"octets")
    assert (path.stat().st_mode & 0o777, read_guarded(path)) == (0o600, b"octets")
    with pytest.raises(KeyMaterialError, match="file exists"):
        write_private(path, b"others")
    path.chmod(0o640)
    with pytest.raises(KeyMaterialError, match="0600"):
        read_guarded(path)
    with pytest.raises(KeyMaterialError, match="cannot be read"):
        read_guarded(tmp_path / "nothing")


def test_a_kill_leaves_no_part_of_a_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is there with all octets, or not at all; and nothing is left beside it."""
    path = tmp_path / "key.pem"

    def killed(_descriptor: int) -> None:
        assert not path.exists()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            write_private(path, b"octets")
    assert list(tmp_path.iterdir()) == []
    write_private(path, b"octets")
    assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]


def test_without_hard_links_a_name_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT has none: the file comes by its name all the same, replaces nothing, and leaves nothing beside it."""

    def refused(*_names: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "key.pem"
    write_private(path, b"octets")
    with pytest.raises(KeyMaterialError, match="file exists"):
        write_private(path, b"others")
    assert read_guarded(path) == b"octets"
    assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_is_the_owners_of_the_folder(tmp_path: Path) -> None:
    """A service under its own user reads the key that a command of root made."""
    os.chown(tmp_path, 4711, 4712)
    write_private(tmp_path / "key.pem", b"octets")
    made = (tmp_path / "key.pem").stat()
    assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (4711, 4712, 0o600)
