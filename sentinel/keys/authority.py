"""The authority: an SM2 certificate authority for collectors, services, administrators and terminals of one installation.

What it issued, and what became of it, stands in the control database; its key does not, and is asked for whenever something
is signed. For closed use: it is no licensed service of electronic certification.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from sqlalchemy import select

from sentinel.crypto.certificate import Certificate, Holder, Identity, read_certificate, read_revocations
from sentinel.crypto.chain import Trust
from sentinel.crypto.curve import PrivateKey, PublicKey
from sentinel.crypto.issuing import CLOCKS, Period, Signer, issued, revocations, self_signed
from sentinel.crypto.suite import Suite
from sentinel.errors import CertificateError, ConflictError
from sentinel.model.audit import Act, Action, Detail
from sentinel.store.control import AuthorityEntry, CertificateEntry, ControlDatabase, Transaction

DAY = 86_400
LIST_DAYS = 90  # that a list of revoked certificates holds


class State(StrEnum):
    """What became of a certificate; whether it has expired, its time says."""

    VALID = "valid"
    RENEWED = "renewed"  # another one took its place; it holds until it expires or is revoked
    REVOKED = "revoked"


class Register:
    """What the authority of a control database issued; to read it, its key is not needed."""

    def __init__(self, control: ControlDatabase) -> None:
        self._control = control

    @property
    def certificate(self) -> Certificate:
        """The authority's own."""
        with self._control.begin() as session:
            return read_certificate(_own(session).certificate)

    @property
    def trust(self) -> Trust:
        """Whom this installation relies on, as of now."""
        with self._control.begin() as session:
            entry = _own(session)
        return Trust((read_certificate(entry.certificate),), (read_revocations(entry.revocations),))

    def entries(self) -> Sequence[CertificateEntry]:
        """Every certificate there ever was, the oldest first."""
        with self._control.begin() as session:
            return list(session.scalars(select(CertificateEntry).order_by(CertificateEntry.issued)))

    def found(self, wanted: str) -> CertificateEntry:
        """A certificate by its serial number, or the newest one that holds by whom it is for, `HOLDER/NAME`."""
        matching = [each for each in self.entries() if wanted in {each.serial, f"{each.holder}/{each.name}"}]
        valid = [each for each in matching if each.state == State.VALID]
        if not matching:
            raise CertificateError(f"there is no certificate `{wanted}`; expected a serial number, or HOLDER/NAME")
        return (valid or matching)[-1]

    def concerned(self, wanted: str, now: float) -> Sequence[CertificateEntry]:
        """What holds of `wanted`: the certificate of a serial number; of `HOLDER/NAME` all of theirs, and of their keys."""
        newest, entries = self.found(wanted), self.entries()
        if wanted == newest.serial:
            return [newest] if _holds(newest, now) else []
        theirs = [each for each in entries if wanted == f"{each.holder}/{each.name}"]
        keys = {_public(each) for each in theirs}
        return [each for each in entries if _holds(each, now) and _public(each) in keys]

    def sharing(self, serial: str, now: float) -> Sequence[str]:
        """The serial numbers of the other certificates of the same key that hold."""
        key = _public(self.found(serial))
        return [
            each.serial for each in self.entries()
            if each.serial != serial and _holds(each, now) and _public(each) == key
        ]  # fmt: skip


