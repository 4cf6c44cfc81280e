"""The fast provider: SM3 and SM4 by `hashlib` and `cryptography`, SM2 by a libcrypto of the operator's choice."""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable

import cryptography
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM

from sentinel.crypto.base import (
    BLOCK,
    IDENTITY,
    SM3_BLOCK,
    TAG_SIZE,
    Provider,
    Settings,
    check_cbc,
    check_gcm,
    unpadded,
)
from sentinel.crypto.curve import PrivateKey, PublicKey, check_secret
from sentinel.crypto.keyforms import pkcs8, spki
from sentinel.crypto.libcrypto import Key, Library
from sentinel.errors import CryptoError, SealError


class Accelerated(Provider):
    """OpenSSL three times: Python's, that of `cryptography`, and the library with SM2."""

    name = "accelerated"
    constant_time = True
    rank = 0

    def __init__(self, settings: Settings) -> None:
        self._libcrypto = Library(settings.libcrypto)
        self._private = functools.lru_cache(16)(self._of_private)
        self._public = functools.lru_cache(256)(self._of_public)

    @property
    def about(self) -> str:
        """See `Provider`."""
        return f"hashlib, cryptography {cryptography.__version__}, {self._libcrypto.version}"

    def sm3(self, octets: bytes) -> bytes:
        """See `Provider`."""
        try:
            return hashlib.new("sm3", octets).digest()
        except ValueError as error:
            raise CryptoError("the OpenSSL of this Python has no SM3") from error

    def hmac_sm3(self, key: bytes, octets: bytes) -> bytes:
        """See `Provider`."""
        try:
            return hmac.digest(key, octets, "sm3")
        except ValueError as error:
            raise CryptoError("the OpenSSL of this Python has no SM3") from error

    def keyed_sm3(self, key: bytes) -> Callable[[bytes], bytes]:
        """See `Provider`: the two states after the key, copied each time, are more than twice as fast."""
        block = (self.sm3(key) if len(key) > SM3_BLOCK else key).ljust(SM3_BLOCK, b"\0")
        inner, outer = (hashlib.new("sm3", bytes(octet ^ pad for octet in block)) for pad in (0x36, 0x5C))

        def mac(octets: bytes) -> bytes:
            first, second = inner.copy(), outer.copy()
            first.update(octets)
            second.update(first.digest())
            return second.digest()

        return mac

    def sm4_gcm_seal(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        """See `Provider`."""
        check_gcm(key, nonce)
        sealing = Cipher(SM4(key), GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(bound)
        return sealing.update(plain) + sealing.finalize() + sealing.tag

    def sm4_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """See `Provider`."""
        check_gcm(key, nonce)
        if len(sealed) < TAG_SIZE:
            raise SealError("what is sealed is cut short")
        opening = Cipher(SM4(key), GCM(nonce, sealed[-TAG_SIZE:])).decryptor()
        opening.authenticate_additional_data(bound)
        plain = opening.update(sealed[:-TAG_SIZE])
        try:
            return plain + opening.finalize()  # INVARIANT: nothing is given before the tag was checked
        except InvalidTag as error:
            raise SealError("what is sealed was changed, or belongs elsewhere") from error

    def sm4_cbc_encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """See `Provider`."""
        check_cbc(key, iv)
        count = BLOCK - len(plain) % BLOCK
        encrypting = Cipher(SM4(key), CBC(iv)).encryptor()
        return encrypting.update(plain + bytes([count]) * count) + encrypting.finalize()

    def sm4_cbc_decrypt(self, key: bytes, iv: bytes, octets: bytes) -> bytes:
        """See `Provider`."""
        check_cbc(key, iv)
        if not octets or len(octets) % BLOCK:
            raise SealError("what was encrypted is cut short")
        decrypting = Cipher(SM4(key), CBC(iv)).decryptor()
        return unpadded(decrypting.update(octets) + decrypting.finalize())

    def sm2_public(self, secret: bytes) -> PublicKey:
        """See `Provider`."""
        check_secret(secret)
        return PublicKey(self._libcrypto.private_key(pkcs8(secret)).public)

    def sm2_sign(self, key: PrivateKey, message: bytes, identity: bytes = IDENTITY) -> bytes:
        """See `Provider`."""
        return self._libcrypto.sign(self._private(key), message, identity)

    def sm2_verify(self, key: PublicKey, message: bytes, signature: bytes, identity: bytes = IDENTITY) -> None:
        """See `Provider`."""
        self._libcrypto.verify(self._public(key), message, signature, identity)

    def _of_private(self, key: PrivateKey) -> Key:
        return self._libcrypto.private_key(pkcs8(key.secret, key.public))

    def _of_public(self, key: PublicKey) -> Key:
        return self._libcrypto.public_key(spki(key))
