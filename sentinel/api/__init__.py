"""The API door: JSON under /api/v1 for programs; what it shows is the same that the console shows."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from sentinel.access.accounts import Accounts
from sentinel.access.doors import Parts, Receiving, RulesProvider
from sentinel.api import alerts, collectors, events, ingest, openapi, packets, problem, risk, session, status, users
from sentinel.api import rules as rules_resource
from sentinel.evidence.ring import Ring
from sentinel.store.base import Store

PREFIX = "/api/v1"


def create(
    *,
    store: Store,
    accounts: Accounts,
    rules: RulesProvider,
    receiving: Receiving | None = None,
    ring: Ring | None = None,
    levels: Mapping[str, str] | None = None,
) -> FastAPI:
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
    app.state.parts = Parts(store, accounts, rules, receiving=receiving, ring=ring or Ring(), levels=levels or {})
    problem.install(app)
    for resource in (
        session,
        packets,
        alerts,
        risk,
        events,
        rules_resource,
        status,
        collectors,
        users,
        ingest,
        openapi,
    ):
        app.include_router(resource.router)
    return app


def mount(
    app: FastAPI,
    *,
    store: Store,
    accounts: Accounts,
    rules: RulesProvider,
    receiving: Receiving | None = None,
    ring: Ring | None = None,
    levels: Mapping[str, str] | None = None,
) -> None:
    """Put the API into `app`, under `/api/v1`."""
    made = create(store=store, accounts=accounts, rules=rules, receiving=receiving, ring=ring, levels=levels)
    app.mount(PREFIX, made, name="api")