class Authority:
    """The authority with its key; each step is recorded before it takes effect."""

    def __init__(
        self, control: ControlDatabase, suite: Suite, key: PrivateKey, actor: str,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """Raises `CertificateError` where there is no authority, or it has another key."""
        self._control, self._actor, self._clock = control, actor, clock
        self.register = Register(control)
        certificate = self.register.certificate
        if certificate.public != key.public:
            raise CertificateError(f"the key is not that of the authority `{certificate.subject}`")
        self._signer = Signer(suite, key, certificate)

    @classmethod
    def begin(
        cls, control: ControlDatabase, suite: Suite, key: PrivateKey, name: str, days: int, actor: str,
        clock: Callable[[], float] = time.time,
    ) -> Authority:  # fmt: skip
        """Make the authority of a control database that has none."""
        now = clock()
        certificate = self_signed(suite, key, name, Period(now - CLOCKS, now + days * DAY))
        empty = revocations(Signer(suite, key, certificate), (), 1, Period(now - CLOCKS, now + LIST_DAYS * DAY))
        with control.begin() as session:
            if session.scalars(select(AuthorityEntry)).first() is not None:
                raise ConflictError(
                    "there already is an authority; what it issued would be worth nothing under another"
                )
            session.add(
                AuthorityEntry(
                    name=name, certificate=certificate.octets, revocations=empty.octets, number=1, created=now
                )
            )
            session.tell(_act(actor, name, "authority", serial=certificate.serial))
        return cls(control, suite, key, actor, clock)

    def issue(self, identity: Identity, public: PublicKey, names: Sequence[str], days: int) -> Certificate:
        """A certificate; a service's has at least one name that collectors call it by."""
        if identity.holder is Holder.SERVICE and not names:
            raise CertificateError("the certificate of a service needs the host name or address that it is called by")
        with self._control.begin() as session:
            return self._issued(session, identity, public, names, days, "issued")

    def renew(self, wanted: str, days: int) -> Certificate:
        """Another certificate for the same key, holder and names; the one before holds as long as it did."""
        before = self.register.found(wanted)
        certificate = read_certificate(before.certificate)
        if before.state == State.REVOKED:
            raise CertificateError(f"`{wanted}` was revoked, and is not renewed")
        identity = Identity(Holder(before.holder), before.name)
        with self._control.begin() as session:
            entry = session.get_one(CertificateEntry, before.serial, with_for_update=True)
            entry.state = State.RENEWED
            return self._issued(session, identity, certificate.public, certificate.hosts, days, "renewed")

    def _issued(
        self, session: Transaction, identity: Identity, public: PublicKey, names: Sequence[str], days: int, step: str
    ) -> Certificate:
        now, last = self._clock(), self._signer.certificate.expires.timestamp()
        if now + days * DAY > last:
            raise CertificateError("a certificate does not hold longer than that of its authority; take fewer days")
        certificate = issued(self._signer, identity, public, names, Period(now - CLOCKS, now + days * DAY))
        session.tell(_act(self._actor, identity.uri, step, serial=certificate.serial, days=days))
        session.add(
            CertificateEntry(
                serial=certificate.serial, authority_id=_own(session).id, holder=identity.holder, name=identity.name,
                state=State.VALID, certificate=certificate.octets, issued=now,
                expires=certificate.expires.timestamp(),
            )
        )  # fmt: skip
        return certificate

    def revoke(self, wanted: str, reason: str) -> Sequence[str]:
        """Let `wanted` hold no more, from now on and everywhere that the list comes to; the serial numbers of what ended.

        By `HOLDER/NAME` every certificate ends that its key would still prove: whoever has the key has them all.
        """
        now = self._clock()
        serials = [each.serial for each in self.register.concerned(wanted, now)]
        if not serials:
            raise CertificateError(f"`{wanted}` was revoked before, or has expired")
        with self._control.begin() as session:
            for serial in serials:
                self._revoked(session, session.get_one(CertificateEntry, serial, with_for_update=True), reason, now)
            session.flush()
            self._listed(session, LIST_DAYS)
        return serials

    def _revoked(self, session: Transaction, entry: CertificateEntry, reason: str, now: float) -> None:
        entry.state, entry.revoked, entry.reason = State.REVOKED, now, reason
        identity = Identity(Holder(entry.holder), entry.name)
        session.tell(_act(self._actor, identity.uri, "revoked", serial=entry.serial, reason=reason))

    def list_anew(self, days: int = LIST_DAYS) -> None:
        """Sign the list of revoked certificates again, before it is out of date."""
        with self._control.begin() as session:
            self._listed(session, days)

    def _listed(self, session: Transaction, days: int) -> None:
        own, now = _own(session), self._clock()
        revoked = session.scalars(select(CertificateEntry).where(CertificateEntry.state == State.REVOKED))
        entries = [(each.serial, each.revoked or now) for each in revoked]
        made = revocations(self._signer, entries, own.number + 1, Period(now - CLOCKS, now + days * DAY))
        own.number, own.revocations = own.number + 1, made.octets
        session.tell(_act(self._actor, own.name, "listed", number=own.number, revoked=len(entries)))


def _holds(entry: CertificateEntry, now: float) -> bool:
    return entry.state != State.REVOKED and entry.expires > now


def _public(entry: CertificateEntry) -> PublicKey:
    return read_certificate(entry.certificate).public


def _own(session: Transaction) -> AuthorityEntry:
    entry = session.scalars(select(AuthorityEntry)).first()
    if entry is None:
        raise CertificateError("there is no authority here; `sentinel ca init` makes one")
    return entry


def _act(actor: str, target: str, step: str, **details: Detail) -> Act:
    return Act(Action.CERTIFICATE_CHANGED, actor, target, details={"step": step, **details})
