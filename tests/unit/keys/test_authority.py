"""The authority of an installation: what it issues, renews and revokes, each step on record."""

from __future__ import annotations

import pytest

from sentinel.crypto.certificate import Holder, Identity
from sentinel.crypto.chain import validate
from sentinel.errors import AuditError, CertificateError, ConflictError
from sentinel.keys.authority import Authority, Register
from sentinel.model.audit import Action
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.certificates import COLLECTOR, SERVICE, SUITE

KEY = SUITE.signer.sm2_keygen()
HOLDER = SUITE.signer.sm2_keygen()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def authority(kept: Kept) -> Authority:
    return Authority.begin(ControlDatabase("sqlite://", kept), SUITE, KEY, "Plant CA", 3650, "li")


def test_a_certificate_lives_and_ends(authority: Authority, kept: Kept) -> None:
    """Issued, renewed, both revoked one by one; after that, nobody relies on them."""
    first = authority.issue(COLLECTOR, HOLDER.public, (), 30)
    assert validate(SUITE, [first], authority.register.trust, Holder.COLLECTOR) == COLLECTOR
    second = authority.renew("collector/tap1", 60)
    assert (second.public, second.identity) == (first.public, first.identity)
    assert second.expires > first.expires
    for each in (first, second):
        validate(SUITE, [each], authority.register.trust, Holder.COLLECTOR)
    assert authority.revoke(second.serial, "lost") == [second.serial]
    assert authority.register.sharing(second.serial, 0) == [first.serial]
    authority.revoke(first.serial, "lost, too")
    for each in (first, second):
        with pytest.raises(CertificateError, match="was revoked"):
            validate(SUITE, [each], authority.register.trust, Holder.COLLECTOR)
    states = [(each.serial, each.state, each.reason) for each in authority.register.entries()]
    assert states == [(first.serial, "revoked", "lost, too"), (second.serial, "revoked", "lost")]
    steps = [act.details["step"] for act in kept.acts if act.action is Action.CERTIFICATE_CHANGED]
    assert steps == ["authority", "issued", "renewed", "revoked", "listed", "revoked", "listed"]
    assert {act.actor for act in kept.acts} == {"li"}


def test_who_lost_a_key_has_no_certificate_left(authority: Authority) -> None:
    """By name all end that hold: the one before a renewal, one of a new key, and what others have for the same key."""
    first = authority.issue(COLLECTOR, HOLDER.public, (), 30)
    renewed = authority.renew("collector/tap1", 60)
    rekeyed = authority.issue(COLLECTOR, SUITE.signer.sm2_keygen().public, (), 30)
    shared = authority.issue(Identity(Holder.TERMINAL, "cam"), HOLDER.public, (), 30)
    other = authority.issue(Identity(Holder.TERMINAL, "other"), SUITE.signer.sm2_keygen().public, (), 30)
    gone = {each.serial for each in (first, renewed, rekeyed, shared)}
    assert set(authority.revoke("collector/tap1", "stolen")) == gone
    for each, holder in ((first, Holder.COLLECTOR), (renewed, Holder.COLLECTOR), (shared, Holder.TERMINAL)):
        with pytest.raises(CertificateError, match="was revoked"):
            validate(SUITE, [each], authority.register.trust, holder)
    assert validate(SUITE, [other], authority.register.trust, Holder.TERMINAL).name == "other"


def test_what_expired_is_left_alone(kept: Kept) -> None:
    """The list holds what would hold without it."""
    now = [1.8e9]
    authority = Authority.begin(ControlDatabase("sqlite://", kept), SUITE, KEY, "Plant CA", 90, "li", lambda: now[0])
    authority.issue(COLLECTOR, HOLDER.public, (), 1)
    last = authority.renew("collector/tap1", 30)
    now[0] += 2 * 86_400
    assert authority.revoke("collector/tap1", "stolen") == [last.serial]


def test_what_cannot_be_recorded_is_not_issued(authority: Authority, kept: Kept) -> None:
    """Nothing is left of it."""
    kept.full = True
    with pytest.raises(AuditError):
        authority.issue(COLLECTOR, HOLDER.public, (), 30)
    kept.full = False
    assert authority.register.entries() == []


def test_lists_are_numbered(authority: Authority) -> None:
    """Each has the number after the one before."""
    numbers = []
    for _ in range(3):
        authority.list_anew(10)
        numbers.append(authority.register.trust.lists[0].parsed.extensions[1].value.crl_number)  # type: ignore[index]
    assert numbers == [2, 3, 4]


def test_there_is_one_authority_with_one_key(authority: Authority) -> None:
    """A second one is refused, and so is another key."""
    control = authority._control
    with pytest.raises(ConflictError):
        Authority.begin(control, SUITE, KEY, "Other", 10, "li")
    with pytest.raises(CertificateError, match="is not that of the authority"):
        Authority(control, SUITE, HOLDER, "li")
    with pytest.raises(CertificateError, match="sentinel ca init"):
        _ = Register(ControlDatabase("sqlite://", Kept())).trust


def test_what_makes_no_sense_is_refused(authority: Authority) -> None:
    """A service without a name, one that outlives its authority, who was never there, and twice the same."""
    with pytest.raises(CertificateError, match="host name or address"):
        authority.issue(SERVICE, HOLDER.public, (), 30)
    with pytest.raises(CertificateError, match="longer than that of its authority"):
        authority.issue(COLLECTOR, HOLDER.public, (), 3651)
    with pytest.raises(CertificateError, match="no certificate `collector/x`"):
        authority.renew("collector/x", 1)
    authority.issue(Identity(Holder.TERMINAL, "cam"), HOLDER.public, (), 30)
    authority.revoke("terminal/cam", "gone")
    with pytest.raises(CertificateError, match="revoked before"):
        authority.revoke("terminal/cam", "gone")
    with pytest.raises(CertificateError, match="was revoked, and is not renewed"):
        authority.renew("terminal/cam", 1)
