"""Who looks at a page: session cookie, anti-forgery token, permission, language and theme."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from sentinel.accounts.accounts import SESSION_COOKIE, Account
from sentinel.accounts.factors import admit
from sentinel.accounts.roles import Permission, needed
from sentinel.crypto.token import form_token, new_token, same_token
from sentinel.errors import AuthenticationError, AuthorizationError
from sentinel.web.console import Console
from sentinel.web.i18n import LANGUAGES, Translator, choose_language
from sentinel.web.visitor import Visitor

PENDING_COOKIE = "sentinel_pending"  # between the password and the second factor
VISITOR_COOKIE = "sentinel_visitor"  # before log-in, the secret behind the forms' tokens
LANGUAGE_COOKIE = "sentinel_language"
THEMES = ("", "light", "dark")
_YEAR = 365 * 24 * 3600


def console(request: Request) -> Console:
    """The console that serves `request`."""
    found: Console = request.app.state.console
    return found


Shown = Annotated[Console, Depends(console)]


def is_poll(request: Request) -> bool:
    """Whether the page asks by itself: that must not keep a session alive."""
    return "poll" in request.query_params


def language_of(request: Request, account: Account | None, shown: Console) -> str:
    """By account, by cookie, by what the browser asks for."""
    chosen = account.language if account and account.language else request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return choose_language(request.headers.get("Accept-Language", ""), shown.settings.language)


def visitor(request: Request, shown: Console, account: Account | None, token: str) -> Visitor:
    """The visitor behind an account or behind nobody."""
    translate = Translator(language_of(request, account, shown), shown.zone)
    return Visitor(
        account, token, translate, account.theme if account and account.theme in THEMES else "", shown.sealed
    )


class Requires:
    """Dependency: the visitor must be logged in, have `permission`, and send the form's token with a change."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request, shown: Shown, csrf: Annotated[str, Form()] = "") -> Visitor:
        """The visitor; raises `AuthenticationError` or `AuthorizationError`."""
        token = request.cookies.get(SESSION_COOKIE, "")
        if not token:
            raise AuthenticationError("log in first")
        account = shown.accounts.authenticate(token, active=not is_poll(request))
        _check_form(request, csrf, token)
        admit(account.role, needed(self.permission, sealed=shown.sealed), confined=account.confined)
        shown.looked(account.name, request.query_params.get("q", ""))
        return visitor(request, shown, account, token)


class Anyone:
    """Dependency: nobody needs to be logged in; forms still carry a token, of the visitor's cookie."""

    def __call__(self, request: Request, shown: Shown, csrf: Annotated[str, Form()] = "") -> Visitor:
        """The visitor; raises `AuthorizationError` for a change without the form's token."""
        token = request.cookies.get(VISITOR_COOKIE, "")
        if request.method != "GET" and not token:
            raise AuthorizationError("this form has expired, load the page again")
        _check_form(request, csrf, token)
        return visitor(request, shown, None, token or new_token())


def _check_form(request: Request, csrf: str, token: str) -> None:
    sent = csrf or request.headers.get("X-CSRF-Token", "")
    if request.method not in {"GET", "HEAD"} and not same_token(sent, form_token(token)):
        raise AuthorizationError("this form has expired, load the page again")


def set_cookie(request: Request, response: Response, name: str, value: str, life: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites do not send."""
    response.set_cookie(
        name, value, max_age=life, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )


def remember_language(request: Request, response: Response, language: str) -> None:
    """Keep the language for visitors who are not logged in."""
    if language in LANGUAGES:
        set_cookie(request, response, LANGUAGE_COOKIE, language, _YEAR)


Watcher = Annotated[Visitor, Depends(Requires(Permission.STATUS))]
Reader = Annotated[Visitor, Depends(Requires(Permission.READ))]
Evident = Annotated[Visitor, Depends(Requires(Permission.EVIDENCE))]
Triager = Annotated[Visitor, Depends(Requires(Permission.TRIAGE))]
Owner = Annotated[Visitor, Depends(Requires(Permission.ACCOUNT))]
UserKeeper = Annotated[Visitor, Depends(Requires(Permission.USERS))]
PolicyKeeper = Annotated[Visitor, Depends(Requires(Permission.POLICY))]
Approver = Annotated[Visitor, Depends(Requires(Permission.APPROVE))]
Auditing = Annotated[Visitor, Depends(Requires(Permission.AUDIT))]
Guest = Annotated[Visitor, Depends(Anyone())]
