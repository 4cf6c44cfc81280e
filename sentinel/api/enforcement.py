"""Where enforcement points come that speak no AuthZEN. The token of one opens it, and nothing else.

`/enforce/v1/feed` is what gateways with nftables follow: a question is held until there is something to tell.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated

import anyio
from fastapi import APIRouter, FastAPI, Query, Request, Response

from sentinel.access.deciding.decider import Answer
from sentinel.access.information.pip import Asked
from sentinel.api import problem
from sentinel.api.parts import bearer
from sentinel.api.rounds import Rounds
from sentinel.enforcement import wire
from sentinel.enforcement.registry import Kind
from sentinel.operations.doors import Deciding, Parts

PREFIX = "/enforce/v1"
MOST_FOLLOWERS = 4  # questions of one gateway that are held at once; each takes a thread
LONGEST_WAIT = 25.0  # seconds
router = APIRouter()


def caller(request: Request, kind: Kind) -> tuple[Deciding, str]:
    """What decides, and the name of the enforcement point that calls; raises `SentinelError` where it is none of this kind."""
    parts: Parts = request.app.state.parts
    deciding = parts.deciding
    return deciding, deciding.points.admit(bearer(request), kind)


async def decided(request: Request, kind: Kind, asked: Asked) -> Answer:
    """The decision for the enforcement point that calls."""
    deciding, point = caller(request, kind)
    rounds: Rounds = request.app.state.rounds
    return await rounds.decide(deciding.decider, asked, point)


@router.get("/feed")
async def feed(
    request: Request, epoch: Annotated[str, Query(max_length=64)] = "", since: Annotated[int, Query(ge=-1)] = -1,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0, lost: Annotated[int, Query(ge=0)] = 0,
) -> Response:  # fmt: skip
    """What has changed since; who asks has carried out all before, and says how often its table was lost meanwhile."""
    deciding, point = caller(request, Kind.NFTABLES)
    if lost:
        deciding.administrator.ordering.bare(point)
    limiter: anyio.CapacityLimiter = request.app.state.followers[point]
    changes = await anyio.to_thread.run_sync(deciding.feed.changes, point, epoch, since, wait, limiter=limiter)
    return Response(wire.encode(changes), headers={"Cache-Control": "no-store"}, media_type="application/json")


def create(parts: Parts, *others: APIRouter) -> FastAPI:
    """The door as an application of its own, with what others answer."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.parts = parts
    app.state.rounds = Rounds()
    app.state.followers = defaultdict(lambda: anyio.CapacityLimiter(MOST_FOLLOWERS))
    problem.install(app)
    for each in (router, *others):
        app.include_router(each)
    return app


def mount(app: FastAPI, parts: Parts, *others: APIRouter) -> None:
    """Put the door into `app`."""
    app.mount(PREFIX, create(parts, *others), name="enforcement")
