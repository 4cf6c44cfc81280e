"""Errors as problem details, RFC 9457."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from sentinel.accounts.factors import SecondFactorNeededError
from sentinel.errors import QueryError, SentinelError
from sentinel.operations.doors import headers_of, status_of


def problem(status: HTTPStatus, detail: str, headers: dict[str, str] | None = None, **more: object) -> Response:
    """A problem document."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return Response(
        orjson.dumps(body), status, {"Cache-Control": "no-store", **(headers or {})}, "application/problem+json"
    )


def install(app: Starlette) -> None:
    """Let `app` answer every error this way."""
    app.add_exception_handler(SentinelError, _sentinel_error)  # type: ignore[arg-type]  # it wants any error to be taken
    app.add_exception_handler(RequestValidationError, _validation_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]  # as above


async def _sentinel_error(_request: Request, error: SentinelError) -> Response:
    status, headers = status_of(error), headers_of(error)
    more: dict[str, object] = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="sentinel"'
    if isinstance(error, SecondFactorNeededError):
        more |= {"pending": error.pending, "methods": error.methods}
    if isinstance(error, QueryError):
        more["column"] = error.column
    return problem(status, str(error), headers, **more)


async def _validation_error(_request: Request, error: RequestValidationError) -> Response:
    errors = [{"where": ".".join(str(part) for part in e["loc"]), "message": e["msg"]} for e in error.errors()]
    return problem(HTTPStatus.BAD_REQUEST, "the request is not of the form that this resource takes", errors=errors)


async def _http_error(_request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers) if error.headers else None
    return problem(HTTPStatus(error.status_code), str(error.detail), headers)
