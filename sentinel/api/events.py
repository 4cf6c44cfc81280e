"""Events: search, histogram, one event."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel

from sentinel.api.parts import Cursor, During, Limit, Reader, Using
from sentinel.model.document import timestamp

router = APIRouter(prefix="/events", tags=["events"])

QueryText = Annotated[str, Query(description='words, "phrases", field:value, `-`, OR, ( )')]


class EventPage(BaseModel):
    """Events newest first; `partial` says that not all answered in time."""

    rows: list[dict[str, object]]
    cursor: str | None
    partial: bool


class Bucket(BaseModel):
    """Events counted from `start` to the next bucket."""

    start: str
    count: int


class EventCounts(BaseModel):
    """Events over time; `partial` says that not all was counted in time, so that there may be more."""

    buckets: list[Bucket]
    partial: bool


@router.get("")
def search(
    caller: Reader, using: Using, during: During, q: QueryText = "", limit: Limit = 100, cursor: Cursor = None
) -> EventPage:
    """Events that match a query."""
    page = using.store.events(q, during, limit, cursor)
    return EventPage(rows=[dict(row) for row in page.rows], cursor=page.cursor, partial=page.partial)


@router.get("/histogram")
def histogram(
    caller: Reader, using: Using, during: During, q: QueryText = "", buckets: Annotated[int, Query(ge=1, le=500)] = 60
) -> EventCounts:
    """How many events match, over time."""
    counted = using.store.event_histogram(q, during, buckets)
    made = [Bucket(start=timestamp(start), count=count) for start, count in counted.parts]
    return EventCounts(buckets=made, partial=counted.partial)


@router.get("/{event_id}")
def get_event(event_id: str, caller: Reader, using: Using) -> dict[str, object]:
    """One event."""
    found = using.store.event(event_id)
    if found is None:
        raise HTTPException(404, "there is no such event")
    return dict(found)
