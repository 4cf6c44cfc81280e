"""SM2 keys in PEM files (RFC 7468): private ones encrypted by PBES2 (RFC 8018) with SM4-CBC, or not at all.

The key is derived by PBKDF2-HMAC-SM3, whose identifier has no parameters: with a NULL there, GmSSL refuses the file.
OpenSSL reads no such file, only the same with HMAC-SHA-256, which is read here too. A private key that others may read is refused.
"""

from __future__ import annotations

import base64
import binascii
import errno
import fcntl
import hashlib
import os
import re
import secrets
import stat
import tempfile
from pathlib import Path

from sentinel.crypto import der
from sentinel.crypto.base import BLOCK, KEY_SIZE
from sentinel.crypto.curve import PrivateKey, PublicKey
from sentinel.crypto.keyforms import pkcs8, read_pkcs8, read_sec1, read_spki, spki
from sentinel.crypto.suite import Suite
from sentinel.errors import KeyMaterialError, SealError
from sentinel.ownership import keep_owner

ROUNDS = 600_000  # of PBKDF2, about 0.4 s
_MOST_ROUNDS = 10_000_000  # that a file may ask for
_SALT = 16
_SEC1 = ("EC PRIVATE KEY", "SM2 PRIVATE KEY")  # the latter by OpenSSL 3.0 alone
_PBES2, _PBKDF2 = der.oid("1.2.840.113549.1.5.13"), der.oid("1.2.840.113549.1.5.12")
_SM4_CBC, _NULL = der.oid("1.2.156.10197.1.104.2"), der.element(der.NULL)
_HMAC_SM3 = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.401.2"))
_HMAC_SHA256 = der.element(der.SEQUENCE, der.oid("1.2.840.113549.2.9"), _NULL)
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}  # FAT, some file systems of the network
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----")


def derived(passphrase: str, salt: bytes, rounds: int, digest: str = "sm3") -> bytes:
    """A key of SM4 from a passphrase, by PBKDF2 (RFC 8018)."""
    return hashlib.pbkdf2_hmac(digest, passphrase.encode(), salt, rounds, KEY_SIZE)


def dump_public(key: PublicKey) -> bytes:
    """The key in PEM."""
    return pem("PUBLIC KEY", spki(key))


def load_public(octets: bytes) -> PublicKey:
    """The key of a PEM file; raises `KeyMaterialError`."""
    return read_spki(_block(octets, "PUBLIC KEY")[1])


def dump_private(suite: Suite, key: PrivateKey, passphrase: str = "") -> bytes:
    """The key in PEM, encrypted if there is a passphrase."""
    octets = pkcs8(key.secret, key.public)
    if not passphrase:
        return pem("PRIVATE KEY", octets)
    salt, iv = secrets.token_bytes(_SALT), secrets.token_bytes(BLOCK)
    sealed = suite.active.sm4_cbc_encrypt(derived(passphrase, salt, ROUNDS), iv, octets)
    return pem("ENCRYPTED PRIVATE KEY", _encrypted(salt, iv, sealed))


def _encrypted(salt: bytes, iv: bytes, sealed: bytes) -> bytes:
    """EncryptedPrivateKeyInfo."""
    kdf = der.element(der.SEQUENCE, der.element(der.OCTETS, salt), der.integer(ROUNDS), _HMAC_SM3)
    scheme = der.element(der.SEQUENCE, _SM4_CBC, der.element(der.OCTETS, iv))
    parameters = der.element(der.SEQUENCE, der.element(der.SEQUENCE, _PBKDF2, kdf), scheme)
    return der.element(der.SEQUENCE, der.element(der.SEQUENCE, _PBES2, parameters), der.element(der.OCTETS, sealed))


