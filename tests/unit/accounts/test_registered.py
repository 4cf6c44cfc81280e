"""Certificates to log in with: an administrator's of that name, while the authority vouches for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.accounts.accounts import AccountError
from sentinel.accounts.registered import read
from sentinel.crypto.certificate import Certificate, Holder, Identity
from sentinel.crypto.curve import PrivateKey
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.errors import AuthenticationError
from sentinel.keys.authority import Authority
from tests.certificates import authority, good
from tests.people import PASSWORD, People, signed

KEY = suite().signer.sm2_keygen()
ROOT = Identity(Holder.ADMINISTRATOR, "root")


@pytest.fixture
def people(tmp_path: Path) -> People:
    """Two people."""
    return People(tmp_path)


@pytest.fixture
def issuer(people: People) -> Authority:
    """The authority of their installation."""
    key = suite().signer.sm2_keygen()
    return Authority.begin(people.control, suite(), key, "Plant CA", 3650, "test", people.clock)


def _pem(issuer: Authority, identity: Identity = ROOT, key: PrivateKey = KEY) -> str:
    return issuer.issue(identity, key.public, (), 30).pem.decode()


def _registered(people: People, pem: str) -> None:
    people.factors.keys.prove("root", signed(people.factors.keys.begin("root", pem, PASSWORD), KEY))


def _login(people: People) -> str:
    pending = people.pending("root")
    return people.factors.by_answer(pending, signed(people.factors.asked(pending).challenge, KEY)).account.name


def test_a_certificate_logs_in_until_it_is_revoked(people: People, issuer: Authority) -> None:
    """A right answer does not help after that."""
    _registered(people, _pem(issuer))
    assert _login(people) == "root"
    issuer.revoke("administrator/root", "lost")
    with pytest.raises(AuthenticationError, match="vouch"):
        _login(people)


def test_a_certificate_logs_in_until_it_expires(people: People, issuer: Authority) -> None:
    _registered(people, _pem(issuer))
    people.clock.now += 31 * 86_400
    with pytest.raises(AuthenticationError, match="vouch"):
        _login(people)


def test_certificates_that_are_not_registered(people: People, issuer: Authority) -> None:
    """Another person's, another kind of holder's, another authority's."""
    strange: Certificate = good(authority(), ROOT).certificate
    for pem, says in (
        (_pem(issuer, Identity(Holder.ADMINISTRATOR, "li")), "somebody else"),
        (_pem(issuer, Identity(Holder.COLLECTOR, "root")), "vouch"),
        (strange.pem.decode(), "vouch"),
    ):
        with pytest.raises(AccountError, match=says):
            people.factors.keys.begin("root", pem, PASSWORD)


def test_without_an_authority_public_keys_alone(people: People) -> None:
    with pytest.raises(AccountError, match="vouch"):
        people.factors.keys.begin("root", good(authority(), ROOT).certificate.pem.decode(), PASSWORD)
    _registered(people, dump_public(KEY.public).decode())
    assert _login(people) == "root"


def test_what_stands_for_it(issuer: Authority) -> None:
    """The certificate, or the key; either is kept as it came."""
    pem = _pem(issuer)
    found, bare = read(pem), read(dump_public(KEY.public).decode())
    assert (found.public, found.pem) == (bare.public, pem)
    assert found.octets != bare.octets
    with pytest.raises(AccountError):
        read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
