"""The control database: users, sessions, the set-up token, log-in attempts, keys. Relational, by SQLAlchemy URL.

A transaction that changes anything says whose act that is (`Transaction.tell`), or it is refused: the acts are recorded in
the audit log as the last thing before the commit, so that nothing is done unrecorded. What is no act of anybody, such as the
counting of attempts, is named by its table (`unrecorded`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from sentinel.errors import AuditError, StoreError
from sentinel.model.audit import Act, Auditor, Outcome

_TURN = 0x53454E54  # a number of ours among the advisory locks of a database
_OPEN_SECONDS = 10.0  # to wait for others who open the same new file


class Base(DeclarativeBase):
    """Root of the control tables. Times are seconds since the epoch."""

    unrecorded: ClassVar[frozenset[str]] = frozenset()
    """Columns that change without being anybody's act; `*` is all of the table."""


class User(Base):
    """A person who may log in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(256))
    role: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8), default="")
    theme: Mapped[str] = mapped_column(String(8), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[float]


class UserChange(Base):
    """That somebody made an account, or changed its password, its role or whether it is active; rows are only added."""

    __tablename__ = "user_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), index=True)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[float]


class UserSession(Base):
    """A log-in; the token itself is never stored."""

    __tablename__ = "sessions"
    unrecorded = frozenset({"seen"})

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created: Mapped[float]
    seen: Mapped[float]
    revoked: Mapped[bool] = mapped_column(default=False)


class SecondFactor(Base):
    """The secret behind a person's one-time codes, sealed; it asks for codes once it was confirmed by one."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    sealed: Mapped[bytes]
    step: Mapped[int] = mapped_column(BigInteger, default=0)  # of the last code that was taken
    created: Mapped[float]
    confirmed: Mapped[float] = mapped_column(default=0.0)


class RecoveryCode(Base):
    """A code that stands in for a second factor once; the code itself is never stored, nor a row kept that was used."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class LoginKey(Base):
    """A person's SM2 key, as a public key or a certificate; it is theirs once they proved that they have the private one."""

    __tablename__ = "login_keys"
    unrecorded = frozenset({"nonce"})

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    pem: Mapped[str] = mapped_column(Text)
    nonce: Mapped[bytes | None]  # of the challenge that proves it, until it was answered
    expires: Mapped[float]
    confirmed: Mapped[float] = mapped_column(default=0.0)


class PendingLogin(Base):
    """A log-in whose password was right and whose second factor is asked for; the token itself is never stored."""

    __tablename__ = "pending_logins"
    unrecorded = frozenset({"nonce"})

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    expires: Mapped[float]
    nonce: Mapped[bytes | None]  # of the challenge that was given out and not answered


class Installation(Base):
    """What this installation calls itself in challenges, so that none of another one can be answered here."""

    __tablename__ = "installation"
    unrecorded = frozenset({"*"})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))


class SetupToken(Base):
    """The one-time right to create the first administrator."""

    __tablename__ = "setup_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires: Mapped[float]


class LoginFailures(Base):
    """Log-ins in a row for a key that failed or are under way: a name, an address, or both together."""

    __tablename__ = "login_failures"
    unrecorded = frozenset({"*"})

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    last: Mapped[float]


class KnownPlace(Base):
    """A name and an address together, from which that name has logged in."""

    __tablename__ = "known_places"
    unrecorded = frozenset({"*"})

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    last: Mapped[float]


class ProgramToken(Base):
    """A program with a token of its own; the token itself is never stored."""

    __abstract__ = True

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[float]


class CollectorToken(ProgramToken):
    """A collector that may send events."""

    __tablename__ = "collectors"


class KeyRoot(Base):
    """What keys lie under: how it is had, and a text sealed by it, so that another one is noticed."""

    __tablename__ = "key_roots"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    salt: Mapped[bytes]
    rounds: Mapped[int]
    proof: Mapped[bytes]
    created: Mapped[float]


class KeyEntry(Base):
    """A key in the register: for one purpose alone, sealed under a root; nothing of it is left once it is destroyed."""

    __tablename__ = "keys"
    __table_args__ = (UniqueConstraint("purpose", "version"),)
    unrecorded = frozenset({"used"})

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(64))
    root_id: Mapped[int] = mapped_column(ForeignKey("key_roots.id"))
    sealed: Mapped[bytes | None]
    used: Mapped[int] = mapped_column(BigInteger, default=0)  # times that it sealed something
    created: Mapped[float]
    activated: Mapped[float | None]
    retired: Mapped[float | None]
    destroyed: Mapped[float | None]


class AuditKey(Base):
    """The public key of one that signs the audit log, or did, as it is handed over; `keys` has its state and owner."""

    __tablename__ = "audit_keys"

    id: Mapped[str] = mapped_column(ForeignKey("keys.id"), primary_key=True)
    line: Mapped[str] = mapped_column(Text)


