"""Known answers of the standards, and the test that a provider passes before anything is trusted to it.

SM3: GB/T 32905-2016, A.1 and A.2. HMAC-SM3: GM/T 0042-2015, D.3. SM4: GB/T 32907-2016, A.1 (its one block, as CBC over a
block of zeros). SM4-GCM: RFC 8998, A.1. SM2: GB/T 32918.5-2017, annex A.
"""

from __future__ import annotations

from typing import NamedTuple

from sentinel.crypto.base import Provider, signature_of
from sentinel.crypto.curve import PrivateKey, PublicKey
from sentinel.errors import CryptoError, SealError, SignatureError

_hex = bytes.fromhex

SM3 = (
    (b"abc", _hex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")),
    (b"abcd" * 16, _hex("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")),
)
_ALPHABET = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
HMAC_SM3 = (
    (bytes(range(1, 33)), _ALPHABET, _hex("ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a")),
    (bytes(range(1, 38)), b"\xcd" * 50, _hex("220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae")),
    (b"\x0b" * 32, b"Hi There", _hex("c0ba18c68b90c88bc07de794bfc7d2c8d19ec31ed8773bc2b390c9604e0be11e")),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        _hex("2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"),
    ),
)
SM4_KEY = SM4_PLAIN = _hex("0123456789abcdeffedcba9876543210")
SM4_CIPHER = _hex("681edf34d206965e86b3e94f536e4246")
SM4_MILLION = _hex("595298c7c6fd271f0402f804c33d3f66")  # A.2: the same, a million times


class Gcm(NamedTuple):
    """One known answer of SM4-GCM."""

    key: bytes
    nonce: bytes
    plain: bytes
    bound: bytes
    sealed: bytes


SM4_GCM = Gcm(
    key=SM4_KEY,
    nonce=_hex("00001234567800000000abcd"),
    plain=b"".join(bytes([octet]) * 8 for octet in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA)),
    bound=_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    sealed=_hex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15"
        "a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec"
    ),
)
SM2_KEY = PrivateKey(
    _hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"),
    PublicKey(
        _hex(
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
            "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
        )
    ),
)
SM2_NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SM2_MESSAGE = b"message digest"
SM2_SIGNATURE = signature_of(
    0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
    0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
)


def check(provider: Provider) -> None:
    """Raise `CryptoError` unless the provider gives every known answer, and refuses what is not one."""
    answers = (
        ("SM3", [provider.sm3(octets) for octets, _ in SM3], [digest for _, digest in SM3]),
        ("HMAC-SM3", [provider.hmac_sm3(key, octets) for key, octets, _ in HMAC_SM3], [mac for *_, mac in HMAC_SM3]),
        ("HMAC-SM3", [provider.keyed_sm3(key)(octets) for key, octets, _ in HMAC_SM3], [mac for *_, mac in HMAC_SM3]),
        ("SM4", provider.sm4_cbc_encrypt(SM4_KEY, bytes(16), SM4_PLAIN)[:16], SM4_CIPHER),
        ("SM4-GCM", provider.sm4_gcm_seal(*SM4_GCM[:4]), SM4_GCM.sealed),
        ("SM4-GCM", provider.sm4_gcm_open(*SM4_GCM[:2], SM4_GCM.sealed, SM4_GCM.bound), SM4_GCM.plain),
        ("SM2", provider.sm2_public(SM2_KEY.secret), SM2_KEY.public),
    )
    for what, given, known in answers:
        if given != known:
            raise CryptoError(f"the provider `{provider.name}` gives a wrong answer to a known question: {what}")
    provider.sm2_verify(SM2_KEY.public, SM2_MESSAGE, SM2_SIGNATURE)
    _refuses(provider)


def _refuses(provider: Provider) -> None:
    changed = SM4_GCM.sealed[:-1] + bytes([SM4_GCM.sealed[-1] ^ 1])
    try:
        provider.sm4_gcm_open(*SM4_GCM[:2], changed, SM4_GCM.bound)
    except SealError:
        pass
    else:
        raise CryptoError(f"the provider `{provider.name}` opens what was changed")
    try:
        provider.sm2_verify(SM2_KEY.public, SM2_MESSAGE + b"!", SM2_SIGNATURE)
    except SignatureError:
        pass
    else:
        raise CryptoError(f"the provider `{provider.name}` accepts a signature of another message")
