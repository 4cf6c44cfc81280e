"""Who pseudonyms stand for: a reason goes in and on record, the identifiers come out, once and for this page alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.errors import TriageError
from sentinel.web.gate import Reader, Shown

router = APIRouter(prefix="/identities")


@dataclass(frozen=True, slots=True)
class IdentitiesPage:
    """The page: pseudonyms with what they stand for, empty where it was erased; or what was wrong with the question."""

    pairs: Sequence[tuple[str, str]]
    pseudonyms: str
    reason: str
    error: str = ""


@router.post("")
def reveal(
    request: Request,
    shown: Shown,
    visitor: Reader,
    pseudonyms: Annotated[str, Form(max_length=8000)] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Show who these pseudonyms stand for."""
    wanted = pseudonyms.split()
    try:
        found = shown.reveal(visitor.known(), wanted, reason)
    except TriageError as error:
        page = IdentitiesPage((), pseudonyms, reason, str(error))
        return shown.respond(request, visitor, "identities.html", page, 400)
    page = IdentitiesPage([(each, found.get(each, "")) for each in wanted], pseudonyms, reason)
    response = shown.respond(request, visitor, "identities.html", page)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("")
def asked(visitor: Reader) -> Response:
    """Who reloads the answer has to ask again, with a reason."""
    return RedirectResponse("/events", 303)