class TakenBundle(Base):
    """The bundle of a kind that was taken last; no lower version is taken after it."""

    __tablename__ = "bundles"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    version: Mapped[str] = mapped_column(String(48))
    digest: Mapped[str] = mapped_column(String(64))
    taken: Mapped[float]


class AuthorityEntry(Base):
    """The authority that issues certificates: its own one, and its last list of those that it revoked."""

    __tablename__ = "authorities"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    certificate: Mapped[bytes]
    revocations: Mapped[bytes]
    number: Mapped[int]  # of that list
    created: Mapped[float]


class CertificateEntry(Base):
    """A certificate that the authority issued."""

    __tablename__ = "certificates"

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    authority_id: Mapped[int] = mapped_column(ForeignKey("authorities.id"))
    holder: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16))
    certificate: Mapped[bytes]
    issued: Mapped[float]
    expires: Mapped[float]
    revoked: Mapped[float | None]
    reason: Mapped[str] = mapped_column(String(200), default="")


class PointToken(ProgramToken):
    """An enforcement point that may ask for decisions."""

    __tablename__ = "points"


class PointSettings(Base):
    """An enforcement point: its kind, where it is, and the secret that it has in common with us, sealed."""

    __tablename__ = "point_settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(256), default="")
    keys: Mapped[str] = mapped_column(String(16), default="")
    ca: Mapped[str] = mapped_column(String(256), default="")
    sealed: Mapped[bytes] = mapped_column(default=b"")
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[float]


class TrustTerm(Base):
    """What one alert takes from the trust in a terminal, as known from `known` on; rows are only added. Times are in ns."""

    __tablename__ = "trust_terms"
    unrecorded = frozenset({"*"})

    id: Mapped[int] = mapped_column(primary_key=True)
    supi: Mapped[str] = mapped_column(String(64), index=True)
    alert: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128))
    plane: Mapped[str] = mapped_column(String(16))
    weight: Mapped[float]
    last: Mapped[int] = mapped_column(BigInteger, index=True)
    known: Mapped[int] = mapped_column(BigInteger)
    dismissed: Mapped[bool] = mapped_column(default=False)


class PolicyVersion(Base):
    """A version of the policy: its files whole, who wrote it and why. Content and origin never change."""

    __tablename__ = "policy_versions"

    version: Mapped[int] = mapped_column(primary_key=True)
    files: Mapped[str] = mapped_column(Text)  # JSON: path to text
    digest: Mapped[str] = mapped_column(String(64))  # of the snapshot, SM3
    zone: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400))
    ticket: Mapped[str] = mapped_column(String(64))
    copy_of: Mapped[int] = mapped_column(default=0)  # the version that a rollback repeats
    created: Mapped[float]
    published: Mapped[float] = mapped_column(default=0.0)
    publisher: Mapped[str] = mapped_column(String(64), default="")


class PolicySignature(Base):
    """The signature of a version that was published, and the version of the key that made it."""

    __tablename__ = "policy_signatures"

    version: Mapped[int] = mapped_column(ForeignKey("policy_versions.version"), primary_key=True)
    key: Mapped[int]
    signature: Mapped[bytes]


class PolicyApproval(Base):
    """That somebody approved a version."""

    __tablename__ = "policy_approvals"

    version: Mapped[int] = mapped_column(ForeignKey("policy_versions.version"), primary_key=True)
    approver: Mapped[str] = mapped_column(String(64), primary_key=True)
    created: Mapped[float]


class AccessPermit(Base):
    """That a terminal or a group may go to something for a while: asked for by one person, approved by another."""

    __tablename__ = "access_permits"

    id: Mapped[int] = mapped_column(primary_key=True)
    writer: Mapped[str] = mapped_column(String(64))  # SUPI or group
    target: Mapped[str] = mapped_column(String(128))  # address or role in the asset register
    reason: Mapped[str] = mapped_column(String(400))
    ticket: Mapped[str] = mapped_column(String(64))
    begins: Mapped[float]
    ends: Mapped[float] = mapped_column(index=True)
    asked_by: Mapped[str] = mapped_column(String(64))
    asked: Mapped[float]
    approved_by: Mapped[str] = mapped_column(String(64), default="")
    approved: Mapped[float] = mapped_column(default=0.0)
    ended_by: Mapped[str] = mapped_column(String(64), default="")  # who refused or revoked it
    ended: Mapped[float] = mapped_column(default=0.0)


