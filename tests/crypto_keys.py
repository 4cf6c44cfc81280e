"""Keys by the thousand through both providers, each signer beside each verifier; and those that break bare gmssl.

    python -m tests.crypto_keys [COUNT]

Every fourth key is of a class whose X begins with the digits 0, 4 or 04, which the bare library eats.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator

import gmssl_pyx

from sentinel.crypto.base import Provider
from sentinel.crypto.curve import PrivateKey
from sentinel.crypto.suite import suite
from sentinel.errors import SignatureError

CLASSES = ("0", "4", "04")


def beginning(provider: Provider, digits: str) -> PrivateKey:
    """A fresh key whose X begins with these digits."""
    while not (key := provider.sm2_keygen()).public.coordinates.hex().startswith(digits):
        pass
    return key


def keys(provider: Provider, count: int) -> Iterator[PrivateKey]:
    """Random keys, each class among them."""
    for number in range(count):
        yield beginning(provider, CLASSES[number // 4 % len(CLASSES)]) if number % 4 == 3 else provider.sm2_keygen()


def failures(key: PrivateKey, message: bytes) -> list[str]:
    """Which signer and verifier do not agree on this key: ours, and GmSSL as a third."""
    providers = [each.provider for each in suite().tested if each.provider]
    signed = [(each.name, each.sm2_sign(key, message)) for each in providers]
    signed.append(("gmssl-pyx", gmssl_pyx.sm2_sign(key.secret, key.public.coordinates, message)))
    failed = [f"{name} -> gmssl-pyx" for name, signature in signed if not _third(key, message, signature)]
    for verifier in providers:
        for name, signature in signed:
            try:
                verifier.sm2_verify(key.public, message, signature)
            except SignatureError:
                failed.append(f"{name} -> {verifier.name}")
    return failed


def _third(key: PrivateKey, message: bytes, signature: bytes) -> bool:
    return bool(gmssl_pyx.sm2_verify(key.public.coordinates, message, signature))


def main(count: int) -> None:
    """Try them, and say how it went."""
    start, found, classes = time.monotonic(), Counter[str](), Counter[str]()
    for number, key in enumerate(keys(suite().signer, count)):
        x = key.public.coordinates.hex()
        classes.update(digits for digits in CLASSES if x.startswith(digits))
        found.update(failures(key, random.randbytes(number % 80)))
    print(f"{count} keys in {time.monotonic() - start:.0f} s; X begins with {dict(classes)}; failures: {dict(found)}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
