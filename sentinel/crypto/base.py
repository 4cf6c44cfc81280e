"""What a provider of commercial cryptography does: SM2 (GB/T 32918), SM3 (GB/T 32905), SM4 (GB/T 32907).

The signer's identity is always said, also when it is the default one: OpenSSL 3.0 would take an empty one without a word.
"""

from __future__ import annotations

import functools
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from sentinel.crypto import der
from sentinel.crypto.curve import N, PrivateKey, PublicKey, check_secret
from sentinel.errors import CryptoError, SealError, SignatureError

IDENTITY = b"1234567812345678"  # GB/T 35276: where nothing else was agreed on
KEY_SIZE, NONCE_SIZE, TAG_SIZE, BLOCK = 16, 12, 16, 16  # of SM4 and its GCM
SM3_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may choose."""

    libcrypto: str = "libcrypto.so.3"  # OpenSSL's or Tongsuo's
    slow_signing: bool = False  # sign with a provider that does not run in constant time


class Provider(ABC):
    """One implementation; equal to the others in what it answers, not in how fast. Raises `CryptoError` if it cannot start."""

    name: ClassVar[str]
    constant_time: ClassVar[bool]  # its signing does not tell the key by how long it takes
    rank: ClassVar[int]  # the lowest that works is the active one

    @abstractmethod
    def __init__(self, settings: Settings) -> None: ...

    @property
    @abstractmethod
    def about(self) -> str:
        """Which library and version."""

    @abstractmethod
    def sm3(self, octets: bytes) -> bytes:
        """The digest, 32 octets."""

    @abstractmethod
    def hmac_sm3(self, key: bytes, octets: bytes) -> bytes:
        """The keyed digest (RFC 2104, GB/T 15852.2), 32 octets."""

    def keyed_sm3(self, key: bytes) -> Callable[[bytes], bytes]:
        """`hmac_sm3` with this key, for those who ask it often."""
        return functools.partial(self.hmac_sm3, key)

    @abstractmethod
    def sm4_gcm_seal(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        """Ciphertext and tag; `bound` is authenticated with it. A nonce is used once with a key."""

    @abstractmethod
    def sm4_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """The plain text, after its tag was checked; raises `SealError`."""

    @abstractmethod
    def sm4_cbc_encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """With PKCS #7 padding; for key files alone."""

    @abstractmethod
    def sm4_cbc_decrypt(self, key: bytes, iv: bytes, octets: bytes) -> bytes:
        """The plain text; raises `SealError` where the padding is none."""

    @abstractmethod
    def sm2_public(self, secret: bytes) -> PublicKey:
        """The point of a private key."""

    @abstractmethod
    def sm2_sign(self, key: PrivateKey, message: bytes, identity: bytes = IDENTITY) -> bytes:
        """A signature in DER."""

    @abstractmethod
    def sm2_verify(self, key: PublicKey, message: bytes, signature: bytes, identity: bytes = IDENTITY) -> None:
        """Return if it is a signature of this message; raises `SignatureError` otherwise, whatever was given."""

    def sm2_private(self, secret: bytes) -> PrivateKey:
        """The key with this number."""
        check_secret(secret)
        return PrivateKey(secret, self.sm2_public(secret))

    def sm2_keygen(self) -> PrivateKey:
        """A fresh key, of the operating system's random numbers."""
        return self.sm2_private((1 + secrets.randbelow(N - 2)).to_bytes(32))


def enc(*parts: bytes | str | int) -> bytes:
    """An encoding that no two tuples share: each part with its length before it."""
    octets = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"".join(len(each).to_bytes(4) + each for each in octets)


def signature_of(r: int, s: int) -> bytes:
    """A signature in DER."""
    return der.element(der.SEQUENCE, der.integer(r), der.integer(s))


def numbers_of(signature: bytes) -> tuple[int, int]:
    """`r` and `s` of a signature in strict DER, in their range; raises `SignatureError`."""
    whole = der.Reader(signature, lambda why: SignatureError(f"the signature is not DER: {why}"))
    pair = whole.inner()
    r, s = pair.integer(), pair.integer()
    pair.end()
    whole.end()
    if not 0 < r < N or not 0 < s < N or (r + s) % N == 0:
        raise SignatureError("the numbers of the signature are out of range")
    return r, s


def check_gcm(key: bytes, nonce: bytes) -> None:
    """Raise `CryptoError` unless both have their lengths."""
    if len(key) != KEY_SIZE or len(nonce) != NONCE_SIZE:
        raise CryptoError(f"SM4-GCM takes a key of {KEY_SIZE} octets and a nonce of {NONCE_SIZE}")


def check_cbc(key: bytes, iv: bytes) -> None:
    """Raise `CryptoError` unless both have their lengths."""
    if len(key) != KEY_SIZE or len(iv) != BLOCK:
        raise CryptoError(f"SM4-CBC takes a key of {KEY_SIZE} octets and an initial block of {BLOCK}")


def unpadded(octets: bytes) -> bytes:
    """Without PKCS #7 padding; raises `SealError` where there is none."""
    count = octets[-1] if octets else 0
    if not 1 <= count <= BLOCK or octets[-count:] != bytes([count]) * count:
        raise SealError("what was encrypted cannot be read with this key")
    return octets[:-count]
