"""The register of keys: generate, activate, rotate, retire, destroy; each step is recorded before it takes effect.

A key serves one purpose; of each purpose one version is active, and seals. Retired ones still open. A key that is
destroyed is gone: what was sealed with it is nobody's any more.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from sentinel.crypto.base import enc
from sentinel.crypto.suite import Suite
from sentinel.errors import KeyMaterialError, SealError
from sentinel.keys.roots import Root, open_root
from sentinel.model.audit import Act, Action, Detail
from sentinel.store.control import ControlDatabase, KeyEntry, KeyRoot, Transaction

_PROOF = b"sentinel root"


class Purpose(StrEnum):
    """What a key is for, and how many octets it has: one of SM4 seals, one of HMAC-SM3 names, one of SM2 signs."""

    IDENTIFIERS = "identifiers"
    FRAMES = "frames"
    STATE = "state"
    SUPI = "pseudonym.supi"
    PEI = "pseudonym.pei"
    GPSI = "pseudonym.gpsi"
    SUCI = "pseudonym.suci"
    SECOND_FACTOR = "second_factor"
    POINT = "enforcement_point"
    EVIDENCE = "evidence"  # packets that are kept, here or fetched from collectors
    INBOX = "inbox"
    AUDIT = "audit"  # signs the audit log; the register knows whose it is, and its keeper alone has it
    POLICY = "policy"

    @property
    def size(self) -> int:
        """Octets of a key."""
        return 32 if self in {*NAMING, Purpose.POLICY} else 16


HELD = tuple(purpose for purpose in Purpose if purpose is not Purpose.AUDIT)
"""What the register has the keys for."""

NAMING = (Purpose.SUPI, Purpose.PEI, Purpose.GPSI, Purpose.SUCI)
"""What gives pseudonyms."""


class State(StrEnum):
    """The life of a key, in its order."""

    GENERATED = "generated"
    ACTIVE = "active"
    RETIRED = "retired"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key that is open; it does not show."""

    purpose: Purpose
    version: int
    secret: bytes
    active: bool

    def __repr__(self) -> str:
        return f"Key({self.purpose}, version {self.version})"


