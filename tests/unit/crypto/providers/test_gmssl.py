"""The traps of gmssl 3.2.2: the bare library falls into each one, the wrapper does not."""

from __future__ import annotations

import contextlib
import random
import secrets
import time
from typing import Any

import pytest
from gmssl import sm2, sm3, sm4

from sentinel.crypto.base import Settings, numbers_of, signature_of
from sentinel.crypto.curve import GX, GY, N, PrivateKey
from sentinel.crypto.providers.accelerated import Accelerated
from sentinel.crypto.providers.gmssl import Gmssl
from sentinel.crypto.vectors import SM2_KEY, SM2_SIGNATURE
from sentinel.errors import CryptoError, SealError, SignatureError
from tests.crypto_keys import beginning

FAST, WRAPPED = Accelerated(Settings()), Gmssl(Settings())


def _bare(key: PrivateKey, prefix: str = "04", **options: Any) -> Any:
    return sm2.CryptSM2(key.secret.hex(), prefix + key.public.coordinates.hex(), **options)


def test_nonces_of_the_bare_library_follow_from_its_seed() -> None:
    """Who knows the generator computes the private key from one signature; the wrapper's nonces do not depend on it."""
    random.seed(1)
    signature = _bare(SM2_KEY, prefix="").sign_with_sm3(b"message")
    random.seed(1)
    k = int("".join(random.choice("0123456789abcdef") for _ in range(64)), 16)
    r, s = int(signature[:64], 16), int(signature[64:], 16)
    assert (k - s) * pow(r + s, -1, N) % N == int.from_bytes(SM2_KEY.secret)
    found = []
    for _ in range(2):
        random.seed(1)
        found.append(WRAPPED.sm2_sign(SM2_KEY, b"message"))
    assert found[0] != found[1]


def test_the_wrapper_takes_nonces_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """In [1, n-1], its ends among them."""
    drawn = iter([0, N - 2])
    monkeypatch.setattr(secrets, "randbelow", lambda bound: next(drawn) if bound == N - 1 else pytest.fail("bound"))
    for k in (1, N - 1):
        r, s = numbers_of(WRAPPED.sm2_sign(SM2_KEY, b"message"))
        assert (s * (1 + int.from_bytes(SM2_KEY.secret)) + r * int.from_bytes(SM2_KEY.secret)) % N == k
    assert next(drawn, None) is None


@pytest.mark.parametrize("digits", ["0", "4", "04"])
def test_digits_of_a_public_key_are_eaten(digits: str) -> None:
    """The bare library's constructor strips them from X."""
    key = beginning(FAST, digits)
    signature = FAST.sm2_sign(key, b"message")
    r, s = numbers_of(signature)
    bare = _bare(key)
    assert len(bare.public_key) < 128
    with contextlib.suppress(ValueError, TypeError):  # it cannot even read the key
        assert not bare.verify_with_sm3(f"{r:064x}{s:064x}", b"message")
    WRAPPED.sm2_verify(key.public, b"message", signature)


def test_a_bare_key_that_begins_with_04_is_eaten_too() -> None:
    """Also where no prefix was given."""
    key = beginning(FAST, "04")
    assert len(_bare(key, prefix="").public_key) < 128
    WRAPPED.sm2_verify(key.public, b"message", WRAPPED.sm2_sign(key, b"message"))


def test_decryption_does_not_check_what_it_decrypts() -> None:
    """One changed bit of the ciphertext is one changed bit of the text: so the wrapper has no decryption with SM2."""
    bare = _bare(SM2_KEY, prefix="")
    ciphertext = bytearray(bare.encrypt(b"amount=0000100"))
    ciphertext[64 + 13] ^= 1  # C1 || C2 || C3
    assert bare.decrypt(bytes(ciphertext)) == b"amount=0000101"
    assert not [name for name in dir(WRAPPED) if name.startswith("sm2_") and "crypt" in name]


def test_a_point_off_the_curve_is_taken() -> None:
    """The bare library multiplies (1, 1) by the private key and says nothing; the wrapper's keys are points."""
    assert _bare(SM2_KEY)._kg(int.from_bytes(SM2_KEY.secret), f"{1:064x}{1:064x}")


