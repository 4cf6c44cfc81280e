"""The console: server-rendered pages for people. It shares nothing with the API but what both stand on."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sentinel.operations.doors import Parts
from sentinel.web import errors
from sentinel.web.console import STATIC, Console
from sentinel.web.limits import BodyLimit
from sentinel.web.security import SecurityHeaders
from sentinel.web.settings import ConsoleSettings
from sentinel.web.views import (
    account,
    alert,
    audit,
    bulk,
    collectors,
    decisions,
    drafting,
    enforcement,
    entry,
    events,
    forecast,
    identities,
    packets,
    permits,
    policies,
    queue,
    resources,
    rules,
    second_factor,
    second_step,
    studies,
    terminals,
    users,
    worker,
)

__all__ = ["ConsoleSettings", "create", "mount"]


class _Static(StaticFiles):
    """Static files; an address with a version never changes its content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        return response


def create(parts: Parts, settings: ConsoleSettings | None = None) -> FastAPI:
    """The console as an application of its own."""
    app = FastAPI(title="Sentinel console", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.console = Console.over(parts, settings or ConsoleSettings())
    errors.install(app)
    for view in (
        entry,
        second_step,
        bulk,
        queue,
        packets,
        alert,
        events,
        forecast,
        identities,
        rules,
        worker,
        collectors,
        decisions,
        enforcement,
        terminals,
        resources,
        permits,
        drafting,
        policies,
        studies,
        account,
        second_factor,
        users,
        audit,
    ):
        app.include_router(view.router)
    app.get("/favicon.ico", include_in_schema=False)(_favicon)
    app.mount("/static", _Static(directory=STATIC), name="static")
    return app


def _favicon() -> Response:
    return RedirectResponse("/static/favicon.svg", 308)


def mount(app: FastAPI, parts: Parts, settings: ConsoleSettings | None = None) -> None:
    """Put the console into `app`, at the root; call it last. Its limits and its security headers cover all of `app`."""
    app.mount("/", create(parts, settings), name="console")
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)  # around the limits: a refusal carries them too
