"""The providers that passed their tests, and what each is used for. Without a tested one nothing is done."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sentinel.crypto import providers, vectors
from sentinel.crypto.base import IDENTITY, Provider, Settings
from sentinel.crypto.curve import PrivateKey, PublicKey
from sentinel.errors import CryptoError, SentinelError
from sentinel.plugins import discover

_LOG = logging.getLogger(__name__)
_MESSAGE = b"sentinel cross-check"


@dataclass(frozen=True, slots=True)
class Tested:
    """A provider as its start-up tests found it; `failure` says why it is not used."""

    name: str
    provider: Provider | None
    failure: str = ""


class Suite:
    """Commercial cryptography as the rest of Sentinel uses it: the active provider, and the one that may sign."""

    def __init__(self, tested: Sequence[Tested], settings: Settings) -> None:
        self.tested = tuple(tested)
        working = sorted((each.provider for each in tested if each.provider), key=lambda provider: provider.rank)
        if not working:
            raise CryptoError("no provider of SM2, SM3 and SM4 passes its tests: " + "; ".join(_failures(tested)))
        self.active = working[0]
        self._signer = next((each for each in working if each.constant_time or settings.slow_signing), None)

    @property
    def signer(self) -> Provider:
        """The provider that signs; raises `CryptoError` where none is safe."""
        if self._signer is None:
            raise CryptoError("no provider here signs in constant time, and none is allowed to without: not signed")
        return self._signer

    def sign(self, key: PrivateKey, message: bytes, identity: bytes = IDENTITY) -> bytes:
        """A signature in DER, by a safe signer or none."""
        return self.signer.sm2_sign(key, message, identity)

    def verify(self, key: PublicKey, message: bytes, signature: bytes, identity: bytes = IDENTITY) -> None:
        """Return if it is a signature of this message; raises `SignatureError`."""
        self.active.sm2_verify(key, message, signature, identity)


@functools.lru_cache(4)
def suite(settings: Settings = Settings()) -> Suite:  # noqa: B008  # frozen
    """The suite under these settings, tested once for a process; raises `CryptoError` where nothing works."""
    tested = [_started(kind, settings) for kind in discover(providers, Provider)]  # type: ignore[type-abstract]  # it gives concrete ones
    tested = [_cross_checked(each, tested) for each in tested]
    for each in tested:
        if each.failure:
            _LOG.error("the cryptographic provider `%s` is not used: %s", each.name, each.failure)
    return Suite(tested, settings)


def _started(kind: type[Provider], settings: Settings) -> Tested:
    try:
        provider = kind(settings)
        vectors.check(provider)
    except (SentinelError, ValueError, TypeError, LookupError, ImportError, OSError) as error:
        return Tested(kind.name, None, str(error) or type(error).__name__)
    return Tested(kind.name, provider)


def _cross_checked(each: Tested, tested: Sequence[Tested]) -> Tested:
    """What it signs, with a key that guards nothing, every other one has to accept."""
    others = [other.provider for other in tested if other.provider and other.name != each.name]
    if each.provider is None:
        return each
    try:
        signature = each.provider.sm2_sign(vectors.SM2_KEY, _MESSAGE)
        for other in others:
            other.sm2_verify(vectors.SM2_KEY.public, _MESSAGE, signature)
    except CryptoError as error:
        return Tested(each.name, None, f"what it signs is refused by another provider: {error}")
    return each


def _failures(tested: Sequence[Tested]) -> list[str]:
    return [f"`{each.name}`: {each.failure}" for each in tested]
