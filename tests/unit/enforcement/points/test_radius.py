"""Disconnect and CoA against an SMF simulator that `radclient` has proven first."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess

import pytest

from sentinel.enforcement.points.radius import Radius
from sentinel.errors import ConfigError
from sentinel.model.enforcement import Binding, Command, State, Verb
from tests.smf import SECRET, Smf, imsi

SUPI = "999700000000001"
BOUND = Binding(SUPI, session=5, address="10.45.1.11", dnn="ot", accounting="a-17")
CUT = Command(Verb.CUT, "d1", BOUND, 60)
AGAIN = dataclasses.replace(CUT, verb=Verb.REAUTHORISE)
BY_ACCOUNTING = frozenset({(44, b"a-17")})
BY_ADDRESS = frozenset({(30, b"ot"), (8, bytes((10, 45, 1, 11)))})
QUICK = (0.05, 0.05, 0.1)


def _point(smf: Smf, secret: bytes = SECRET, keys: str = "imsi") -> Radius:
    return Radius("smf1", smf.address, secret, keys, waits=QUICK)


@pytest.mark.skipif(
    shutil.which("radclient") is None, reason="needs radclient; on Debian: apt install freeradius-utils"
)
@pytest.mark.parametrize(
    ("verb", "secret", "said"),
    [("disconnect", "s3cret-of-smf", "Received Disconnect-ACK"), ("coa", "s3cret-of-smf", "Received CoA-ACK"),
     ("disconnect", "wrong", "No reply")],
)  # fmt: skip
def test_radclient_finds_the_simulator_to_be_an_smf(verb: str, secret: str, said: str) -> None:
    with Smf({imsi(SUPI, 5)}) as smf:
        found = subprocess.run(
            ["radclient", "-x", "-r", "1", "-t", "1", f"127.0.0.1:{smf.address[1]}", verb, secret],
            input=f'3GPP-IMSI = "{SUPI}"\n3GPP-NSAPI = "5"\nMessage-Authenticator = 0x00\n', capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert said in found.stdout + found.stderr
        assert (imsi(SUPI, 5) in smf.sessions) is (said != "Received Disconnect-ACK")


@pytest.mark.parametrize(
    ("keys", "session"), [("imsi", imsi(SUPI, 5)), ("accounting", BY_ACCOUNTING), ("address", BY_ADDRESS)]
)
def test_a_session_is_named_by_exactly_one_set_of_keys(keys: str, session: frozenset[tuple[object, bytes]]) -> None:
    with Smf({session, imsi("1", 1)}) as smf:
        assert [each.state for each in _point(smf, keys=keys).apply([CUT])] == [State.ACKED]
        assert smf.sessions == {imsi("1", 1)}


def test_asking_again_ends_no_session() -> None:
    with Smf({imsi(SUPI, 5)}) as smf:
        (outcome,) = _point(smf).apply([AGAIN])
        assert (outcome.state, outcome.detail) == (State.ACKED, "request initiated (507)")
        assert smf.sessions == {imsi(SUPI, 5)}


def test_the_same_command_twice_is_sent_once_until_it_is_taken_back() -> None:
    with Smf({imsi(SUPI, 5)}) as smf:
        point = _point(smf)
        assert [each.state for each in (*point.apply([CUT]), *point.apply([CUT]))] == [State.ACKED] * 2
        assert len(smf.requests) == 1
        assert point.undo([CUT])[0].state is State.ACKED
        smf.sessions.add(imsi(SUPI, 5))  # it asked for a session again
        assert point.apply([CUT])[0].state is State.ACKED
        assert len(smf.requests) == 2


def test_a_refusal_is_a_failure_that_says_why() -> None:
    with Smf() as smf:
        (outcome,) = _point(smf).apply([CUT])
    assert (outcome.state, outcome.detail) == (State.FAILED, "session context not found (503)")


def test_a_request_that_is_lost_is_sent_again_as_it_was() -> None:
    with Smf({imsi(SUPI, 5)}, lose=2) as smf:
        assert _point(smf).apply([CUT])[0].state is State.ACKED
        assert len(smf.requests) == 3
        assert len(set(smf.requests)) == 1


@pytest.mark.parametrize(
    "spoil",
    [lambda octets: octets[:-1] + bytes([octets[-1] ^ 1]), lambda octets: octets[:4] + bytes(16) + octets[20:],
     lambda octets: octets[:10], lambda octets: b"\x29", lambda octets: bytes([2]) + octets[1:], lambda octets: b"\xff" * 40],
)  # fmt: skip
def test_an_answer_that_is_not_the_smfs_is_none(spoil: object) -> None:
    with Smf({imsi(SUPI, 5)}, spoil=spoil) as smf:  # type: ignore[arg-type]
        (outcome,) = _point(smf).apply([CUT])
    assert (outcome.state, outcome.detail) == (State.FAILED, "127.0.0.1: no answer to 3 requests")


def test_an_answer_without_message_authenticator_is_none_and_is_said_to_be() -> None:
    with Smf({imsi(SUPI, 5)}, proves=False) as smf:
        (outcome,) = _point(smf).apply([CUT])
    assert outcome.state is State.FAILED
    assert outcome.detail.startswith("127.0.0.1: answers have no Message-Authenticator")


def test_a_wrong_secret_and_nobody_there_are_failures() -> None:
    with Smf({imsi(SUPI, 5)}) as smf:
        assert _point(smf, b"wrong").apply([CUT])[0].state is State.FAILED
    assert Radius("gone", smf.address, SECRET, waits=QUICK).apply([CUT])[0].state is State.FAILED


@pytest.mark.parametrize("keys", ["imsi", "accounting", "address"])
def test_what_names_no_session_is_not_sent(keys: str) -> None:
    with Smf() as smf:
        unnamed = dataclasses.replace(CUT, binding=Binding(SUPI))
        (outcome,) = _point(smf, keys=keys).apply([unnamed])
        assert (outcome.state, smf.requests) == (State.FAILED, [])


def test_a_thousand_at_once_have_an_outcome_each() -> None:
    commands = [dataclasses.replace(CUT, binding=Binding(str(number), session=1)) for number in range(1000)]
    with Smf({imsi(str(number), 1) for number in range(1000) if number != 500}) as smf:
        outcomes = Radius("smf1", smf.address, SECRET).apply(commands)
    assert [each.command for each in outcomes if each.state is not State.ACKED] == [commands[500].id]


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="set of keys"):
        Radius("x", ("127.0.0.1", 1), SECRET, "both")
    with pytest.raises(ConfigError, match="secret"):
        Radius("x", ("127.0.0.1", 1), b"")
