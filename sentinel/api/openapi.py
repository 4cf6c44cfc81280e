"""The description of this API, for those who may read it."""

from __future__ import annotations

from fastapi import APIRouter, Request

from sentinel.api.parts import Reader

router = APIRouter(tags=["openapi"])


@router.get("/openapi.json", include_in_schema=False)
def openapi(caller: Reader, request: Request) -> dict[str, object]:
    """The OpenAPI document."""
    document: dict[str, object] = request.app.openapi()
    return document
