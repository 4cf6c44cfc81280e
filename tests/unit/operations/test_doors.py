"""One error, one status, whichever door it comes through."""

from __future__ import annotations

import pytest

from sentinel.accounts.accounts import AccountError
from sentinel.accounts.throttle import TooManyAttemptsError
from sentinel.errors import (
    AuditError,
    AuthenticationError,
    AuthorizationError,
    ConfigError,
    ConflictError,
    QueryError,
    SentinelError,
    StoreError,
    TriageError,
)
from sentinel.operations.doors import headers_of, status_of, wait_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TooManyAttemptsError("wait", 3.2), 429),
        (AuthenticationError("who"), 401),
        (AuthorizationError("no"), 403),
        (QueryError("what", 1), 400),
        (TriageError("why"), 400),
        (AccountError("name"), 400),
        (ConflictError("late"), 409),
        (StoreError("full"), 503),
        (AuditError("full"), 503),
        (ConfigError("ours"), 500),
    ],
)
def test_status(error: SentinelError, status: int) -> None:
    """What nobody foresaw is our own fault; who has to wait is told for how long."""
    assert status_of(error) == status
    assert wait_of(error) == (4 if status == 429 else 0)
    assert headers_of(error) == ({"Retry-After": "4"} if status == 429 else {})
