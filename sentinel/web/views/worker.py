"""The status page, and the strip in the header that renews itself."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from sentinel.web.gate import Shown, Watcher

router = APIRouter()


@router.get("/status")
def status(request: Request, shown: Shown, visitor: Watcher) -> Response:
    """The status page; the part that renews itself when the page asks for it."""
    return shown.respond(request, visitor, "status.html", shown.worker())


@router.get("/status/strip")
def strip(request: Request, shown: Shown, visitor: Watcher) -> Response:
    """The strip in the header, which renews itself."""
    return shown.respond(request, visitor, "_strip.html", shown.worker())
