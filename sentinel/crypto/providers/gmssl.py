"""The named implementation, gmssl 3.2.2, made safe; in pure Python, so it checks and is the way out rather than the way.

Bare, it takes its nonces from a predictable generator, eats the first digits of some public keys, and raises what it
finds. Here nonces come from the operating system, keys are set past its constructor and checked to be on the curve, and
everything that is not a good signature is a `SignatureError`. Its encryption with SM2 is never used. It does not run in
constant time, and no wrapper can mend that: it signs only where an operator says so.
"""

from __future__ import annotations

import secrets
from importlib.metadata import version

from gmssl import sm2 as bare_sm2
from gmssl import sm3 as bare_sm3
from gmssl import sm4 as bare_sm4

from sentinel.crypto import gcm
from sentinel.crypto.base import (
    BLOCK,
    IDENTITY,
    SM3_BLOCK,
    Provider,
    Settings,
    check_cbc,
    check_gcm,
    numbers_of,
    signature_of,
    unpadded,
)
from sentinel.crypto.curve import GX, GY, N, PrivateKey, PublicKey, check_secret, identified
from sentinel.errors import CryptoError, SealError, SignatureError

_TRIES = 8  # a nonce that gives no signature is one in 2^255


class Gmssl(Provider):
    """gmssl behind a strict wrapper."""

    name = "gmssl"
    constant_time = False
    rank = 1

    def __init__(self, settings: Settings) -> None:  # noqa: ARG002  # it has nothing to set
        self._version = version("gmssl")

    @property
    def about(self) -> str:
        """See `Provider`."""
        return f"gmssl {self._version}, pure Python"

    def sm3(self, octets: bytes) -> bytes:
        """See `Provider`."""
        return bytes.fromhex(bare_sm3.sm3_hash(list(octets)))  # it changes the list that it is given

    def hmac_sm3(self, key: bytes, octets: bytes) -> bytes:
        """See `Provider`."""
        key = (self.sm3(key) if len(key) > SM3_BLOCK else key).ljust(SM3_BLOCK, b"\0")
        inner = self.sm3(bytes(octet ^ 0x36 for octet in key) + octets)
        return self.sm3(bytes(octet ^ 0x5C for octet in key) + inner)

    def sm4_gcm_seal(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        """See `Provider`."""
        check_gcm(key, nonce)
        return gcm.seal(_Block(key, bare_sm4.SM4_ENCRYPT), nonce, plain, bound)

    def sm4_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """See `Provider`."""
        check_gcm(key, nonce)
        return gcm.unseal(_Block(key, bare_sm4.SM4_ENCRYPT), nonce, sealed, bound)

    def sm4_cbc_encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """See `Provider`."""
        check_cbc(key, iv)
        cipher, last, done = _Block(key, bare_sm4.SM4_ENCRYPT), iv, []
        count = BLOCK - len(plain) % BLOCK
        padded = plain + bytes([count]) * count
        for start in range(0, len(padded), BLOCK):
            last = cipher(_xor(padded[start : start + BLOCK], last))
            done.append(last)
        return b"".join(done)

    def sm4_cbc_decrypt(self, key: bytes, iv: bytes, octets: bytes) -> bytes:
        """See `Provider`."""
        check_cbc(key, iv)
        if not octets or len(octets) % BLOCK:
            raise SealError("what was encrypted is cut short")
        cipher = _Block(key, bare_sm4.SM4_DECRYPT)
        blocks = [octets[start : start + BLOCK] for start in range(0, len(octets), BLOCK)]
        return unpadded(b"".join(_xor(cipher(block), last) for block, last in zip(blocks, [iv, *blocks], strict=False)))

    def sm2_public(self, secret: bytes) -> PublicKey:
        """See `Provider`."""
        check_secret(secret)
        generator = f"{GX:064x}{GY:064x}"
        return PublicKey(b"\x04" + bytes.fromhex(_bare()._kg(int.from_bytes(secret), generator)))  # noqa: SLF001  # its only way

    def sm2_sign(self, key: PrivateKey, message: bytes, identity: bytes = IDENTITY) -> bytes:
        """See `Provider`; `Suite.sign` asks whether it may."""
        for _ in range(_TRIES):
            if (signature := self.signed_with(key, 1 + secrets.randbelow(N - 1), message, identity)) is not None:
                return signature
        raise CryptoError("gmssl gave no signature; the random numbers of this system cannot be right")

    def signed_with(self, key: PrivateKey, nonce: int, message: bytes, identity: bytes = IDENTITY) -> bytes | None:
        """The signature that this nonce gives, as the standard's example needs it; `None`: another nonce."""
        bare = _bare(key.public)
        bare.private_key = key.secret.hex()
        signed = bare.sign(self._digest(key.public, message, identity), f"{nonce:064x}")
        return None if signed is None else signature_of(int(signed[:64], 16), int(signed[64:], 16))

    def sm2_verify(self, key: PublicKey, message: bytes, signature: bytes, identity: bytes = IDENTITY) -> None:
        """See `Provider`."""
        r, s = numbers_of(signature)
        try:
            good = _bare(key).verify(f"{r:064x}{s:064x}", self._digest(key, message, identity))
        except (ValueError, TypeError, IndexError) as error:  # points that it cannot add
            raise SignatureError("the signature is not of this message under this key") from error
        if good is not True:
            raise SignatureError("the signature is not of this message under this key")

    def _digest(self, key: PublicKey, message: bytes, identity: bytes) -> bytes:
        return self.sm3(self.sm3(identified(key, identity)) + message)


def _bare(public: PublicKey | None = None) -> bare_sm2.CryptSM2:
    bare = bare_sm2.CryptSM2(private_key="", public_key="")
    if public is not None:
        bare.public_key = public.coordinates.hex()  # the constructor would strip digits of X
    return bare


class _Block:
    """SM4 of one block, without the padding that gmssl adds."""

    def __init__(self, key: bytes, mode: int) -> None:
        self._cipher = bare_sm4.CryptSM4()
        self._cipher.set_key(key, mode)

    def __call__(self, block: bytes) -> bytes:
        return bytes(self._cipher.one_round(self._cipher.sk, list(block)))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))
