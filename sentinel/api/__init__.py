"""The API door: JSON under /api/v1 for programs; what it shows is the same that the console shows."""

from __future__ import annotations

from fastapi import FastAPI

from sentinel.access.accounts import Accounts
from sentinel.access.doors import Parts, Receiving, RulesProvider
from sentinel.api import alerts, events, ingest, openapi, problem, session, status, users
from sentinel.api import rules as rules_resource
from sentinel.store.base import Store

PREFIX = "/api/v1"


def create(*, store: Store, accounts: Accounts, rules: RulesProvider, receiving: Receiving | None = None) -> FastAPI:
    """The API as an application of its own, with its own error form."""
    app = FastAPI(
        title="Sentinel API",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        description="5G SA network security monitor: alerts, events, rules, accounts.",
        servers=[{"url": PREFIX}],
    )
    app.state.parts = Parts(store, accounts, rules, receiving=receiving)
    problem.install(app)
    for resource in (session, alerts, events, rules_resource, status, users, ingest, openapi):
        app.include_router(resource.router)
    return app


def mount(
    app: FastAPI, *, store: Store, accounts: Accounts, rules: RulesProvider, receiving: Receiving | None = None
) -> None:
    """Put the API into `app`, under `/api/v1`."""
    app.mount(PREFIX, create(store=store, accounts=accounts, rules=rules, receiving=receiving), name="api")
