"""Risk: the entities that deserve a look first."""

from __future__ import annotations

import time

from fastapi import APIRouter
from pydantic import BaseModel

from sentinel.api.parts import Limit, Reader, Using
from sentinel.detection.risk import risks
from sentinel.model.document import timestamp
from sentinel.model.weight import FORGOTTEN, HALF_LIFE
from sentinel.store.base import AlertFilter, Span

router = APIRouter(prefix="/risk", tags=["alerts"])
_JUDGED = 10_000  # alerts, the latest ones


class EntityRisk(BaseModel):
    """An entity and its risk, 0 to 100, as of now; `criticality` is what the site plan makes of it."""

    field: str
    value: str
    score: float
    criticality: float
    alerts: list[str]
    rules: list[str]
    last: str


@router.get("")
def risk(caller: Reader, using: Using, limit: Limit = 100) -> list[EntityRisk]:
    """Entities by risk, highest first."""
    now = time.time_ns()
    found = using.store.alerts(AlertFilter(span=Span(since=now - FORGOTTEN * HALF_LIFE)), _JUDGED)
    return [
        EntityRisk(
            field=one.field, value=one.value, score=one.score, criticality=one.criticality, alerts=list(one.alerts),
            rules=list(one.rules), last=timestamp(one.last),
        )
        for one in risks(found.rows, now, using.levels)[:limit]
    ]  # fmt: skip
