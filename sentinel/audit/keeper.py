"""The keeper of the log: the one process that has its key. It writes heartbeats, checks, signs, anchors.

It signs only what goes on from what it signed before, which it remembers beside its key, apart from the log: whoever can
write to the log can neither sign nor make it sign another history. Which keys signed so far the register knows, and it is
made to follow: the public keys beside the log are a copy, which comes back from there where somebody changed it.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from sentinel.audit import checkpoint, standalone
from sentinel.audit.anchor import Anchor
from sentinel.audit.checkpoint import Signer, only, verifies
from sentinel.audit.heads import Heads
from sentinel.audit.ledger import Ledger
from sentinel.audit.record import decode
from sentinel.audit.standalone import Finding, Folder, Note, UnusableError
from sentinel.audit.tree import leaf_hash, root_of
from sentinel.crypto.keyfile import dump_private, load_private, read_guarded, write_private
from sentinel.crypto.suite import Suite, suite
from sentinel.errors import AuditError, KeyMaterialError, SentinelError
from sentinel.keys.audit_keys import AuditKeys
from sentinel.keys.register import Purpose
from sentinel.model.audit import SERVICE, Act, Action
from sentinel.shipping.kept import put_text

_LOG = logging.getLogger(__name__)
SIGN_EVERY = 10.0  # seconds between two looks for what is not signed yet
BEAT_EVERY = 300.0  # `SILENCE` of the verifier is three of these
ANCHOR_EVERY = 3600.0
LONGEST_END = 10.0  # seconds that the other parts have to end
_KEY, _NEXT = "audit.key", "audit.key.next"
VERIFY_EVERY = 24 * 3600.0  # all of the log; what is new is checked whenever it is signed


def signer_of(folder: Path, by: Suite) -> Signer:
    """Who signs, by the key file of a folder apart from the log; made if there is none."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / _KEY).exists():
        put_text(folder / "audit.name", f"sentinel-audit/{secrets.token_hex(4)}")
        write_private(folder / _KEY, dump_private(by, by.signer.sm2_keygen()))
    return _signer(folder, by, _KEY)


def _signer(folder: Path, by: Suite, name: str) -> Signer:
    key = load_private(by, read_guarded(folder / name))
    return checkpoint.log_signer((folder / "audit.name").read_text(encoding="ascii"), key, by)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whoever signs, or changes who signs, does so alone: the keeper, and the command that replaces the key."""
    with (folder / "audit.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _BrokenError(AuditError):
    """The log is not what was signed."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(each.text(chinese=False) for each in findings))
        self.chinese = "；".join(each.text(chinese=True) for each in findings)


@dataclass(slots=True)
class _Due:
    """Something that is done at an interval."""

    every: float
    next: float = 0.0

    def now(self, clock: float) -> bool:
        """Whether it is time, and then not again before the interval is over."""
        if clock < self.next:
            return False
        self.next = clock + self.every
        return True


