"""What the routes work on, and who may call them: same-origin cookie with a CSRF header, or a bearer token."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from sentinel.accounts.accounts import SESSION_COOKIE, Account
from sentinel.accounts.factors import admit
from sentinel.accounts.roles import Permission, needed
from sentinel.crypto.token import form_token, same_token
from sentinel.errors import AuthenticationError, AuthorizationError
from sentinel.operations.doors import Parts
from sentinel.store.base import Span
from sentinel.store.moment import parse_moment

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def parts(request: Request) -> Parts:
    """The parts of the application that serves `request`."""
    found: Parts = request.app.state.parts
    return found


Using = Annotated[Parts, Depends(parts)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and with which session token."""

    account: Account
    token: str


class Requires:
    """Dependency: the caller must be logged in and have `permission`."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request, using: Using) -> Caller:
        """The caller; raises `AuthenticationError` or `AuthorizationError`."""
        token = bearer(request) or _cookie(request)
        account = using.accounts.authenticate(token)
        admit(account.role, needed(self.permission, sealed=using.sealed), confined=account.confined)
        using.looked(account.name, request.query_params.get("q", ""))
        for given in (request.path_params, request.query_params):
            using.looked_at(account.name, str(given.get("supi", "")))
        return Caller(account, token)


def bearer(request: Request) -> str:
    """The bearer token of a request; empty if it has none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(request: Request) -> str:
    token = request.cookies.get(SESSION_COOKIE, "")
    if not token:
        raise AuthenticationError("log in, or send `Authorization: Bearer` with a session token")
    sent = request.headers.get(CSRF_HEADER, "")
    if request.method not in SAFE_METHODS and not same_token(sent, form_token(token)):
        raise AuthorizationError(f"a change by cookie needs the header `{CSRF_HEADER}`")
    return token


Watcher = Annotated[Caller, Depends(Requires(Permission.STATUS))]
Reader = Annotated[Caller, Depends(Requires(Permission.READ))]
Evident = Annotated[Caller, Depends(Requires(Permission.EVIDENCE))]
Triager = Annotated[Caller, Depends(Requires(Permission.TRIAGE))]
Owner = Annotated[Caller, Depends(Requires(Permission.ACCOUNT))]
PolicyKeeper = Annotated[Caller, Depends(Requires(Permission.POLICY))]
Approver = Annotated[Caller, Depends(Requires(Permission.APPROVE))]
UserKeeper = Annotated[Caller, Depends(Requires(Permission.USERS))]
Auditing = Annotated[Caller, Depends(Requires(Permission.AUDIT))]

_MOMENT = "RFC 3339, `-24h` before now, or nanoseconds since the epoch"


def span(
    since: Annotated[str, Query(description=_MOMENT)] = "", until: Annotated[str, Query(description=_MOMENT)] = ""
) -> Span:
    """The span that a request names."""
    now = time.time_ns()
    return Span(parse_moment(since, now), parse_moment(until, now))


During = Annotated[Span, Depends(span)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[str | None, Query(description="`cursor` of the page before")]


def remote(request: Request) -> str:
    """The address the request came from."""
    return request.client.host if request.client else ""
