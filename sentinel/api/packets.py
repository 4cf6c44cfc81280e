"""The packets of an alert and those around them: listed, as a capture, and each dissected by tshark."""

from __future__ import annotations

import base64
import re
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel, Field

from sentinel.api.parts import Caller, Evident, Reader, Using
from sentinel.crypto.digest import digest_sha256
from sentinel.evidence.dissection import Node, dissect
from sentinel.evidence.manifest import file_of, manifest
from sentinel.evidence.ring import Cut
from sentinel.model.alert import Alert
from sentinel.operations.doors import Parts
from sentinel.operations.fetching import Elsewhere

router = APIRouter(prefix="/alerts/{alert_id}", tags=["alerts"])
_PCAPNG = "application/x-pcapng"


class NodeView(BaseModel):
    """A protocol or a field of a dissection; `pos` and `size` are octets of the frame."""

    name: str
    text: str
    pos: int
    size: int
    children: list[NodeView]


class DissectionView(BaseModel):
    """A packet of an alert, and what tshark makes of it."""

    number: int
    sha256: str
    protocols: list[NodeView]


class CollectorPackets(BaseModel):
    """A collector on which packets of the alert lie, and whether they were asked for."""

    collector: str
    state: str = Field(description="`there` until somebody asks; then `waiting`, `late` or `came`")
    asked: int = Field(description="when, nanoseconds since the epoch")
    by: str
    packets: int
    complete: bool
    sha256: str


def _elsewhere(found: Elsewhere) -> CollectorPackets:
    asked = found.asked
    if asked is None:
        return CollectorPackets(
            collector=found.collector, state=found.state, asked=0, by="", packets=0, complete=False, sha256=""
        )
    return CollectorPackets(
        collector=found.collector, state=found.state, asked=asked.asked, by=asked.by, packets=asked.packets,
        complete=bool(asked.sha256) and not asked.more, sha256=asked.sha256,
    )  # fmt: skip


@router.get("/packets/collectors")
def list_collectors(alert_id: str, caller: Reader, using: Using) -> list[CollectorPackets]:
    """The collectors on which packets around the alert's messages lie."""
    return [_elsewhere(each) for each in using.elsewhere(_alert(using, alert_id))]


@router.post("/packets/collectors", status_code=202)
def ask_collectors(alert_id: str, caller: Evident, using: Using) -> list[CollectorPackets]:
    """Ask each of them for these packets. They come when it next reports, and stand among the alert's packets then."""
    alert = _alert(using, alert_id)
    if not using.elsewhere(alert):
        raise HTTPException(404, "no packets of this alert lie on a collector")
    return [_elsewhere(each) for each in using.ask(alert, caller.account.name)]


def _alert(using: Parts, alert_id: str) -> Alert:
    record = using.store.alert(alert_id)
    if record is None:
        raise HTTPException(404, "there is no such alert")
    return record.alert


def _cut(using: Parts, alert_id: str, caller: Caller) -> tuple[Alert, Cut]:
    alert = _alert(using, alert_id)
    found = using.packets(alert, caller.account.name)
    if not found.packets:
        raise HTTPException(404, "no packets were kept for this alert")
    return alert, found


class ReadingBody(BaseModel):
    """Why somebody reads the packets of an alert; it goes on record with their name."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@router.post("/packets/reason", status_code=204)
def explain(alert_id: str, body: ReadingBody, caller: Evident, using: Using) -> None:
    """Say why, before the packets of an alert are read in a sealed store; good for a quarter of an hour."""
    using.explain(_alert(using, alert_id), caller.account.name, body.reason)


@router.get("/packets")
def list_packets(alert_id: str, caller: Evident, using: Using) -> dict[str, object]:
    """The manifest of the capture: each packet with its digests, and what the decoder makes of all of them."""
    _, found = _cut(using, alert_id, caller)
    return manifest(found, file_of(found.packets), {"alert": alert_id})


@router.get("/packets.pcapng", response_class=Response, responses={200: {"content": {_PCAPNG: {}}}})
def capture_of_packets(alert_id: str, caller: Evident, using: Using) -> Response:
    """The packets as a capture, its SHA-256 in the header."""
    alert, found = _cut(using, alert_id, caller)
    octets = file_of(found.packets)
    name = re.sub(r"[^\w.-]", "_", f"alert-{alert.rule.slug}-{alert.id}", flags=re.ASCII)
    digest = base64.b64encode(bytes.fromhex(digest_sha256(octets))).decode()
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pcapng"',
        "Cache-Control": "no-store",
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    return Response(octets, media_type=_PCAPNG, headers=headers)


@router.get("/packets/{number}/dissection")
def dissection(
    alert_id: str,
    number: int,
    caller: Evident,
    using: Using,
    sha256: Annotated[str, Query(description="of the packet that is meant: the list may have moved on")] = "",
) -> DissectionView:
    """Everything that tshark reads in the `number`-th packet of the list."""
    _, found = _cut(using, alert_id, caller)
    if not 0 < number <= len(found.packets):
        raise HTTPException(404, f"this alert has packets 1 to {len(found.packets)}")
    packet = found.packets[number - 1]
    digest = digest_sha256(packet.data)
    if sha256 not in {"", digest}:
        raise HTTPException(409, "the list of packets has changed, load it again")
    return DissectionView(number=number, sha256=digest, protocols=[_view(node) for node in dissect(packet)])


def _view(node: Node) -> NodeView:
    children = [_view(child) for child in node.children]
    return NodeView(name=node.name, text=node.text, pos=node.pos, size=node.size, children=children)
