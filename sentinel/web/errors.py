"""Errors as pages, in the reader's language where it is known; as problem details for who asked for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from sentinel.accounts.accounts import SESSION_COOKIE
from sentinel.accounts.factors import EnrolmentNeededError
from sentinel.accounts.throttle import TooManyAttemptsError
from sentinel.errors import AuthenticationError, SentinelError
from sentinel.operations.doors import headers_of, status_of
from sentinel.web.console import Console, wants_json
from sentinel.web.gate import visitor
from sentinel.web.links import link


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The page of an error."""

    status: int
    detail: str


def install(app: FastAPI) -> None:
    """Let `app` answer every error this way."""
    app.exception_handler(AuthenticationError)(_log_in)
    app.exception_handler(EnrolmentNeededError)(_enrol)
    app.exception_handler(TooManyAttemptsError)(_sentinel_error)  # to log in again would not help
    app.exception_handler(SentinelError)(_sentinel_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_http_error)


def _log_in(request: Request, error: AuthenticationError) -> Response:
    if wants_json(request):
        return _problem(401, str(error))
    if request.headers.get("HX-Request") == "true":  # a part of a page asks: the whole page has to go
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        target = link("/login", next=page._replace(scheme="", netloc="", fragment="").geturl(), notice="ended")
        return Response(status_code=204, headers={"HX-Redirect": target})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    following = wanted if request.method == "GET" and wanted != "/" else ""
    notice = "ended" if request.cookies.get(SESSION_COOKIE) else ""
    return RedirectResponse(link("/login", next=following, notice=notice), 303)


def _enrol(request: Request, error: EnrolmentNeededError) -> Response:
    """Who has to set up a second factor is sent to where that is done."""
    if wants_json(request):
        return _problem(403, str(error))
    if request.headers.get("HX-Request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": "/account"})
    return RedirectResponse("/account", 303)


def _sentinel_error(request: Request, error: SentinelError) -> Response:
    response = _page(request, status_of(error).value, str(error))
    response.headers.update(headers_of(error))
    return response


def _validation_error(request: Request, _error: RequestValidationError) -> Response:
    return _page(request, 400, "")


def _http_error(request: Request, error: HTTPException) -> Response:
    return _page(request, error.status_code, "")


def _page(request: Request, status: int, detail: str) -> Response:
    if wants_json(request):
        return _problem(status, detail)
    console: Console = request.app.state.console
    token = request.cookies.get(SESSION_COOKIE, "")
    try:
        account = console.accounts.authenticate(token, active=False) if token else None
    except SentinelError:
        account = None
    return console.respond(
        request, visitor(request, console, account, token), "error.html", ErrorPage(status, detail), status
    )


def _problem(status: int, detail: str) -> Response:
    body = orjson.dumps({"type": "about:blank", "status": status, "detail": detail})
    return Response(body, status, media_type="application/problem+json")
