"""What nginx asks by `auth_request`: 200 lets a request through, 403 does not. Headers say why, to nginx alone.

nginx says who comes from where (`X-Sentinel-Address`), to what (`X-Sentinel-Resource`) and with which method; whatever else the
client sent has no place here (`deploy/nginx`).
"""

from __future__ import annotations

import time
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from sentinel.access.information.pip import Asked
from sentinel.api.enforcement import caller, decided
from sentinel.enforcement.registry import Kind
from sentinel.errors import AccessError

router = APIRouter()


@router.get("/http")
async def http(request: Request) -> Response:
    """Whether a request of HTTP may pass."""
    deciding, _ = caller(request, Kind.HTTP)
    resource = deciding.decider.pip.catalogue.read(_said(request, "Resource"))
    action = f"http:{_said(request, 'Method')}"
    certificate = request.headers.get("X-Sentinel-Certificate", "")
    asked = Asked(resource, action, time.time_ns(), "", _said(request, "Address"), certificate)
    answer = await decided(request, Kind.HTTP, asked)
    decision = answer.decision
    told = {"X-Sentinel-Decision": answer.id, "X-Sentinel-Reason": decision.reason.value,
            "X-Sentinel-Rule": ",".join(decision.rules), "Cache-Control": "no-store"}  # fmt: skip
    return Response(status_code=HTTPStatus.OK if decision.allowed else HTTPStatus.FORBIDDEN, headers=told)


def _said(request: Request, name: str) -> str:
    """A header that has to be there, once."""
    found = request.headers.getlist(f"X-Sentinel-{name}")
    if len(found) != 1 or not found[0]:
        raise AccessError(f"the header `X-Sentinel-{name}` is missing, or there several times; expected one")
    return found[0]
