"""The way in and out: first-run set-up, log-in, log-out, and the language before either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.accounts.accounts import SESSION_COOKIE, Login, check_repeated
from sentinel.accounts.factors import PENDING_LIFE, SecondFactorNeededError
from sentinel.errors import AuthenticationError, ConflictError, SentinelError
from sentinel.operations.doors import status_of, wait_of
from sentinel.web.console import Console
from sentinel.web.gate import PENDING_COOKIE, VISITOR_COOKIE, Guest, Owner, Shown, remember_language, set_cookie
from sentinel.web.links import link
from sentinel.web.visitor import Visitor

router = APIRouter()


@dataclass(frozen=True, slots=True)
class EntryPage:
    """The form, what was wrong with it, and where to go afterwards."""

    next: str
    name: str
    error: str
    wait: int
    notice: str
    language_links: tuple[tuple[str, str], ...]


def entry_page(
    request: Request, *, following: str = "", name: str = "", error: str = "", wait: int = 0, notice: str = ""
) -> EntryPage:
    """The model of a form on the way in."""
    links = tuple((code, link(f"/language/{code}", next=request.url.path)) for code in ("zh-CN", "en"))
    return EntryPage(following, name, error, wait, notice, links)


def entry_form(
    request: Request, shown: Console, visitor: Visitor, template: str, page: EntryPage, status: int = 200
) -> Response:
    """A form of who is not logged in, with the cookie behind its token."""
    response = shown.respond(request, visitor, template, page, status)
    set_cookie(request, response, VISITOR_COOKIE, visitor.token)
    return response


def local(path: str) -> str:
    """The path if it stays on this site, else the home page."""
    parts = urlsplit(path)
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if inside and path.isprintable() else "/"


@router.get("/login")
def login_form(
    request: Request,
    shown: Shown,
    visitor: Guest,
    following: Annotated[str, Query(alias="next")] = "",
    notice: str = "",
) -> Response:
    """The log-in form; the set-up form while nobody exists."""
    if shown.accounts.needs_setup():
        return RedirectResponse("/setup", 303)
    return entry_form(request, shown, visitor, "login.html", entry_page(request, following=following, notice=notice))


@router.post("/login")
def log_in(
    request: Request,
    shown: Shown,
    visitor: Guest,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    following: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Log in; who has a second factor is asked for it next."""
    name = name.strip()
    try:
        login = shown.accounts.login(name, password, remote(request))
    except SecondFactorNeededError as needed:
        response = RedirectResponse(link("/login/second", next=following), 303)
        set_cookie(request, response, PENDING_COOKIE, needed.pending, int(PENDING_LIFE))
        return response
    except AuthenticationError as error:
        page = entry_page(request, following=following, name=name, error=str(error), wait=wait_of(error))
        return entry_form(request, shown, visitor, "login.html", page, status_of(error))
    return enter(request, shown, login, following)


def enter(request: Request, shown: Console, login: Login, following: str) -> Response:
    """Let somebody in, with a session that is fresh; that of an earlier log-in of this browser ends."""
    shown.accounts.logout(request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse(local(following), 303)
    set_cookie(request, response, SESSION_COOKIE, login.token)
    response.delete_cookie(VISITOR_COOKIE)
    response.delete_cookie(PENDING_COOKIE)
    return response


@router.get("/setup")
def setup_form(request: Request, shown: Shown, visitor: Guest) -> Response:
    """The set-up form, once."""
    if not shown.accounts.needs_setup():
        return RedirectResponse("/login", 303)
    return entry_form(request, shown, visitor, "setup.html", entry_page(request))


@router.post("/setup")
def set_up(
    request: Request,
    shown: Shown,
    visitor: Guest,
    token: Annotated[str, Form()],
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    repeated: Annotated[str, Form()],
) -> Response:
    """Create the first administrator and log them in."""
    name = name.strip()
    try:
        check_repeated(password, repeated)
        shown.accounts.create_first_administrator(token, name, password, remote(request))
        login = shown.accounts.login(name, password, remote(request))
    except ConflictError:
        return RedirectResponse("/login", 303)
    except SentinelError as error:
        page = entry_page(request, name=name, error=str(error), wait=wait_of(error))
        return entry_form(request, shown, visitor, "setup.html", page, 429 if page.wait else 400)
    return enter(request, shown, login, "")


@router.post("/logout")
def log_out(shown: Shown, visitor: Owner) -> Response:
    """End the session."""
    shown.accounts.logout(visitor.token)
    response = RedirectResponse("/login?notice=bye", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.get("/language/{code}")
def language(code: str, request: Request, following: Annotated[str, Query(alias="next")] = "") -> Response:
    """Remember a language for whoever is not logged in."""
    response = RedirectResponse(local(following), 303)
    remember_language(request, response, code)
    return response


def remote(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else ""