class PolicyWorking(Base):
    """What a person is writing: files that are no version yet. They decide nothing, so to change them is nobody's act."""

    __tablename__ = "policy_workings"
    unrecorded = frozenset({"*"})

    author: Mapped[str] = mapped_column(String(64), primary_key=True)
    files: Mapped[str] = mapped_column(Text)  # JSON: path to text
    base: Mapped[int]  # the version that they began as, 0 for none
    changed: Mapped[float]


class PolicyShadow(Base):
    """That a version judged in shadow; `until` is 0 while it does."""

    __tablename__ = "policy_shadows"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey("policy_versions.version"))
    since: Mapped[float]
    by: Mapped[str] = mapped_column(String(64))
    until: Mapped[float] = mapped_column(default=0.0)


class Transaction(Session):
    """What is changed together, and whose acts that is."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._acts: list[Act] = []
        self._changed: set[str] = set()
        event.listen(self, "before_flush", Transaction._notice)
        event.listen(self, "do_orm_execute", self._notice_statement)

    def tell(self, *acts: Act) -> None:
        """Say whose acts these changes are; they are recorded before the commit."""
        self._acts += acts

    def _notice(self, _context: object, _instances: object) -> None:
        for row in (*self.new, *self.deleted):
            self._note(type(row), "*")
        for row in self.dirty:
            for column in inspect(row).attrs:
                if column.history.has_changes():
                    self._note(type(row), column.key)

    def _notice_statement(self, state: ORMExecuteState) -> None:
        if not state.is_select:
            self._note(state.bind_mapper.class_ if state.bind_mapper else Base, "*")

    def _note(self, table: type[Base], column: str) -> None:
        if not table.unrecorded & {column, "*"}:
            self._changed.add(table.__name__)

    def record(self, auditor: Auditor) -> None:
        """Record the acts; raises `AuditError` for changes that are nobody's."""
        self.flush()
        if self._changed and not self._acts:
            raise AuditError(f"a change of `{min(self._changed)}` says nobody whose act it is")
        if self._acts:
            auditor.record(*self._acts)

    def failed(self, auditor: Auditor) -> None:
        """Record that what was recorded as done could not be committed."""
        if self._acts:
            auditor.record(*(replace(act, outcome=Outcome.FAILED) for act in self._acts))


class ControlDatabase:
    """Transactions over the control tables, which are created if missing. What they change goes to `auditor` first."""

    def __init__(self, url: str, auditor: Auditor) -> None:
        self._auditor = auditor
        try:
            self._engine = _engine(url)
            _prepare(self._engine)
        except ModuleNotFoundError as error:
            raise StoreError("PostgreSQL needs its driver: pip install 'sentinel-5g[postgresql]'") from error
        except SQLAlchemyError as error:
            raise StoreError(f"the control database cannot be opened: {_reason(error)}") from error

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """One transaction: committed at the end, rolled back if anything raises or its acts cannot be recorded."""
        try:
            with Transaction(self._engine) as session:
                session.begin()
                yield session
                session.record(self._auditor)
                self._commit(session)
        except SQLAlchemyError as error:
            raise StoreError(f"the control database cannot be used: {_reason(error)}") from error

    def _commit(self, session: Transaction) -> None:
        try:
            session.commit()
        except SQLAlchemyError:
            session.failed(self._auditor)
            raise

    def tell(self, *acts: Act) -> None:
        """Record acts that change nothing here, such as those that were refused."""
        self._auditor.record(*acts)

    def write(self, *acts: Act) -> None:
        """The same, synchronised some milliseconds later; for acts that come by the thousand."""
        self._auditor.write(*acts)

    def close(self) -> None:
        """Release every connection."""
        self._engine.dispose()


def _reason(error: SQLAlchemyError) -> str:
    """What the database said, on one line; never the statement, which holds names and hashes."""
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else type(error).__name__
    return " ".join(said.split()).lower()


def _prepare(engine: Engine) -> None:
    """Create what is missing. Of processes that open the same new database at once, one creates and the others wait.

    SQLite refuses write-ahead logging (`_tune_sqlite`) at once, whatever the time-out, while another process does the same.
    """
    deadline = time.monotonic() + _OPEN_SECONDS
    while True:
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")  # before it looks at what there is
                Base.metadata.create_all(connection)
                connection.commit()
        except OperationalError as error:
            busy = getattr(error.orig, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True)
        event.listen(engine, "begin", _take_turn)
        return engine
    options = {"check_same_thread": False, "timeout": 10}
    if url in {"sqlite://", "sqlite:///:memory:"}:
        return create_engine(url, connect_args=options, poolclass=StaticPool)
    engine = create_engine(url, connect_args=options)
    event.listen(engine, "connect", _tune_sqlite)
    return engine


def _take_turn(connection: Connection) -> None:
    """One transaction after the other, as in SQLite: what one looked at is so until it ends."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def _tune_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
