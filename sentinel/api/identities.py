"""Identities: what the pseudonyms in events and alerts stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from sentinel.api.parts import Reader, Using
from sentinel.operations.revealing import MOST

router = APIRouter(prefix="/identities", tags=["identities"])


class RevealBody(BaseModel):
    """Pseudonyms, and why somebody has to know who they stand for; both go on record."""

    pseudonyms: Annotated[list[str], Field(min_length=1, max_length=MOST)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@router.post("/reveal")
def reveal(body: RevealBody, caller: Reader, using: Using) -> Mapping[str, str]:
    """What these pseudonyms stand for, to a role that may know; one whose identifier was erased is left out."""
    return using.reveal(caller.account, body.pseudonyms, body.reason)
