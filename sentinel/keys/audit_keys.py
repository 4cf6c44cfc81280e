"""The keys that sign the audit log, as the register has them: public key, state and owner of each, the first one first.

Who signs is decided by the keeper of the log, which alone has the keys: the register follows, each step on record, also after
a kill in between. Public keys that are lost beside the log come back from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import func, select

from sentinel.errors import KeyMaterialError
from sentinel.keys.register import Purpose, State, tell
from sentinel.store.control import AuditKey, ControlDatabase, KeyEntry, KeyRoot, Transaction


class AuditKeys:
    """The part of the register that is about the audit log; it needs no root to be open."""

    def __init__(self, control: ControlDatabase, clock: Callable[[], float] = time.time) -> None:
        self._control, self._clock = control, clock

    def lines(self) -> list[str]:
        """All public keys that the log had, the first one first; also of those that were destroyed."""
        with self._control.begin() as session:
            return [line for _, line in _known(session)]

    def generate(self, actor: str, owner: str) -> str:
        """Another one is to come; its id."""
        with self._control.begin() as session:
            return self._added(session, actor, owner).id

    def follow(self, lines: Sequence[str], actor: str) -> None:
        """See that the register has these keys, that the last one is active, and that the others are not."""
        with self._control.begin() as session:
            known = dict(_known(session))
            missing = lines[len(known) :]
            if [*known.values(), *missing] != [*lines]:
                raise KeyMaterialError(
                    "the register knows other keys of the audit log than its keeper; restore the control database and the keys of one backup"
                )
            for entry, line in zip(self._places(session, known, len(missing), actor), missing, strict=True):
                tell(session, actor, entry, "announced")
                session.add(AuditKey(id=entry.id, line=line))
                known[entry.id] = line
            self._settle(session, list(known), actor)

    def _places(self, session: Transaction, known: Iterable[str], count: int, actor: str) -> list[KeyEntry]:
        """The entries of the register that wait for their key, as many as are needed; the last ones, for a rotation may have been given up."""
        waiting = [
            each
            for each in _entries(session)
            if each.id not in known and (each.activated or each.state == State.GENERATED)
        ]
        used = [each for each in waiting if each.state != State.GENERATED or count >= len(waiting)] or waiting
        found = used[-count:] if count else []
        return found + [self._added(session, actor, actor) for _ in range(count - len(found))]

    def _settle(self, session: Transaction, known: Sequence[str], actor: str) -> None:
        """The state of each, by who signs: the last one that is known."""
        now = self._clock()
        for entry in _entries(session):
            if entry.id == known[-1]:
                if entry.state != State.ACTIVE:
                    tell(session, actor, entry, "activated")
                    entry.state, entry.activated, entry.retired = State.ACTIVE, now, None
            elif entry.state == State.ACTIVE or (entry.id in known and entry.state == State.GENERATED):
                tell(session, actor, entry, "retired")
                entry.state, entry.retired = State.RETIRED, now
            elif entry.state == State.GENERATED:  # of a rotation that ended before the log was handed over
                tell(session, actor, entry, "destroyed")
                entry.state, entry.destroyed = State.DESTROYED, now

    def _added(self, session: Transaction, actor: str, owner: str) -> KeyEntry:
        root = session.scalar(select(func.max(KeyRoot.id)))
        if root is None:
            raise KeyMaterialError("there is no register of keys yet; `sentinel run` makes it")
        version = 1 + (session.scalar(select(func.max(KeyEntry.version)).where(KeyEntry.purpose == Purpose.AUDIT)) or 0)
        entry = KeyEntry(
            id=f"{Purpose.AUDIT}.{version}", purpose=Purpose.AUDIT, version=version, state=State.GENERATED, owner=owner,
            root_id=root, created=self._clock(),
        )  # fmt: skip
        tell(session, actor, entry, "generated")
        session.add(entry)
        session.flush()
        return entry


def _known(session: Transaction) -> list[tuple[str, str]]:
    keys = select(AuditKey.id, AuditKey.line).join(KeyEntry, KeyEntry.id == AuditKey.id).order_by(KeyEntry.version)
    return [(row.id, row.line) for row in session.execute(keys)]


def _entries(session: Transaction) -> Sequence[KeyEntry]:
    return session.scalars(select(KeyEntry).where(KeyEntry.purpose == Purpose.AUDIT).order_by(KeyEntry.version)).all()