class Register:
    """The keys of a control database, under one root."""

    def __init__(
        self, control: ControlDatabase, suite: Suite, spec: str, actor: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.control, self._suite, self._clock = control, suite, clock
        self._root_id, self._root = self._taken(spec, actor)

    def _taken(self, spec: str, actor: str) -> tuple[int, Root]:
        """The root of the register, which is this one; the first root ever is taken."""
        with self.control.begin() as session:
            kept = session.scalars(select(KeyRoot).order_by(KeyRoot.id.desc())).first()
        if kept is None:
            root = open_root(self._suite, spec)
            with self.control.begin() as session:
                return self._adopted(session, root, actor), root
        root = open_root(self._suite, spec, kept.salt, kept.rounds)
        try:
            root.unwrap(kept.proof, enc("root", kept.kind))
        except SealError as error:
            raise KeyMaterialError(f"`{spec}` is not the root that the keys of this register lie under") from error
        return kept.id, root

    def _adopted(self, session: Transaction, root: Root, actor: str) -> int:
        proof = root.wrap(_PROOF, enc("root", root.kind))
        session.tell(Act(Action.KEY_CHANGED, actor, "root", details={"step": "adopted", "kind": root.kind}))
        kept = KeyRoot(kind=root.kind, salt=root.salt, rounds=root.rounds, proof=proof, created=self._clock())
        session.add(kept)
        session.flush()
        return kept.id

    @staticmethod
    def begun(control: ControlDatabase) -> bool:
        """Whether there was ever a root; its keys are lost with it, so no other is made in its place."""
        with control.begin() as session:
            return session.scalars(select(KeyRoot)).first() is not None

    def entries(self) -> Sequence[KeyEntry]:
        """All keys there ever were, by purpose and version."""
        with self.control.begin() as session:
            return list(session.scalars(select(KeyEntry).order_by(KeyEntry.purpose, KeyEntry.version)))

    def opened(self) -> list[Key]:
        """The keys that are active or retired, open."""
        return [
            Key(Purpose(entry.purpose), entry.version, self._open(entry), entry.state == State.ACTIVE)
            for entry in self.entries()
            if entry.state in {State.ACTIVE, State.RETIRED} and entry.sealed is not None
        ]

    def provide(self, actor: str, owner: str, purposes: Iterable[Purpose] = tuple(Purpose)) -> None:
        """See that each of these purposes has an active key."""
        active = {entry.purpose for entry in self.entries() if entry.state == State.ACTIVE}
        for purpose in purposes:
            if purpose not in active:
                self.rotate(purpose, actor, owner)

    def generate(self, purpose: Purpose, actor: str, owner: str) -> str:
        """A fresh key that waits to be activated; its id."""
        with self.control.begin() as session:
            latest = session.scalar(select(func.max(KeyEntry.version)).where(KeyEntry.purpose == purpose)) or 0
            entry = KeyEntry(
                id=f"{purpose}.{latest + 1}", purpose=purpose, version=latest + 1, state=State.GENERATED, owner=owner,
                root_id=self._root_id, created=self._clock(),
            )  # fmt: skip
            if purpose is not Purpose.AUDIT:
                entry.sealed = self._root.wrap(self._fresh(purpose), _bound(entry))
            tell(session, actor, entry, "generated")
            session.add(entry)
        return entry.id

    def _fresh(self, purpose: Purpose) -> bytes:
        if purpose is Purpose.POLICY:
            return self._suite.active.sm2_keygen().secret
        return secrets.token_bytes(purpose.size)

    def activate(self, key_id: str, actor: str) -> None:
        """Let a generated key take the place of the active one, which retires."""
        with self.control.begin() as session:
            entry = _entry(session, key_id, State.GENERATED)
            before = session.scalars(
                select(KeyEntry).where(KeyEntry.purpose == entry.purpose, KeyEntry.state == State.ACTIVE)
            ).all()
            tell(session, actor, entry, "activated")
            for old in before:
                tell(session, actor, old, "retired")
                old.state, old.retired = State.RETIRED, self._clock()
            entry.state, entry.activated = State.ACTIVE, self._clock()

    def rotate(self, purpose: Purpose, actor: str, owner: str) -> str:
        """A fresh key is active, and the one before retires; the id of the new one."""
        key_id = self.generate(purpose, actor, owner)
        self.activate(key_id, actor)
        return key_id

    def retire(self, key_id: str, actor: str) -> None:
        """It seals no more; without another one its purpose is not served."""
        with self.control.begin() as session:
            entry = _entry(session, key_id, State.ACTIVE)
            if entry.purpose == Purpose.AUDIT:
                raise KeyMaterialError("the log has to be signed; expected another key in its place (rotate)")
            tell(session, actor, entry, "retired")
            entry.state, entry.retired = State.RETIRED, self._clock()

    def destroy(self, key_id: str, actor: str) -> None:
        """Erase it: what was sealed with it, or named by it, stays so for ever."""
        with self.control.begin() as session:
            entry = _entry(session, key_id, State.GENERATED, State.RETIRED)
            tell(session, actor, entry, "destroyed")
            entry.state, entry.destroyed, entry.sealed = State.DESTROYED, self._clock(), None

    def rewrap(self, spec: str, actor: str) -> None:
        """Put all keys under another root, at once: under neither would they open if it ended in between. No data is sealed anew."""
        root = open_root(self._suite, spec)
        with self.control.begin() as session:
            root_id = self._adopted(session, root, actor)
            for entry in session.scalars(select(KeyEntry).where(KeyEntry.sealed.is_not(None)).with_for_update()):
                tell(session, actor, entry, "rewrapped", root=root.kind)
                entry.sealed, entry.root_id = root.wrap(self._open(entry), _bound(entry)), root_id
        self._root_id, self._root = root_id, root

    def used(self, key: Key, times: int) -> int:
        """Count what a key sealed; how often it did by now."""
        with self.control.begin() as session:
            mine = (KeyEntry.purpose == key.purpose, KeyEntry.version == key.version)
            entry = session.scalars(select(KeyEntry).where(*mine)).one()
            entry.used += times
            return entry.used

    def _open(self, entry: KeyEntry) -> bytes:
        try:
            return self._root.unwrap(entry.sealed or b"", _bound(entry))
        except SealError as error:
            raise KeyMaterialError(f"the key `{entry.id}` does not open under its root") from error


def tell(session: Transaction, actor: str, entry: KeyEntry, step: str, **more: Detail) -> None:
    """Put a step of a key's life on record, before it takes effect."""
    details: dict[str, Detail] = {"step": step, "purpose": entry.purpose, "version": entry.version}
    session.tell(Act(Action.KEY_CHANGED, actor, entry.id, details=details | more))


def _bound(entry: KeyEntry) -> bytes:
    return enc("dek", entry.purpose, entry.id, entry.version)


def _entry(session: Transaction, key_id: str, *states: State) -> KeyEntry:
    entry = session.get(KeyEntry, key_id, with_for_update=True)
    if entry is None:
        raise KeyMaterialError(f"there is no key `{key_id}`")
    if entry.state not in states:
        raise KeyMaterialError(f"the key `{key_id}` is {entry.state}; expected {' or '.join(states)}")
    return entry