def load_private(suite: Suite, octets: bytes, passphrase: str = "") -> PrivateKey:
    """The key of a PEM file, PKCS #8 or SEC 1; raises `KeyMaterialError`."""
    label, content = _block(octets, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", *_SEC1)
    if label == "ENCRYPTED PRIVATE KEY":
        content = _decrypted(suite, content, passphrase)
    secret, public = read_sec1(content) if label in _SEC1 else read_pkcs8(content)
    key = suite.active.sm2_private(secret)
    if public not in {None, key.public}:
        raise KeyMaterialError("the public key beside the private key is another one's")
    return key


def _decrypted(suite: Suite, octets: bytes, passphrase: str) -> bytes:
    if not passphrase:
        raise KeyMaterialError("the private key is encrypted; expected a passphrase")
    salt, rounds, digest, iv, sealed = _read_encrypted(octets)
    try:
        return suite.active.sm4_cbc_decrypt(derived(passphrase, salt, rounds, digest), iv, sealed)
    except SealError as error:
        raise KeyMaterialError("the passphrase does not open the private key") from error


def _read_encrypted(octets: bytes) -> tuple[bytes, int, str, bytes, bytes]:
    whole = der.Reader(octets, lambda why: KeyMaterialError(f"this is no key encrypted with SM4-CBC by PBES2: {why}"))
    info = whole.inner()
    whole.end()
    algorithm = info.inner()
    algorithm.constant(_PBES2, "PBES2")
    parameters = algorithm.inner()
    kdf, scheme, sealed = parameters.inner(), parameters.inner(), info.take(der.OCTETS)
    kdf.constant(_PBKDF2, "PBKDF2")
    scheme.constant(_SM4_CBC, "SM4-CBC")
    iv = scheme.take(der.OCTETS)
    salt, rounds, digest = _read_kdf(kdf.inner())
    if len(iv) != BLOCK or not 1 <= rounds <= _MOST_ROUNDS:
        raise KeyMaterialError(f"expected an initial block of {BLOCK} octets and at most {_MOST_ROUNDS} rounds")
    return salt, rounds, digest, iv, sealed


def _read_kdf(kdf: der.Reader) -> tuple[bytes, int, str]:
    salt, rounds = kdf.take(der.OCTETS), kdf.integer()
    if kdf.at(der.INTEGER):
        kdf.constant(der.integer(KEY_SIZE), f"a key of {KEY_SIZE} octets")
    if kdf.follows(_HMAC_SHA256):
        return salt, rounds, "sha256"
    kdf.constant(_HMAC_SM3, "HMAC-SM3 without parameters, or HMAC-SHA-256")
    kdf.end()
    return salt, rounds, "sm3"


def write_private(path: Path, pem: bytes) -> None:
    """Write a new file that nobody else may read, whole or not at all; one that is there stays."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                keep_owner(file.fileno(), path.parent)
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            _publish(Path(name), path)
        finally:
            Path(name).unlink(missing_ok=True)
        _synchronise(path.parent)
    except OSError as error:
        raise KeyMaterialError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from error


def _publish(written: Path, path: Path) -> None:
    """Give a whole file its name, and replace nothing."""
    try:
        os.link(written, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _rename(written, path)


def _rename(written: Path, path: Path) -> None:
    """The same without hard links: the lock of the folder keeps others who write keys from the name in between."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        written.rename(path)
    finally:
        os.close(folder)


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_guarded(path: Path) -> bytes:
    """A file that nobody else may read; raises `KeyMaterialError` if they may."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeyMaterialError(f"`{path}` may be read by others; expected the mode 0600")
            return file.read()
    except OSError as error:
        raise KeyMaterialError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error


def pem(label: str, octets: bytes) -> bytes:
    """Octets in a PEM block."""
    text = base64.b64encode(octets).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _block(octets: bytes, *wanted: str) -> tuple[str, bytes]:
    """Label and content of the block of a PEM file with one of these labels; there is exactly one."""
    found = [(label.decode(), body) for label, body in _PEM.findall(octets) if label.decode() in wanted]
    if len(found) != 1:
        raise KeyMaterialError(f"expected one PEM block, {' or '.join(wanted)}; found {len(found)}")
    label, body = found[0]
    try:
        return label, base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise KeyMaterialError(f"the PEM block is no base64: {error}") from error