class Keeper:
    """Keeps the log of a folder; `keys` is apart from it, and `tell` hears what somebody should be alerted to."""

    def __init__(
        self, folder: Path, keys: Path, known: AuditKeys, anchors: Sequence[Anchor] = (), by: Suite | None = None,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:  # fmt: skip
        self._ledger, self._heads, self._folder = Ledger(folder), Heads(folder), folder
        self._keys, self._by, self._remembered = keys, by or suite(), keys / "audit.checkpoint"
        self._known_keys, self._lines = known, list[str]()
        self._anchors, self._tell = anchors, tell
        self._beat, self._anchor, self._whole = _Due(BEAT_EVERY), _Due(ANCHOR_EVERY), _Due(BEAT_EVERY)
        self._found: Sequence[Finding] = ()  # of what was signed, when all of it was verified last
        self.trouble = ""
        """Why nothing is signed; empty where all is well."""
        self._begin()

    def _begin(self) -> None:
        """Take up the key; that it cannot be is told, for nobody else would say that nothing is signed any more."""
        try:
            self._signer = signer_of(self._keys, self._by)
            with _alone(self._keys):
                self._taken_up()
        except _BrokenError as error:
            self._complain(str(error), error.chinese)  # it may be mended, and what happens goes on record meanwhile
        except SentinelError as error:
            self._complain(str(error))
            self.close()
            raise

    def run(self, stopping: threading.Event) -> None:
        """Keep it until told to stop; the last record is signed then."""
        while not stopping.is_set():
            self.tick()
            stopping.wait(SIGN_EVERY)
        self._await_end()
        self.tick(last=True)
        self.close()

    def close(self) -> None:
        """Let go of the log."""
        self._ledger.close()

    def _await_end(self) -> None:
        """Wait until it is recorded that the service stopped: systemd tells all parts at once to end."""
        until = time.monotonic() + LONGEST_END
        while time.monotonic() < until:
            size = self._ledger.log.head()[0]
            if size and decode(*self._ledger.log.records(size - 1, size)).action == Action.SERVICE_STOPPED:
                return
            time.sleep(0.1)

    def tick(self, *, last: bool = False) -> None:
        """Whatever it is time for."""
        now = time.monotonic()
        try:
            if self._beat.now(now):
                self._ledger.record(Act(Action.HEARTBEAT, SERVICE))
            with _alone(self._keys):
                self._taken_up()
            if self._whole.now(now):
                self._verify_whole(now)
            if self._found:
                raise _BrokenError(self._found)
            self._sign()
            self.trouble = ""
        except (SentinelError, UnusableError, OSError) as error:
            self._complain(str(error), error.chinese if isinstance(error, _BrokenError) else "")
        if last or self._anchor.now(now):
            self._put_anchors()

    def _complain(self, trouble: str, chinese: str = "") -> None:
        if trouble != self.trouble:
            _LOG.error("the audit log is not signed any more: %s", trouble)
            self._tell(trouble)
        self.trouble = trouble
        self._say(good=False, trouble=trouble, chinese=chinese)

    def _known(self) -> Note | None:
        """What was signed last."""
        if not self._remembered.exists():
            return None
        return only(self._remembered.read_text("utf-8"))

    def hand_over(self, actor: str, owner: str) -> str:
        """Replace the key: the last that it signs is a checkpoint that names the next one; its id. Raises `AuditError`.

        The next key is on disk before it is named, and takes its place after; a start in between goes on from there.
        """
        with _alone(self._keys):
            self._taken_up(actor)
            size, root = self._ledger.log.lasting()
            if (known := self._known()) is not None:
                self._check(known, size)
            key_id = self._known_keys.generate(actor, owner)
            write_private(self._keys / _NEXT, dump_private(self._by, self._by.signer.sm2_keygen()))
            successor = _signer(self._keys, self._by, _NEXT).line
            self._keep(checkpoint.signed(self._signer, size, root, time.time_ns(), successor))
            self._taken_up(actor)
            self._keep(checkpoint.signed(self._signer, size, root, time.time_ns()))
        return key_id

    def _taken_up(self, actor: str = SERVICE) -> None:
        """Sign by the key that is to sign now: one that was named has its turn, one that never was is forgotten."""
        following = self._keys / _NEXT
        if following.exists():
            try:
                named = _signer(self._keys, self._by, _NEXT).line in {note.next for note in self._heads.handovers}
            except KeyMaterialError:
                self._put_aside(following)
            else:
                following.replace(self._keys / _KEY) if named else following.unlink()
        self._signer = signer_of(self._keys, self._by)
        if self._lines[-1:] != [self._signer.line] or self._heads.lines != self._lines:
            self._settle(actor)

    def _settle(self, actor: str) -> None:
        """See that the register, and the public keys beside the log, say which keys signed and which one does."""
        before, found = self._known_keys.lines(), self._heads.lines
        lines = self._chain(before or found)
        if found not in ([], before, lines) or (not found and self._begun()):
            self._ledger.record(Act(Action.KEY_CHANGED, SERVICE, Purpose.AUDIT, details={"step": "restored"}))
            _LOG.error(
                "the public keys beside the audit log were changed or removed; they are as the register has them"
            )
            self._tell(str(_BrokenError([Finding("keys-changed")])))
            self._whole.next = 0.0  # who changed them may have changed more
        if found != lines:
            self._heads.publish(lines)
        self._known_keys.follow(lines, actor)  # after: a kill in between leaves more beside the log, never less
        self._lines = lines

    def _chain(self, known: Sequence[str]) -> list[str]:
        """The keys that signed, to the one that signs: each handed over to the next. Raises `AuditError` if they do not lead there."""
        if not known and self._begun():
            raise _BrokenError([Finding("keys-changed")])
        lines = [*known] or [self._signer.line]
        try:
            for note in self._heads.handovers if lines[-1] != self._signer.line else ():
                if note.signed_by(standalone.key_of(lines[-1]), verifies) == "good":
                    lines.append(note.next)
            standalone.key_of(lines[-1])
        except UnusableError as error:
            raise _BrokenError([Finding("keys-changed")]) from error
        if lines[-1] != self._signer.line:
            raise AuditError("the key of the audit log is not the one that signed it so far; expected that one back")
        return lines

    def _begun(self) -> bool:
        """Whether anything was ever signed."""
        return self._remembered.exists() or bool(self._heads.text())

    def _put_aside(self, following: Path) -> None:
        """Let go of a next key that cannot be read, unless the one that signs has handed over to it: raises that then."""
        current = signer_of(self._keys, self._by).public
        if any(note.signed_by(current, verifies) == "good" for note in self._heads.handovers):
            raise KeyMaterialError(
                f"the audit key was handed over to `{following}`, which cannot be read; expected it back"
            )
        _LOG.warning("`%s` cannot be read, and nothing was handed over to it; it is put aside", following)
        following.replace(following.with_name(f"{_NEXT}.unreadable"))

    def _keep(self, note: Note) -> None:
        put_text(self._remembered, note.raw)  # first: what is signed is never signed otherwise
        self._heads.add(note)

    def _sign(self) -> None:
        with _alone(self._keys):
            self._taken_up()
            self._signed()

    def _signed(self) -> None:
        size, root = self._ledger.log.lasting()  # what is signed must not be lost
        known = self._known()
        if known is not None:
            self._check(known, size)
        if size > (known.size if known else 0):
            self._keep(checkpoint.signed(self._signer, size, root, time.time_ns()))
            self._say(good=True, size=size)

    def _check(self, known: Note, size: int) -> None:
        """Raise `AuditError` unless the log goes on from what was signed, with records that have the hashes they should."""
        log = self._ledger.log
        if size < known.size:
            raise _BrokenError([Finding("log-short", known.size, 0, known.time)])
        if known.size and root_of(log.hash, known.size) != known.root:
            raise _BrokenError([Finding("remembered-forked", known.size, 0, known.time)])
        for first in range(known.size, size, 4096):
            records = log.records(first, min(first + 4096, size))
            for number, record in enumerate(records, first):
                if log.hash(0, number) != leaf_hash(record):
                    raise _BrokenError([Finding("record-changed", number)])

    def _verify_whole(self, now: float) -> None:
        """Look whether all of it is what was signed; again soon where it is not, and nothing is signed until it is."""
        self._found = self._judged()
        if not self._found:
            self._whole.next = now + VERIFY_EVERY

    def _judged(self) -> Sequence[Finding]:
        if not self._begun():
            return ()
        first = standalone.key_of(self._lines[0])
        report = standalone.verify(Folder(self._folder), first, (), self._known(), verifies)
        if report.good:
            self._say(good=True, size=report.covered)
        return report.findings[: standalone.MOST]

    def _say(self, *, good: bool, size: int = 0, trouble: str = "", chinese: str = "") -> None:
        """Leave word for the doors."""
        said = {"good": good, "size": size, "time": time.time_ns(), "trouble": trouble, "trouble_zh": chinese}
        try:
            put_text(self._folder / "verified", orjson.dumps(said).decode())
        except OSError as error:
            _LOG.error("the state of the audit log cannot be told: %s", error)  # the reason is enough

    def _put_anchors(self) -> None:
        note = self._heads.last()
        if note is None:
            return
        for anchor in self._anchors:
            try:
                anchor.put(note)
            except OSError as error:
                _LOG.error("a checkpoint could not be anchored: %s", error)  # the reason is enough
