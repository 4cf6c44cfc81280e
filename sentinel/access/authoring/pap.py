"""The policy administration point: versions of the policy, who approved them, and which one is in force.

A version is written once and never changes. It takes effect when people other than its author have approved it; what was
in force before is never taken up again but as a new version with the same content, which is approved anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sentinel.access.authoring.approving import objection
from sentinel.access.authoring.cases import covered, run
from sentinel.access.authoring.files import load
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.errors import AccessError, AuthorizationError, ConflictError, CryptoError
from sentinel.keys.snapshots import Snapshots
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, PolicyApproval, PolicySignature, PolicyVersion

APPROVALS = 2
COVERAGE = 90  # percent of rules and clauses
LIFE = 7 * 24 * 3600.0  # seconds for which an approval counts, if the version is not published until then
_LONGEST = 400
_NO_VERSION = 2**31  # no number of a version is as large


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the policy. Times are seconds since the epoch, 0 where it did not happen."""

    version: int
    digest: str
    author: str
    reason: str
    ticket: str
    copy_of: int
    created: float
    approvals: tuple[str, ...]  # those that are not too old
    published: float
    publisher: str
    zone: str = ""


class Pap:
    """All versions, over a control database."""

    def __init__(
        self, control: ControlDatabase, clock: Callable[[], float] = time.time, *, approvals: int = APPROVALS,
        coverage: int = COVERAGE, snapshots: Snapshots | None = None, signed_only: bool = False,
    ) -> None:  # fmt: skip
        """With `snapshots`, what is published is signed, and nothing comes into force that is not.

        With `signed_only`, what is drafted comes out of a signed bundle, or was in force before.
        """
        self._signed_only = signed_only
        self._snapshots = snapshots
        self._control = control
        self._clock = clock
        self._needed = approvals
        self._coverage = coverage

    def draft(
        self, files: Mapping[str, str], zone: str, *, by: str, reason: str, ticket: str = "", signed: bool = False
    ) -> Version:  # fmt: skip
        """Keep a new version; raises `PolicyError` for files with a mistake. `signed`: they are as a bundle has them."""
        if self._signed_only and not signed:
            raise AccessError(
                "policies are taken from signed bundles alone: sentinel policy draft FOLDER --bundle-keys …"
            )
        return self._keep(files, zone, by, reason, ticket, 0)

    def rollback(self, to: int, *, by: str, reason: str, ticket: str = "") -> Version:
        """Keep a new version with the content of one that was in force."""
        with self._control.begin() as session:
            row = _get(session, to)
            if not row.published:
                raise AccessError(f"version {to} was never in force; expected one that was published")
            files, zone = orjson.loads(row.files), row.zone
        return self._keep(files, zone, by, reason, ticket, to)

    def _keep(self, files: Mapping[str, str], zone: str, by: str, reason: str, ticket: str, copy_of: int) -> Version:
        if not reason.strip() or len(reason) > _LONGEST or len(ticket) > 64:
            raise AccessError("a version needs its reason, of at most 400 characters, and a ticket has at most 64")
        if not all(map(_sayable, (*files, *files.values(), reason, ticket))):
            raise AccessError("files, reason and ticket are text; expected nothing that UTF-8 has no octets for")
        policy = load(files, zone)
        self._check(policy, files)
        digest = Snapshot.of(policy).digest
        with self._control.begin() as session:
            number = (session.scalar(select(func.max(PolicyVersion.version))) or 0) + 1
            row = PolicyVersion(
                version=number, files=orjson.dumps(dict(files), option=orjson.OPT_SORT_KEYS).decode(), digest=digest,
                zone=zone, author=by, reason=reason.strip(), ticket=ticket, copy_of=copy_of, created=self._clock(),
                published=0.0, publisher="",
            )  # fmt: skip
            session.add(row)
            session.tell(Act(Action.POLICY_DRAFTED, by, str(number), details={"digest": digest, "reason": reason.strip(),
                             "ticket": ticket, "copy_of": copy_of}))  # fmt: skip
            return _version(session, row, self._clock())

    def _check(self, policy: Policy, files: Mapping[str, str]) -> None:
        """Raises `AccessError` if a case fails, or if the cases leave too much of the policy untried."""
        outcomes = run(policy, files)
        for outcome in outcomes:
            if outcome.problem:
                raise AccessError(f"{outcome.path}:{outcome.line}: {outcome.name}: {outcome.problem}")
        found = covered(policy, outcomes)
        if found.percent < self._coverage:
            raise AccessError(
                f"the cases cover {found.percent} % of rules and clauses, expected {self._coverage} %; "
                f"not covered: {', '.join(found.missing[:5])}"
            )

    def approve(self, version: int, *, by: str) -> Version:
        """Approve a version of somebody else's, once."""
        with self._control.begin() as session:
            row = _get(session, version)
            if row.author == by:
                raise AuthorizationError("nobody approves a version of their own; expected another person")
            if row.published:
                raise ConflictError(f"version {version} is published already")
            if by in _approvals(session, row, self._clock()):
                raise ConflictError(f"`{by}` has approved version {version} already")
            session.merge(PolicyApproval(version=version, approver=by, created=self._clock()))
            session.tell(Act(Action.POLICY_APPROVED, by, str(version), details={"digest": row.digest}))
            session.flush()
            return _version(session, row, self._clock())

    def publish(self, version: int, *, by: str) -> Version:
        """Put a version that is approved into force: decision points take it up by themselves."""
        signature = self._signature(version)  # before: the key may have to be made
        with self._control.begin() as session:
            row = _get(session, version)
            approvals = self._counted(session, row)
            newest = session.scalar(select(func.max(PolicyVersion.version)).where(PolicyVersion.published > 0)) or 0
            if version <= newest:
                raise ConflictError(f"version {newest} came into force since; draft this one anew")
            row.published, row.publisher = self._clock(), by
            if signature is not None:
                session.add(signature)
            session.tell(Act(Action.POLICY_PUBLISHED, by, str(version), details={"digest": row.digest,
                             "approvals": ", ".join(approvals)}))  # fmt: skip
            return _version(session, row, self._clock())

    def _signature(self, version: int) -> PolicySignature | None:
        if self._snapshots is None:
            return None
        with self._control.begin() as session:
            digest = _get(session, version).digest
        key, signature = self._snapshots.sign(version, digest)
        return PolicySignature(version=version, key=key, signature=signature)

    def _counted(self, session: Session, row: PolicyVersion) -> Sequence[str]:
        """Whose approvals count now; raises `AuthorizationError` if those are too few."""
        said = {name: objection(session, row.created, name) for name in _approvals(session, row, self._clock())}
        counted = [name for name, why in said.items() if not why]
        if len(counted) < self._needed:
            why = "".join(f"; {each}" for each in said.values() if each)
            raise AuthorizationError(
                f"version {row.version} has {len(counted)} approvals that count; expected {self._needed}{why}"
            )
        return counted

    def objections(self, version: int) -> Mapping[str, str]:
        """By who approved a version, why that does not count now; empty where it does."""
        with self._control.begin() as session:
            row = _get(session, version)
            return {name: objection(session, row.created, name) for name in _approvals(session, row, self._clock())}

    @property
    def coverage(self) -> int:
        """Percent of rules and clauses that cases have to cover."""
        return self._coverage

    @property
    def needed(self) -> int:
        """How many approvals a version needs."""
        return self._needed

    def in_force(self, known: int = 0) -> Snapshot | None:
        """What is in force; none if it is still version `known`, or if nothing is. Raises `AccessError` if it was altered."""
        newest = (
            select(PolicyVersion).where(PolicyVersion.published > 0).order_by(PolicyVersion.version.desc()).limit(1)
        )
        with self._control.begin() as session:
            row = session.scalar(newest)
        if row is None or row.version == known:
            return None
        snapshot = Snapshot.of(load(orjson.loads(row.files), row.zone), row.version)
        if snapshot.digest != row.digest:
            raise AccessError(f"version {row.version} is not what was approved: expected the digest {row.digest}")
        self._verify(snapshot)
        return snapshot

    def _verify(self, snapshot: Snapshot) -> None:
        """Raises `AccessError` for a snapshot that was not signed here."""
        if self._snapshots is None:
            return
        with self._control.begin() as session:
            signed = session.get(PolicySignature, snapshot.version)
        if signed is None:
            raise AccessError(f"version {snapshot.version} is not signed; draft its content anew, and publish that")
        try:
            self._snapshots.verify(snapshot.version, snapshot.digest, signed.key, signed.signature)
        except CryptoError as error:
            raise AccessError(f"version {snapshot.version} is not what was signed: {error}") from error

    def policy(self, version: int) -> Policy:
        """The policy of a version."""
        with self._control.begin() as session:
            row = _get(session, version)
            return load(orjson.loads(row.files), row.zone, Path(f"version-{version}"))

    def files(self, version: int) -> Mapping[str, str]:
        """The files of a version, by their paths."""
        with self._control.begin() as session:
            found: dict[str, str] = orjson.loads(_get(session, version).files)
            return found

    def version(self, number: int) -> Version:
        """One version; raises `AccessError` if there is none of this number."""
        with self._control.begin() as session:
            return _version(session, _get(session, number), self._clock())

    def versions(self) -> Sequence[Version]:
        """All versions, the newest first."""
        with self._control.begin() as session:
            rows = session.scalars(select(PolicyVersion).order_by(PolicyVersion.version.desc()))
            return [_version(session, row, self._clock()) for row in rows]


def _sayable(text: str) -> bool:
    """Whether it has no half of a surrogate pair, which JSON can hold and nothing can store."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _get(session: Session, version: int) -> PolicyVersion:
    row = session.get(PolicyVersion, version) if 0 < version < _NO_VERSION else None
    if row is None:
        raise AccessError(f"there is no version {version}")
    return row


def _approvals(session: Session, row: PolicyVersion, now: float) -> tuple[str, ...]:
    """Who approved it, not too long before it was published, or before now."""
    since = (row.published or now) - LIFE
    mine = select(PolicyApproval).where(PolicyApproval.version == row.version, PolicyApproval.created > since)
    return tuple(each.approver for each in session.scalars(mine.order_by(PolicyApproval.created)))


def _version(session: Session, row: PolicyVersion, now: float) -> Version:
    return Version(
        row.version, row.digest, row.author, row.reason, row.ticket, row.copy_of, row.created,
        _approvals(session, row, now), row.published, row.publisher, row.zone,
    )  # fmt: skip
