"""The API door: JSON under /api/v1 for programs; what it shows is the same that the console shows."""

from __future__ import annotations

from fastapi import FastAPI

from sentinel.api import (
    access,
    alerts,
    audit,
    authzen,
    collectors,
    decisions,
    enforcement,
    events,
    forward,
    identities,
    ingest,
    openapi,
    packets,
    policies,
    problem,
    radius,
    risk,
    second_factor,
    session,
    status,
    users,
)
from sentinel.api import rules as rules_resource
from sentinel.operations.doors import Parts

PREFIX = "/api/v1"


def create(parts: Parts) -> FastAPI:
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
    app.state.parts = parts
    problem.install(app)
    for resource in (
        session,
        second_factor,
        packets,
        alerts,
        risk,
        events,
        identities,
        rules_resource,
        status,
        collectors,
        users,
        audit,
        decisions,
        access,
        policies,
        ingest,
        openapi,
    ):
        app.include_router(resource.router)
    return app


def mount(app: FastAPI, parts: Parts) -> None:
    """Put the API into `app`, under `/api/v1`, and beside it the decision point and what enforcement points ask."""
    app.mount(PREFIX, create(parts), name="api")
    authzen.mount(app, parts)
    enforcement.mount(app, parts, radius.router, forward.router)
