"""What every provider of commercial cryptography does, the standards' known answers first (their sources: `vectors`)."""

from __future__ import annotations

import random

import gmssl_pyx
import pytest

from sentinel.crypto import der, vectors
from sentinel.crypto.base import IDENTITY, Provider, Settings, numbers_of, signature_of
from sentinel.crypto.curve import GX, GY, N, P, PrivateKey, PublicKey
from sentinel.crypto.keyforms import pkcs8, spki
from sentinel.crypto.libcrypto import Library
from sentinel.crypto.providers.accelerated import Accelerated
from sentinel.crypto.providers.gmssl import Gmssl
from sentinel.errors import CryptoError, KeyMaterialError, SealError, SignatureError
from tests.crypto_keys import CLASSES, beginning, failures

PROVIDERS = [Accelerated(Settings()), Gmssl(Settings())]
KEY, MESSAGE = vectors.SM2_KEY, b"message digest"
R, S = numbers_of(vectors.SM2_SIGNATURE)


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each provider in turn."""
    each: Provider = request.param
    return each


def test_sm3_gives_the_known_answers(provider: Provider) -> None:
    """GB/T 32905-2016, A.1 and A.2."""
    assert [provider.sm3(octets) for octets, _ in vectors.SM3] == [digest for _, digest in vectors.SM3]


def test_hmac_sm3_gives_the_known_answers(provider: Provider) -> None:
    """GM/T 0042-2015, D.3."""
    found = [provider.hmac_sm3(key, octets) for key, octets, _ in vectors.HMAC_SM3]
    assert found == [mac for *_, mac in vectors.HMAC_SM3]
    assert found == [provider.keyed_sm3(key)(octets) for key, octets, _ in vectors.HMAC_SM3]


def test_sm4_gives_the_known_answer(provider: Provider) -> None:
    """GB/T 32907-2016, A.1, as CBC over a block of zeros."""
    sealed = provider.sm4_cbc_encrypt(vectors.SM4_KEY, bytes(16), vectors.SM4_PLAIN)
    assert sealed[:16] == vectors.SM4_CIPHER
    assert provider.sm4_cbc_decrypt(vectors.SM4_KEY, bytes(16), sealed) == vectors.SM4_PLAIN


def test_sm4_gcm_gives_the_known_answer(provider: Provider) -> None:
    """RFC 8998, A.1, both ways."""
    key, nonce, plain, bound, sealed = vectors.SM4_GCM
    assert provider.sm4_gcm_seal(key, nonce, plain, bound) == sealed
    assert provider.sm4_gcm_open(key, nonce, sealed, bound) == plain


def test_sm2_accepts_the_known_signature(provider: Provider) -> None:
    """GB/T 32918.5-2017, annex A: the point of the key, and a signature with the default identity."""
    assert provider.sm2_public(KEY.secret) == KEY.public
    provider.sm2_verify(KEY.public, MESSAGE, vectors.SM2_SIGNATURE)


def test_sm2_makes_the_known_signature_of_the_known_nonce() -> None:
    """GB/T 32918.5-2017, annex A; OpenSSL takes no nonce from outside."""
    assert Gmssl(Settings()).signed_with(KEY, vectors.SM2_NONCE, MESSAGE) == vectors.SM2_SIGNATURE


def test_every_signer_with_every_verifier() -> None:
    """Sixty keys, those that break the bare library among them; GmSSL is the third."""
    fast = PROVIDERS[0]
    keys = [fast.sm2_keygen() for _ in range(36)] + [beginning(fast, digits) for digits in CLASSES * 8]
    assert len(keys) == 60
    assert [(key, failed) for key in keys if (failed := failures(key, random.randbytes(40)))] == []


def _der(*parts: bytes) -> bytes:
    return der.element(der.SEQUENCE, *parts)


def _number(number: int) -> bytes:
    return der.element(der.INTEGER, number.to_bytes(number.bit_length() // 8 + 1, signed=True))


BAD_SIGNATURES = {
    "r is 0": _der(_number(0), _number(S)),
    "s is 0": _der(_number(R), _number(0)),
    "r + s is n": _der(_number(R), _number(N - R)),
    "s + n": _der(_number(R), _number(S + N)),
    "s - n": _der(_number(R), _number(S - N)),
    "r + n": _der(_number(R + N), _number(S)),
    "r is n": _der(_number(N), _number(S)),
    "out of range": _der(_number(2**300), _number(S)),
    "an octet after the end": vectors.SM2_SIGNATURE + b"\0",
    "an octet inside the end": _der(_number(R), _number(S), b"\0"),
    "a third number": _der(_number(R), _number(S), _number(1)),
    "BER, a long length": b"\x30\x81" + vectors.SM2_SIGNATURE[1:],
    "BER, a zero in front": _der(b"\x02\x22\x00" + _number(R)[2:].rjust(33, b"\0"), _number(S)),
    "BER, no definite length": b"\x30\x80" + vectors.SM2_SIGNATURE[2:] + b"\0\0",
    "cut short": vectors.SM2_SIGNATURE[:-1],
    "empty": b"",
    "r and s without DER": R.to_bytes(32) + S.to_bytes(32),
    "r and s swapped": signature_of(S, R),
    "another r": signature_of(R ^ 1, S),
    "another s": signature_of(R, S ^ 1),
}


@pytest.mark.parametrize("signature", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
def test_a_bad_signature_is_refused(provider: Provider, signature: bytes) -> None:
    """Whatever it is, the error is `SignatureError`."""
    with pytest.raises(SignatureError):
        provider.sm2_verify(KEY.public, MESSAGE, signature)


def test_another_message_identity_or_key_is_refused(provider: Provider) -> None:
    """Each of them stands in what is signed."""
    signature, other = provider.sm2_sign(KEY, MESSAGE), provider.sm2_keygen()
    provider.sm2_verify(KEY.public, MESSAGE, signature)
    for key, message, identity in (
        (KEY.public, MESSAGE + b"!", IDENTITY),
        (KEY.public, MESSAGE, b""),
        (KEY.public, MESSAGE, b"1234567812345679"),
        (other.public, MESSAGE, IDENTITY),
    ):
        with pytest.raises(SignatureError):
            provider.sm2_verify(key, message, signature, identity)


def test_another_identity_signs_too(provider: Provider) -> None:
    """And the other provider accepts it under that one."""
    signature = provider.sm2_sign(KEY, MESSAGE, b"collector-7")
    for each in PROVIDERS:
        each.sm2_verify(KEY.public, MESSAGE, signature, b"collector-7")


BAD_POINTS = {
    "off the curve": b"\x04" + GX.to_bytes(32) + (GY ^ 1).to_bytes(32),
    "(1, 1)": b"\x04" + (1).to_bytes(32) + (1).to_bytes(32),
    "x out of range": b"\x04" + (2**256 - 1).to_bytes(32) + GY.to_bytes(32),
    "y out of range": b"\x04" + GX.to_bytes(32) + min(GY + P, 2**256 - 1).to_bytes(32),
    "the point at infinity": b"\0",
    "zeros": b"\x04" + bytes(64),
    "compressed": b"\x02" + GX.to_bytes(32),
    "without its 04": GX.to_bytes(32) + GY.to_bytes(32),
    "empty": b"",
}


@pytest.mark.parametrize("point", BAD_POINTS.values(), ids=BAD_POINTS.keys())
def test_a_bad_public_key_is_none(point: bytes) -> None:
    """No provider ever sees it; libcrypto would take the compressed form alone."""
    with pytest.raises(KeyMaterialError):
        PublicKey(point)


@pytest.mark.parametrize("name", ["off the curve", "(1, 1)", "x out of range", "zeros"])
def test_libcrypto_refuses_bad_points_itself(name: str) -> None:
    """A second fence behind ours; the point at infinity it would take."""
    octets = spki(KEY.public).replace(KEY.public.point, BAD_POINTS[name])
    with pytest.raises(CryptoError):
        Library("libcrypto.so.3").public_key(octets)


@pytest.mark.parametrize("number", [0, N - 1, N, 2**256 - 1])
def test_a_bad_private_key_is_none(provider: Provider, number: int) -> None:
    """1 to n-2, 32 octets."""
    secret = number.to_bytes(32)
    with pytest.raises(KeyMaterialError):
        provider.sm2_private(secret)
    with pytest.raises(KeyMaterialError):
        PrivateKey(secret, KEY.public)
    with pytest.raises(KeyMaterialError):
        provider.sm2_private(b"\1" * 31)


def test_a_private_key_of_another_point_is_refused_by_libcrypto() -> None:
    """OpenSSL believes a point beside a number; what is read from files is computed anew (`keyfile`)."""
    other = PROVIDERS[0].sm2_keygen()
    assert Library("libcrypto.so.3").private_key(pkcs8(KEY.secret, other.public)).public == other.public.point


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 32, 100])
def test_gcm_of_any_length_agrees(length: int) -> None:
    """Both providers, and GmSSL where it takes an empty text, give the same octets."""
    key, nonce, plain, bound = (random.randbytes(size) for size in (16, 12, length, length // 2))
    sealed = [each.sm4_gcm_seal(key, nonce, plain, bound) for each in PROVIDERS]
    assert sealed[0] == sealed[1]
    assert [each.sm4_gcm_open(key, nonce, sealed[0], bound) for each in PROVIDERS] == [plain, plain]
    if plain:
        assert b"".join(gmssl_pyx.sm4_gcm_encrypt(key, nonce, bound, plain)) == sealed[0]


@pytest.mark.parametrize("part", ["key", "nonce", "sealed", "bound"])
def test_a_flipped_bit_opens_nothing(provider: Provider, part: str) -> None:
    """In the key, the nonce, the ciphertext, the tag, and what is bound to it."""
    given = {"key": random.randbytes(16), "nonce": random.randbytes(12), "bound": random.randbytes(9)}
    given["sealed"] = provider.sm4_gcm_seal(given["key"], given["nonce"], random.randbytes(10), given["bound"])
    octets = given[part]
    for bit in range(0, 8 * len(octets), 7):
        changed = int.from_bytes(octets) ^ 1 << bit
        with pytest.raises(SealError):
            provider.sm4_gcm_open(**given | {part: changed.to_bytes(len(octets))})


@pytest.mark.parametrize("length", range(16))
def test_what_is_cut_short_opens_nothing(provider: Provider, length: int) -> None:
    """Less than a tag."""
    with pytest.raises(SealError):
        provider.sm4_gcm_open(bytes(16), bytes(12), bytes(length), b"")


def test_lengths_of_keys_and_nonces_are_checked(provider: Provider) -> None:
    """Nothing is cut to its length silently."""
    for key, nonce in ((bytes(32), bytes(12)), (bytes(15), bytes(12)), (bytes(16), bytes(16)), (bytes(16), b"")):
        with pytest.raises(CryptoError):
            provider.sm4_gcm_seal(key, nonce, b"plain", b"")
        with pytest.raises(CryptoError):
            provider.sm4_gcm_open(key, nonce, bytes(32), b"")
    for encrypt in (provider.sm4_cbc_encrypt, provider.sm4_cbc_decrypt):
        with pytest.raises(CryptoError):
            encrypt(bytes(32), bytes(16), bytes(16))


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 40])
def test_cbc_of_any_length_agrees(length: int) -> None:
    """Both providers give the same octets and read each other's."""
    key, iv, plain = random.randbytes(16), random.randbytes(16), random.randbytes(length)
    sealed = [each.sm4_cbc_encrypt(key, iv, plain) for each in PROVIDERS]
    assert sealed[0] == sealed[1] == gmssl_pyx.sm4_cbc_padding_encrypt(key, iv, plain) if plain else True
    assert [each.sm4_cbc_decrypt(key, iv, sealed[0]) for each in PROVIDERS] == [plain, plain]


def test_padding_is_checked(provider: Provider) -> None:
    """What was encrypted under another key is refused, nearly always, and what is cut short always."""
    sealed = provider.sm4_cbc_encrypt(bytes(16), bytes(16), b"plain")
    with pytest.raises(SealError):
        provider.sm4_cbc_decrypt(b"another key 1234", bytes(16), sealed)
    for octets in (b"", sealed[:-1]):
        with pytest.raises(SealError):
            provider.sm4_cbc_decrypt(bytes(16), bytes(16), octets)


def test_digests_of_any_length_agree() -> None:
    """Around the ends of blocks; GmSSL is the third."""
    for length in (0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 200):
        octets, key = random.randbytes(length), random.randbytes(length + 1)
        assert {each.sm3(octets) for each in PROVIDERS} == {gmssl_pyx.sm3_hash(octets)}
        assert {each.hmac_sm3(key, octets) for each in PROVIDERS} == {gmssl_pyx.sm3_hmac(key, octets)}
        assert PROVIDERS[0].keyed_sm3(key)(octets) == gmssl_pyx.sm3_hmac(key, octets)
