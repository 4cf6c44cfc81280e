"""SM2 by OpenSSL's libcrypto (3.0 or later, or Tongsuo's), through ctypes: no package offers it."""

from __future__ import annotations

import ctypes
import functools
import threading
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_ulong, c_void_p, create_string_buffer

from sentinel.errors import CryptoError, SignatureError

_LONGEST = 128  # octets of a signature
_IDENTITIES = 16  # for which a key keeps contexts
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "OpenSSL_version": (c_char_p, [c_int]),
    "ERR_clear_error": (None, []),
    "ERR_get_error": (c_ulong, []),
    "ERR_error_string_n": (None, [c_ulong, c_char_p, c_size_t]),
    "EVP_MD_fetch": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_get1_encoded_public_key": (c_size_t, [c_void_p, POINTER(c_void_p)]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "CRYPTO_free": (None, [c_void_p, c_char_p, c_int]),
    "d2i_AutoPrivateKey": (c_void_p, [c_void_p, POINTER(POINTER(c_ubyte)), c_long]),
    "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(POINTER(c_ubyte)), c_long]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_DigestSignInit": (c_int, [c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p]),
    "EVP_DigestSign": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
}


class Key:
    """An EVP_PKEY, freed with this object."""

    def __init__(self, library: Library, pointer: int) -> None:
        self._library = library
        self._free = library.call.EVP_PKEY_free
        self.pointer = pointer
        self._mine = threading.local()

    def context(self, start: object, identity: bytes) -> int:
        """What this thread signs, or verifies, with in the name of an identity; ready for one message."""
        known: dict[bytes, _Context] | None = getattr(self._mine, "known", None)
        if known is None:
            known = self._mine.known = {}
        context = known.get(identity)
        if context is None:
            if len(known) >= _IDENTITIES:
                known.clear()
            context = known[identity] = _Context(self._library, self, identity)
        return context.ready(start)

    @property
    def public(self) -> bytes:
        """Its point, not compressed."""
        point = c_void_p()
        length = self._library.call.EVP_PKEY_get1_encoded_public_key(self.pointer, byref(point))
        octets = ctypes.string_at(point, length) if point else b""
        self._library.call.CRYPTO_free(point, None, 0)
        return octets

    def __del__(self) -> None:
        self._free(self.pointer)


class Library:
    """The functions of libcrypto that SM2 needs; raises `CryptoError` where the library or one of them is missing."""

    def __init__(self, path: str) -> None:
        try:
            self.call = ctypes.CDLL(path)
            for name, (result, arguments) in _SIGNATURES.items():
                function = getattr(self.call, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError) as error:
            raise CryptoError(f"`{path}` is no libcrypto of OpenSSL 3.0 or later: {error}") from error

    @property
    def version(self) -> str:
        """What the library calls itself."""
        return str(self.call.OpenSSL_version(0).decode())

    def private_key(self, pkcs8: bytes) -> Key:
        """A key from PKCS #8."""
        return self._key(self.call.d2i_AutoPrivateKey, pkcs8)

    def public_key(self, spki: bytes) -> Key:
        """A key from SubjectPublicKeyInfo."""
        return self._key(self.call.d2i_PUBKEY, spki)

    def _key(self, read: object, octets: bytes) -> Key:
        place = ctypes.cast(ctypes.create_string_buffer(octets, len(octets)), POINTER(c_ubyte))
        pointer = read(None, byref(place), len(octets))  # type: ignore[operator]  # a function of a library
        if not pointer:
            raise self.error("does not take this key")
        return Key(self, pointer)

    def sign(self, key: Key, message: bytes, identity: bytes) -> bytes:
        """A signature in DER."""
        context = key.context(self.call.EVP_DigestSignInit, identity)
        signature, length = create_string_buffer(_LONGEST), c_size_t(_LONGEST)
        if self.call.EVP_DigestSign(context, signature, byref(length), message, len(message)) != 1:
            raise self.error("does not sign")
        return signature.raw[: length.value]

    def verify(self, key: Key, message: bytes, signature: bytes, identity: bytes) -> None:
        """Return if it is a signature of this message; raises `SignatureError`."""
        context = key.context(self.call.EVP_DigestVerifyInit, identity)
        if self.call.EVP_DigestVerify(context, signature, len(signature), message, len(message)) != 1:
            self.call.ERR_clear_error()
            raise SignatureError("the signature is not of this message under this key")

    def error(self, what: str) -> CryptoError:
        """What libcrypto says went wrong."""
        text = create_string_buffer(256)
        self.call.ERR_error_string_n(self.call.ERR_get_error(), text, len(text))
        self.call.ERR_clear_error()
        return CryptoError(f"libcrypto {what}: {text.value.decode(errors='replace')}")

    @functools.cached_property
    def sm3(self) -> int:
        """The digest that SM2 signs, fetched once: it is kept as long as the library."""
        return int(self.call.EVP_MD_fetch(None, b"SM3", None) or 0)


class _Context:
    """An EVP_MD_CTX of a key in the name of an identity: it is made once, because making it takes long, and begun anew."""

    def __init__(self, library: Library, key: Key, identity: bytes) -> None:
        call = self._call = library.call
        self._library, self._key = library, key.pointer
        self._pointer, self._of_key = call.EVP_MD_CTX_new(), call.EVP_PKEY_CTX_new(key.pointer, None)
        call.EVP_PKEY_CTX_set1_id(self._of_key, identity, len(identity))
        call.EVP_MD_CTX_set_pkey_ctx(self._pointer, self._of_key)

    def ready(self, start: object) -> int:
        """Begin with a message."""
        if start(self._pointer, None, self._library.sm3, None, self._key) != 1:  # type: ignore[operator]
            raise self._library.error("does not do SM2 with SM3")
        return int(self._pointer)

    def __del__(self) -> None:
        self._call.EVP_MD_CTX_free(self._pointer)
        self._call.EVP_PKEY_CTX_free(self._of_key)
