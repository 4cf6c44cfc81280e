"""SM2 keys: registered by who proves to have them, asked for by challenges that hold once and not for long."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.accounts.accounts import AccountError
from sentinel.accounts.throttle import TooManyAttemptsError
from sentinel.crypto.challenge import ENROL, LOGIN, Challenge, read_challenge
from sentinel.crypto.curve import PrivateKey
from sentinel.crypto.keyfile import dump_private, dump_public
from sentinel.crypto.suite import suite
from sentinel.errors import AuthenticationError, ConflictError
from tests.people import PASSWORD, People, signed

STRANGE = suite().signer.sm2_keygen()


def _pem(key: PrivateKey) -> str:
    return dump_public(key.public).decode()


@pytest.fixture
def people(tmp_path: Path) -> People:
    """Two people."""
    return People(tmp_path)


def test_a_challenge_is_answered_once(people: People) -> None:
    """The same answer opens no second session, not even of the log-in that waits beside it."""
    key = people.with_key("root")
    pending, other = people.pending("root"), people.pending("root")
    asked = people.factors.asked(pending)
    assert (asked.name, asked.methods) == ("root", ("sm2",))
    assert people.factors.asked(pending).challenge == asked.challenge
    answer = signed(asked.challenge, key)
    login = people.factors.by_answer(pending, answer)
    assert people.accounts.authenticate(login.token).name == "root"
    for again in (pending, other):
        with pytest.raises(AuthenticationError):
            people.factors.by_answer(again, answer)


def test_what_is_signed(people: People) -> None:
    """For what, by which installation, of which key: an answer to register a key is none to log in."""
    people.with_key("root")
    found = read_challenge(people.factors.asked(people.pending("root")).challenge)
    assert (found.context, found.server) == (LOGIN, people.factors.keys.server())
    challenge = people.factors.keys.begin("li", _pem(STRANGE), PASSWORD)
    assert read_challenge(challenge).context == ENROL
    assert read_challenge(challenge).nonce != found.nonce


def test_a_wrong_answer_takes_the_challenge_with_it(people: People) -> None:
    """A right one to it comes too late; the next challenge is another."""
    key = people.with_key("root")
    pending = people.pending("root")
    challenge = people.factors.asked(pending).challenge
    with pytest.raises(AuthenticationError, match="signed by your key"):
        people.factors.by_answer(pending, signed(challenge, STRANGE))
    with pytest.raises(AuthenticationError, match="no longer valid"):
        people.factors.by_answer(pending, signed(challenge, key))
    fresh = people.factors.asked(pending).challenge
    assert fresh != challenge
    people.factors.by_answer(pending, signed(fresh, key))


def test_another_persons_key_and_another_servers_challenge(people: People) -> None:
    key, other = people.with_key("root"), people.with_key("li")
    pending = people.pending("root")
    with pytest.raises(AuthenticationError):
        people.factors.by_answer(pending, signed(people.factors.asked(pending).challenge, other))
    found = read_challenge(people.factors.asked(pending).challenge)
    elsewhere = Challenge(found.context, "another installation", found.nonce, found.digest)
    with pytest.raises(AuthenticationError, match="signed by your key"):
        people.factors.by_answer(pending, signed(str(elsewhere), key))


@pytest.mark.parametrize("answer", ["", "?", "AAAA", "A" * 3000, "登录"])
def test_what_is_no_answer(people: People, answer: str) -> None:
    people.with_key("root")
    pending = people.pending("root")
    people.factors.asked(pending)
    with pytest.raises(AuthenticationError):
        people.factors.by_answer(pending, answer)


def test_a_challenge_expires(people: People) -> None:
    key = people.with_key("root")
    pending = people.pending("root")
    answer = signed(people.factors.asked(pending).challenge, key)
    people.clock.now += 300
    with pytest.raises(AuthenticationError, match="too long"):
        people.factors.by_answer(pending, answer)


def test_answers_are_throttled(people: People) -> None:
    people.with_key("root")
    pending = people.pending("root")
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            people.factors.by_answer(pending, "AAAA")
    with pytest.raises(TooManyAttemptsError):
        people.factors.by_answer(pending, "AAAA")


def test_who_cannot_sign_registers_no_key(people: People) -> None:
    """By another key, too late, or twice with one challenge; and it is not asked for."""
    challenge = people.factors.keys.begin("root", _pem(STRANGE), PASSWORD)
    with pytest.raises(AccountError):
        people.factors.keys.prove("root", signed(challenge, suite().signer.sm2_keygen()))
    with pytest.raises(AccountError):
        people.factors.keys.prove("root", signed(challenge, STRANGE))
    challenge = people.factors.keys.begin("root", _pem(STRANGE), PASSWORD)
    people.clock.now += 300
    with pytest.raises(AccountError):
        people.factors.keys.prove("root", signed(challenge, STRANGE))
    with pytest.raises(AccountError):
        people.factors.keys.prove("li", signed(challenge, STRANGE))
    assert people.accounts.login("root", PASSWORD).account.second == ()


def test_a_key_is_one_persons(people: People) -> None:
    """And one person's only key."""
    key = people.with_key("root")
    with pytest.raises(ConflictError, match="another person"):
        people.factors.keys.begin("li", _pem(key), PASSWORD)
    with pytest.raises(ConflictError, match="already"):
        people.factors.keys.begin("root", _pem(STRANGE), PASSWORD)


def test_what_is_no_public_key(people: People) -> None:
    """A private key least of all; and not without the password."""
    for pem in ("", "x", dump_private(suite(), STRANGE).decode()):
        with pytest.raises(AccountError, match="no SM2 public key"):
            people.factors.keys.begin("root", pem, PASSWORD)
    with pytest.raises(AccountError, match="current password"):
        people.factors.keys.begin("root", _pem(STRANGE), "wrong password!")
