"""Ingest: what collectors send. A collector's token opens this resource and no other, and nothing else opens this one."""

from __future__ import annotations

import base64
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from pydantic import BaseModel, Field

from sentinel.api.parts import Using, bearer
from sentinel.errors import AuditError, AuthorizationError, IngestError
from sentinel.forecast import KINDS
from sentinel.model.event import Value
from sentinel.operations.doors import CERTIFIED, Receiving
from sentinel.shipping import wire
from sentinel.shipping.sender import DIGEST_HEADER, MORE_HEADER, SEQUENCE_HEADER, SPOOL_HEADER, repr_digest
from sentinel.state import DERIVED

router = APIRouter(prefix="/ingest", tags=["ingest"])

_Count = Annotated[int, Field(ge=0, lt=2**63)]


def _receiving(using: Using) -> Receiving:
    if using.receiving is None:
        raise HTTPException(404, "this service takes nothing from collectors")
    return using.receiving


Into = Annotated[Receiving, Depends(_receiving)]


def collecting(request: Request, into: Into) -> str:
    """The collector that calls, by its token, and where that is asked for by its certificate, too."""
    name = into.collectors.authenticate(bearer(request))
    if into.mutual and getattr(request.state, CERTIFIED, None) != name:
        raise AuthorizationError(
            "this service takes events with a certificate of the same collector, at its address for collectors"
        )
    return name


Sending = Annotated[str, Depends(collecting)]


async def _body(request: Request, collector: Sending) -> bytes:
    return await request.body()


class Taken(BaseModel):
    """A batch is on disk; `again` says that it already was."""

    events: int
    again: bool


class CollectorStatus(BaseModel):
    """How a collector is doing: what it watches, what it counted, and what waits in its spool."""

    sources: Annotated[list[Annotated[str, Field(max_length=256)]], Field(max_length=64)] = []
    counters: Annotated[dict[Annotated[str, Field(max_length=128)], _Count], Field(max_length=2000)] = {}
    waiting: _Count = 0
    lost: _Count = 0
    refused: _Count = 0
    losing: bool = False
    finished: bool = False
    spool: _Count = 0
    spool_size: _Count = 0
    version: Annotated[str, Field(max_length=64)] = ""
    evidence_trouble: Annotated[str, Field(max_length=1024)] = ""


@router.post("")
def take(
    collector: Sending, into: Into, body: Annotated[bytes, Depends(_body)],
    spool: Annotated[str, Header(alias=SPOOL_HEADER, max_length=64)],
    sequence: Annotated[int, Header(alias=SEQUENCE_HEADER, ge=1, lt=2**62)],
) -> Taken:  # fmt: skip
    """Take a batch of events (gzip, see `sentinel.shipping.wire`); the answer comes when it is on disk."""
    events = wire.check(body, time.time_ns(), DERIVED | KINDS.keys())
    return Taken(events=events, again=not into.inbox.accept(collector, spool, sequence, body))


class Question(BaseModel):
    """Packets that the collector is asked for: about any of the subjects, in spans of nanoseconds since the epoch."""

    id: str
    subjects: list[str]
    spans: list[tuple[int, int]]


class Heard(BaseModel):
    """The report is heard; what the collector is asked for now."""

    cuts: list[Question]


@router.put("/cuts/{question}", status_code=204)
def answer(
    question: str, collector: Sending, into: Into, using: Using, body: Annotated[bytes, Depends(_body)],
    digest: Annotated[str, Header(alias=DIGEST_HEADER, max_length=128)],
    more: Annotated[bool, Header(alias=MORE_HEADER)] = False,
) -> None:  # fmt: skip
    """Take the packets that the collector was asked for, a pcapng file of at most a megabyte."""
    if digest != repr_digest(body):
        raise IngestError(f"the packets are not those of their digest in `{DIGEST_HEADER}`")
    using.fetching.take(collector, question, body, more=more)


@router.put("/status")
def report(body: CollectorStatus, collector: Sending, using: Using) -> Heard:
    """Hear how a collector is doing, and say what it is asked for."""
    status: dict[str, Value] = {"time": time.time_ns(), "source": ", ".join(body.sources), "spool.waiting": body.waiting,
              "spool.lost": body.lost, "spool.refused": body.refused, "spool.losing": body.losing,
              "spool.bytes": body.spool, "spool.size": body.spool_size, "version": body.version,
              "finished": body.finished,
              "evidence_trouble": body.evidence_trouble}  # fmt: skip
    status = {**body.counters, **status}  # a counter cannot pass for what the report itself says
    using.store.put_status(f"collector.{collector}", status)
    return Heard(cuts=[Question.model_validate(wanted.document()) for wanted in using.fetching.pending(collector)])


class Head(BaseModel):
    """The last checkpoint of the audit log, and the proof that it goes on from that of `since` records."""

    checkpoint: str
    proof: list[str] = Field(description="hashes in base64")
    handovers: str = Field(
        "", description="the checkpoints by which the key of the log was replaced, each naming the next"
    )


@router.get("/audit")
def head(collector: Sending, using: Using, since: Annotated[int, Query(ge=0)] = 0) -> Head:
    """Show a witness how the audit log goes on; no record is in it."""
    note = using.ledger.heads.last()
    if note is None:
        raise HTTPException(404, "nothing of the audit log is signed yet")
    proof = using.ledger.consistency(since, note.size) if 0 < since <= note.size else ()
    handovers = "".join(each.raw for each in using.ledger.heads.handovers)
    return Head(
        checkpoint=note.raw, proof=[base64.b64encode(each).decode() for each in proof], handovers=handovers
    )  # fmt: skip


@router.put("/audit", status_code=204)
def cosigned(collector: Sending, using: Using, body: Annotated[bytes, Depends(_body)]) -> None:
    """Take the last checkpoint with the cosignature of a witness, whose key has the collector's name."""
    try:
        using.ledger.cosigned(body.decode("utf-8", "replace"), collector)
    except AuditError as error:
        raise IngestError(str(error)) from error
