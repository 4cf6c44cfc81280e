"""Collectors: who ships events here, and how each is doing."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from sentinel.api.parts import Using, Watcher
from sentinel.operations.fleet import State

router = APIRouter(prefix="/collectors", tags=["collectors"])


class CollectorView(BaseModel):
    """A collector. Times are nanoseconds since the epoch, 0 where there is none; sizes are octets."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    state: State
    enrolled: int
    heard: int = Field(description="when it last reported")
    version: str
    sources: str
    packets: int
    dropped: int = Field(description="packets that its kernel dropped")
    batches: int = Field(description="stored here")
    events: int = Field(description="stored here")
    latest: int = Field(description="time of its latest event")
    missing: int = Field(description="batches that it numbered and that never came")
    missed: int = Field(description="when that was noticed last")
    waiting: int = Field(description="batches in its spool")
    spool: int
    spool_size: int
    lost: int = Field(description="events that its full spool had no room for")
    refused: int = Field(description="batches that were not taken")
    evidence: int = Field(description="recent packets that it keeps")
    evidence_trouble: str = Field(description="why it keeps none")


@router.get("")
def list_collectors(caller: Watcher, using: Using) -> list[CollectorView]:
    """Every collector that was ever enrolled, by name."""
    return [CollectorView.model_validate(each) for each in using.standings()]
