"""Decisions on access: what was decided, for whom and why; and the trust in a terminal at any moment."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from sentinel.access.deciding.decider import KIND
from sentinel.api.events import EventPage, QueryText
from sentinel.api.parts import Cursor, During, Limit, Reader, Using
from sentinel.model.document import timestamp
from sentinel.store.moment import parse_moment

router = APIRouter(tags=["access"])


class TermView(BaseModel):
    """What an alert takes from the trust, as a chance, and since when that was known."""

    alert: str
    rule: str
    plane: str
    weight: float
    value: float
    last: str
    known: str


class TrustView(BaseModel):
    """The trust in a terminal at a moment, with all that lowers it."""

    at: str
    score: int
    terms: list[TermView]


@router.get("/decisions")
def decisions(
    caller: Reader, using: Using, during: During, q: QueryText = "", limit: Limit = 100, cursor: Cursor = None
) -> EventPage:
    """Decisions that match a query, newest first."""
    text = f"event.action:{KIND} ({q})" if q.strip() else f"event.action:{KIND}"
    page = using.store.events(text, during, limit, cursor)
    return EventPage(rows=[dict(row) for row in page.rows], cursor=page.cursor, partial=page.partial)


@router.get("/trust/{supi}")
def trust(
    supi: Annotated[str, Path(pattern=r"^\d{5,15}$")], caller: Reader, using: Using, at: Annotated[str, Query()] = "",
) -> TrustView:  # fmt: skip
    """The trust in a terminal, computed again from what was known at that moment."""
    now = time.time_ns()
    moment = parse_moment(at, now) or now
    found = using.deciding.trust.past(supi, moment)
    terms = [
        TermView(alert=term.alert, rule=term.name, plane=term.plane, weight=term.weight, value=term.value(moment),
                 last=timestamp(term.last), known=timestamp(term.known))
        for term in found.terms
    ]  # fmt: skip
    return TrustView(at=timestamp(moment), score=found.score, terms=terms)
