"""What nginx asks by `auth_request`: 200 lets a request through, 403 does not. Headers say why, to nginx alone.

nginx says who comes from where (`X-Sentinel-Address`), to what (`X-Sentinel-Resource`) and with which method; whatever else the
client sent has no place here (`deploy/nginx`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from sentinel.access.deciding.decider import Answer
from sentinel.access.information.pip import Asked
from sentinel.api.asking import Asking, Told
from sentinel.api.enforcement import caller, decided
from sentinel.enforcement.registry import Kind
from sentinel.errors import AccessError
from sentinel.operations.doors import Deciding

router = APIRouter()


@router.get("/http")
async def http(request: Request) -> Response:
    """Whether a request of HTTP may pass."""
    deciding, _ = caller(request, Kind.HTTP)
    resource, method, address = (_said(request, name) for name in ("Resource", "Method", "Address"))
    asked = _asked(deciding, resource, method, address, request.headers.get("X-Sentinel-Certificate", ""))
    answer = await decided(request, Kind.HTTP, asked)
    return Response(status_code=_status(answer), headers={**_told(answer), "Cache-Control": "no-store"})


def plain(deciding: Deciding, asking: Asking) -> Asked | None:
    """What is asked, for `sentinel.api.front`, which has each header once; none where one is missing."""
    resource, method, address, certificate = (
        asking.headers.get(b"x-sentinel-" + name, b"").decode("latin-1") for name in (b"resource", b"method", b"address", b"certificate")
    )  # fmt: skip
    if not (resource and method and address):
        return None
    return _asked(deciding, resource, method, address, certificate)


def told(answer: Answer, _asking: Asking) -> Told:
    """The same answer as that of the route, for `sentinel.api.front`."""
    lines = "".join([f"{name.lower()}: {value}\r\n" for name, value in _told(answer).items()])
    return Told(_status(answer), lines.encode("latin-1"), b"")


def _asked(deciding: Deciding, resource: str, method: str, address: str, certificate: str) -> Asked:
    wanted = deciding.decider.pip.catalogue.read(resource)
    return Asked(wanted, f"http:{method}", time.time_ns(), "", address, certificate)


def _told(answer: Answer) -> Mapping[str, str]:
    decision = answer.decision
    return {"X-Sentinel-Decision": answer.id, "X-Sentinel-Reason": decision.reason.value,
            "X-Sentinel-Rule": ",".join(decision.rules)}  # fmt: skip


def _status(answer: Answer) -> HTTPStatus:
    return HTTPStatus.OK if answer.decision.allowed else HTTPStatus.FORBIDDEN


def _said(request: Request, name: str) -> str:
    """A header that has to be there, once."""
    found = request.headers.getlist(f"X-Sentinel-{name}")
    if len(found) != 1 or not found[0]:
        raise AccessError(f"the header `X-Sentinel-{name}` is missing, or there several times; expected one")
    return found[0]
