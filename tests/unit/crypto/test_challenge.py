"""Challenges and answers: what is handed over is what is signed, and anything else is refused."""

from __future__ import annotations

import pytest

from sentinel.crypto.base import enc
from sentinel.crypto.challenge import ENROL, LOGIN, Challenge, _text, answer, read_answer, read_challenge
from sentinel.errors import CryptoError

CHALLENGE = Challenge(LOGIN, "sentinel-1", bytes(range(32)), bytes(32))


@pytest.mark.parametrize("context", [LOGIN, ENROL])
def test_a_challenge_is_read_as_it_was_written(context: str) -> None:
    """Also over several lines of a terminal."""
    written = Challenge(context, "plant", bytes(range(32)), b"\x01" * 32)
    text = str(written)
    assert read_challenge(f"  {text[:40]}\n{text[40:]}\n") == written
    assert written.message == enc(context, "plant", bytes(range(32)), b"\x01" * 32)


@pytest.mark.parametrize(
    "text",
    ["", "!", "AAAA", str(CHALLENGE)[:-2], str(CHALLENGE)[:-8], str(CHALLENGE) + "AAAA", "A" * 5000, "AAAAA", "登录",
     _text(enc("sentinel bundle", "plant", bytes(32), bytes(32))), _text(enc(LOGIN, "plant", bytes(31), bytes(32))),
     _text(enc(LOGIN, "plant", bytes(32))), _text(enc(LOGIN, b"\xff", bytes(32), bytes(32)))],
)  # fmt: skip
def test_what_is_no_challenge(text: str) -> None:
    """Nobody is made to sign something else with their key."""
    with pytest.raises(CryptoError):
        read_challenge(text)


def test_an_answer_is_nonce_and_signature() -> None:
    assert read_answer(answer(b"n" * 32, b"signature")) == (b"n" * 32, b"signature")
    for text in ("", answer(b"n" * 32, b""), "?"):
        with pytest.raises(CryptoError):
            read_answer(text)
