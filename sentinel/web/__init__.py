"""The console: server-rendered pages for people. It shares nothing with the API but what both stand on."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sentinel.access.accounts import Accounts
from sentinel.access.doors import Receiving, RulesProvider
from sentinel.evidence.ring import Ring
from sentinel.store.base import Store
from sentinel.web import errors
from sentinel.web.console import STATIC, Console
from sentinel.web.limits import BodyLimit
from sentinel.web.security import SecurityHeaders
from sentinel.web.settings import ConsoleSettings
from sentinel.web.views import account, alert, bulk, collectors, entry, events, packets, queue, rules, users, worker

__all__ = ["ConsoleSettings", "create", "mount"]

_rules = rules


class _Static(StaticFiles):
    """Static files; an address with a version never changes its content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        return response


def create(
    *,
    store: Store,
    accounts: Accounts,
    rules: RulesProvider,
    settings: ConsoleSettings | None = None,
    receiving: Receiving | None = None,
    ring: Ring | None = None,
) -> FastAPI:
    """The console as an application of its own."""
    app = FastAPI(title="Sentinel console", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.console = Console(
        store, accounts, rules, settings or ConsoleSettings(), receiving=receiving, ring=ring or Ring()
    )
    errors.install(app)
    for view in (entry, bulk, queue, packets, alert, events, _rules, worker, collectors, account, users):
        app.include_router(view.router)
    app.get("/favicon.ico", include_in_schema=False)(_favicon)
    app.mount("/static", _Static(directory=STATIC), name="static")
    return app


def _favicon() -> Response:
    return RedirectResponse("/static/favicon.svg", 308)


def mount(
    app: FastAPI,
    *,
    store: Store,
    accounts: Accounts,
    rules: RulesProvider,
    settings: ConsoleSettings | None = None,
    receiving: Receiving | None = None,
    ring: Ring | None = None,
) -> None:
    """Put the console into `app`, at the root; call it last. Its limits and its security headers cover all of `app`."""
    made = create(store=store, accounts=accounts, rules=rules, settings=settings, receiving=receiving, ring=ring)
    app.mount("/", made, name="console")
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)  # around the limits: a refusal carries them too
