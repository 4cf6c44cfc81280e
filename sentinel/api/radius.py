"""What a DN-AAA asks (TS 29.561): FreeRADIUS sends the attributes of an Access-Request, after the terminal proved itself by EAP.

The SMF sets the session up just then, so our tables do not have it yet: slice, DNN, device and place are taken from the SMF,
whose request is authenticated. What is missing of them or malformed is unknown, and an unknown slice is a no of its own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from sentinel.access.deciding.decider import Answer
from sentinel.access.information.pip import Asked
from sentinel.api.asking import JSON, Asking, Told
from sentinel.api.enforcement import caller
from sentinel.api.rounds import Rounds
from sentinel.enforcement.registry import Kind
from sentinel.errors import AccessError
from sentinel.model.access import Reason
from sentinel.model.event import Value
from sentinel.operations.doors import Deciding
from sentinel.state.history import Held

router = APIRouter()
_IMSI, _DEVICE, _SLICE, _PLACE = "3GPP-IMSI", "3GPP-IMEISV", "3GPP-Session-S-NSSAI", "3GPP-User-Location-Info"
_DNN, _ADDRESS, _NAME = "Called-Station-Id", "Framed-IP-Address", "TLS-Client-Cert-Common-Name"
_READ = frozenset({_IMSI, _DEVICE, _SLICE, _PLACE, _DNN, _ADDRESS, _NAME})
_LONGEST = 512  # characters of an attribute: 253 octets at most (RFC 2865), which FreeRADIUS writes in hexadecimal
_TAI, _NCGI, _TAI_AND_NCGI = 136, 135, 137  # types of location of 5GS, TS 29.061 16.4.7.2
_Attributes = Mapping[str, str]
_READABLE = re.compile(rb"[\w.:/-]{1,256}")  # a resource that is written as it is, without percent signs
CONNECT = "connect"


@router.post("/radius")
async def radius(
    request: Request, resource: Annotated[str, Query(max_length=256)], action: Annotated[str, Query(max_length=64)] = CONNECT
) -> Response:  # fmt: skip
    """200 with attributes of the Access-Accept, or 401, which FreeRADIUS makes an Access-Reject."""
    deciding, point = caller(request, Kind.DN_AAA)
    rounds: Rounds = request.app.state.rounds
    wanted, now = deciding.decider.pip.catalogue.read(resource), time.time_ns()
    try:
        asked = _asked(_attributes(await request.body()), Asked(wanted, action, now))
    except AccessError:
        refused = deciding.decider.refused(Asked(wanted, action, now), Reason.MALFORMED)
        return _answer(await rounds.keep(deciding.decider, refused, point))
    return _answer(await rounds.decide(deciding.decider, asked, point))


def plain(deciding: Deciding, asking: Asking) -> Asked | None:
    """What is asked, for `sentinel.api.front`; none where the query is not a resource alone. Raises `AccessError`."""
    name, _, resource = asking.query.partition(b"=")
    if name != b"resource" or not _READABLE.fullmatch(resource):
        return None
    wanted = deciding.decider.pip.catalogue.read(resource.decode())
    return _asked(_attributes(asking.body), Asked(wanted, CONNECT, time.time_ns()))


def told(answer: Answer, _asking: Asking) -> Told:
    """The same answer as that of the route, for `sentinel.api.front`."""
    said = _accept(answer)
    return Told(HTTPStatus.UNAUTHORIZED, b"", b"") if said is None else Told(HTTPStatus.OK, JSON, orjson.dumps(said))


def _answer(answer: Answer) -> Response:
    said = _accept(answer)
    if said is None:
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    return Response(orjson.dumps(said), media_type="application/json")


def _accept(answer: Answer) -> Mapping[str, object] | None:
    """The attributes of an Access-Accept. A no says nothing: what is in an Access-Reject may come to the terminal."""
    if not answer.decision.allowed:
        return None
    told: dict[str, object] = {"reply:Class": answer.id}
    seconds = answer.decision.obligations.get("reauth", answer.decision.obligations.get("ttl"))
    if seconds is not None:
        told |= {"reply:Session-Timeout": int(seconds), "reply:Termination-Action": "RADIUS-Request"}
    return told


def _attributes(body: bytes) -> _Attributes:
    """The attributes as rlm_rest writes them; one that comes twice with different values is no request."""
    try:
        found = orjson.loads(body)
        read = {str(name): _one(each["value"]) for name, each in found.items() if name in _READ}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AccessError("the body has no attributes as rlm_rest writes them") from error
    if any(len(value) > _LONGEST for value in read.values()):
        raise AccessError(f"an attribute is too long; expected at most {_LONGEST} characters")
    return read


def _one(values: list[object]) -> str:
    first, *others = {str(value) for value in values} or {""}
    return first if not others else ""


def _asked(attributes: _Attributes, bare: Asked) -> Asked:
    """Of whom is asked, in which session; raises `AccessError`."""
    supi, at = attributes.get(_IMSI, ""), bare.at
    if not supi.isdecimal() or not 5 <= len(supi) <= 15:
        raise AccessError(f"`{_IMSI}` is no IMSI; expected 5 to 15 digits")
    if attributes.get(_NAME, supi).removeprefix("imsi-") != supi:
        raise AccessError("the certificate is somebody else's; expected the IMSI as its common name")
    address = attributes.get(_ADDRESS, "")
    session = Held("address", address, at, None, supi, _facts(supi, attributes))
    place = _place(attributes.get(_PLACE, ""))
    begins = (session, Held("context", "", at, None, supi, place.facts(supi))) if place else (session,)
    return Asked(bare.resource, bare.action, at, supi, address, begins=begins)


def _facts(supi: str, attributes: _Attributes) -> Mapping[str, Value]:
    facts: dict[str, Value] = {"fiveg.supi": supi, **_slice(_octets(attributes.get(_SLICE, "")))}
    if dnn := attributes.get(_DNN, ""):
        facts["fiveg.dnn"] = dnn
    if (device := attributes.get(_DEVICE, "")).isdecimal() and 14 <= len(device) <= 16:
        facts["fiveg.pei"] = device
    return facts


def _slice(octets: bytes) -> Mapping[str, Value]:
    """SST, and SD where there is one; `ffffff` is none (TS 23.003)."""
    if len(octets) not in {1, 4}:
        raise AccessError(f"`{_SLICE}` is not known; expected SST, or SST and SD")
    sd = octets[1:].hex()
    return {"fiveg.snssai.sst": octets[0], **({"fiveg.snssai.sd": sd} if sd and sd != "ffffff" else {})}


@dataclass(frozen=True, slots=True)
class _Place:
    tac: int | None = None
    cell: int | None = None

    def facts(self, supi: str) -> Mapping[str, Value]:
        facts: dict[str, Value] = {"fiveg.supi": supi}
        if self.tac is not None:
            facts["fiveg.tac"] = str(self.tac)
        if self.cell is not None:
            facts["fiveg.nci"] = f"0x{self.cell:09x}"
        return facts


def _place(text: str) -> _Place | None:
    """Tracking area and cell: after a PLMN of three octets each, a TAC of three and an NCI of five."""
    octets = _octets(text)
    kind, rest = octets[:1], octets[1:]
    tac, cell = int.from_bytes(rest[3:6], "big"), int.from_bytes(rest[-5:], "big") & 0xFFFFFFFFF
    known = {(_TAI, 6): _Place(tac), (_NCGI, 8): _Place(None, cell), (_TAI_AND_NCGI, 14): _Place(tac, cell)}
    return known.get((kind[0], len(rest))) if kind else None


def _octets(text: str) -> bytes:
    """Octets as FreeRADIUS writes them, `0x01abcdef`; raises `AccessError`."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise AccessError(f"`{text[:64]}` are no octets; expected 0x and hexadecimal digits") from error
