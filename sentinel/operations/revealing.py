"""Who a pseudonym stands for: shown by role, for a reason, and on record before it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from sentinel.accounts.accounts import Account
from sentinel.accounts.roles import Permission, require
from sentinel.errors import CryptoError, StoreError, TriageError
from sentinel.model.audit import Act, Action, Auditor, Outcome
from sentinel.model.personal import PSEUDONYM
from sentinel.store.base import Store
from sentinel.store.sealing import Originals

MOST = 100  # at once
DAMAGED = "[damaged]"
"""Stands where what was sealed does not open: it was altered, or put into another's place."""
_SHORTEST, _LONGEST = 5, 500  # characters of a reason


def reveal(store: Store, auditor: Auditor, account: Account, pseudonyms: Sequence[str], reason: str) -> Originals:
    """What pseudonyms stand for; raises `AuthorizationError`, `TriageError` without a reason, and `AuditError`."""
    reason = stated(reason)
    wanted = list(dict.fromkeys(pseudonyms))
    if not 0 < len(wanted) <= MOST or not all(map(PSEUDONYM.fullmatch, wanted)):
        raise TriageError(f"expected 1 to {MOST} pseudonyms, such as stand in events and alerts")
    try:
        require(account.role, Permission.REVEAL)
    except Exception:
        auditor.record(*_acts(account, wanted, reason, Outcome.REFUSED))
        raise
    auditor.record(*_acts(account, wanted, reason, Outcome.DONE))
    try:
        return store.originals(wanted)
    except StoreError:
        return {name: original for each in wanted for name, original in _one(store, each).items()}


def stated(reason: str) -> str:
    """A reason as it goes on record; raises `TriageError` for what is none."""
    reason = " ".join(reason.split())
    if not _SHORTEST <= len(reason) <= _LONGEST:
        raise TriageError(f"expected a reason of {_SHORTEST} to {_LONGEST} characters")
    return reason


def _one(store: Store, pseudonym: str) -> Originals:
    """What one of several stands for, where not all of them open: one that does not is told, and the others are shown."""
    try:
        return store.originals([pseudonym])
    except StoreError as error:
        if isinstance(error.__cause__, CryptoError):
            return {pseudonym: DAMAGED}
        raise


def _acts(account: Account, wanted: Sequence[str], reason: str, outcome: Outcome) -> list[Act]:
    details = {"reason": reason}
    return [Act(Action.IDENTITY_REVEALED, account.name, each, outcome, details) for each in wanted]