def test_without_a_public_key_the_signature_is_another() -> None:
    """The bare library signs with a wrong Z and does not say so; the wrapper's private key has its public one."""
    signature = sm2.CryptSM2(SM2_KEY.secret.hex(), "").sign_with_sm3(b"message")
    assert not _bare(SM2_KEY, prefix="").verify_with_sm3(signature, b"message")
    FAST.sm2_verify(SM2_KEY.public, b"message", WRAPPED.sm2_sign(SM2_KEY, b"message"))


@pytest.mark.parametrize("signature", ["", "zz" * 64])
def test_malformed_input_raises_anything(signature: str) -> None:
    """`ValueError` and `TypeError` of the bare library are one `SignatureError`."""
    with pytest.raises((ValueError, TypeError)):
        _bare(SM2_KEY, prefix="").verify_with_sm3(signature, b"message")
    with pytest.raises(SignatureError):
        WRAPPED.sm2_verify(SM2_KEY.public, b"message", signature.encode())


def test_a_point_that_it_cannot_add_is_a_bad_signature() -> None:
    """`s*G = -t*P` gives the bare library a `None` that it indexes."""
    d = int.from_bytes(SM2_KEY.secret)
    s = 7
    t = -s * pow(d, -1, N) % N  # so that sG + tP is the point at infinity
    r = (t - s) % N
    with pytest.raises(TypeError):
        _bare(SM2_KEY, prefix="").verify(f"{r:064x}{s:064x}", bytes(32))
    for provider in (WRAPPED, FAST):
        with pytest.raises(SignatureError):
            provider.sm2_verify(SM2_KEY.public, b"message", signature_of(r, s))


def test_its_time_tells_of_the_number() -> None:
    """No wrapper mends that: signing with it is the operator's choice (`Suite.signer`)."""
    generator = f"{GX:064x}{GY:064x}"

    def seconds(k: int) -> float:
        start = time.process_time()
        for _ in range(5):
            _bare(SM2_KEY)._kg(k, generator)
        return time.process_time() - start

    assert min(seconds(2**128 - 1) for _ in range(3)) < 0.8 * min(seconds(2**256 - 2**31) for _ in range(3))
    assert not WRAPPED.constant_time


def test_its_digest_changes_what_it_is_given() -> None:
    """The wrapper gives it a copy, and so does the same twice."""
    given = list(b"abc")
    sm3.sm3_hash(given)
    assert given != list(b"abc")
    octets = b"abc"
    assert WRAPPED.sm3(octets) == WRAPPED.sm3(octets) == FAST.sm3(b"abc")


def test_a_long_key_is_cut() -> None:
    """The bare library takes the first half of 32 octets; the wrapper refuses."""
    bare = [sm4.CryptSM4(), sm4.CryptSM4()]
    for cipher, key in zip(bare, (bytes(16), bytes(16) + b"more octets here"), strict=True):
        cipher.set_key(key, sm4.SM4_ENCRYPT)
    assert bare[0].crypt_ecb(b"plain") == bare[1].crypt_ecb(b"plain")
    with pytest.raises(CryptoError):
        WRAPPED.sm4_cbc_encrypt(bytes(32), bytes(16), b"plain")


def test_padding_is_not_checked() -> None:
    """The bare library gives octets for any key; the wrapper refuses what has no padding."""
    sealed = WRAPPED.sm4_cbc_encrypt(bytes(16), bytes(16), b"plain text of more than a block")
    bare = sm4.CryptSM4()
    bare.set_key(b"another key 1234", sm4.SM4_DECRYPT)
    assert isinstance(bare.crypt_cbc(bytes(16), sealed), bytes)
    with pytest.raises(SealError):
        WRAPPED.sm4_cbc_decrypt(b"another key 1234", bytes(16), sealed)


def test_what_it_refuses_itself_stays_refused() -> None:
    """No signature twice as long, none with numbers out of range."""
    with pytest.raises(SignatureError):
        WRAPPED.sm2_verify(SM2_KEY.public, b"message digest", SM2_SIGNATURE * 2)
