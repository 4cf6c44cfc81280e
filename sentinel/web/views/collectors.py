"""The collectors: who ships events here, how each is doing, and what is lacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from sentinel.operations.fleet import Standing, State
from sentinel.web.gate import Shown, Watcher

router = APIRouter(prefix="/collectors")


@dataclass(frozen=True, slots=True)
class CollectorsPage:
    """The page: those that may send before those that were removed."""

    rows: Sequence[Standing]


@router.get("")
def show(request: Request, shown: Shown, visitor: Watcher) -> Response:
    """The collectors; the part that renews itself when the page asks for it."""
    rows = sorted(shown.standings(), key=lambda each: (each.state is State.REMOVED, each.name))
    part = "_collectors.html" if request.headers.get("HX-Request") == "true" else "collectors.html"
    return shown.respond(request, visitor, part, CollectorsPage(rows))
