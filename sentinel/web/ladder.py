"""The ladder diagram of an alert: endpoints as lifelines, messages as arrows, drawn as SVG on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from sentinel.model.event import Value
from sentinel.store.base import Document

_GUTTER, _HEAD, _ROW = 96, 62, 46
_NARROW, _WIDE, _ROOM = 172, 260, 520  # a lane is as wide as the page allows
_RANK = {"UE": 0, "gNB": 1, "AMF": 2, "SMF": 3, "UPF": 4}
_NGAP_PORT = 38412
_N2 = ("ngap", "nas", "sctp")
_SIGNALLING = ("ngap.", "nas.", "pfcp.", "sctp.", "gtpu.")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A lifeline: an address, what it is where that can be told, and what the site calls it; strangers are in no plan."""

    address: str
    role: str
    name: str = ""
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow; without endpoints it is a note across the diagram. `offset` is nanoseconds since the first message."""

    id: str
    kind: str
    detail: str
    offset: int
    source: Endpoint | None
    destination: Endpoint | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Lifelines from left to right, and messages from first to last."""

    endpoints: tuple[Endpoint, ...]
    messages: tuple[Message, ...]


def ladder(documents: Sequence[tuple[int, Document]], names: Mapping[str, str], planned: Mapping[str, str]) -> Ladder:
    """The diagram of events (time and document), oldest first.

    `names` are what the site calls its addresses, `planned` what is there by its plan; without a plan, the part that an
    end plays in a message says what it is.
    """
    start = documents[0][0] if documents else 0
    messages = tuple(_message(time - start, document, planned) for time, document in documents)
    found: dict[str, Endpoint] = {}
    for message in messages:
        for end in (message.source, message.destination):
            if end is not None and (end.address not in found or not found[end.address].role):
                found[end.address] = end
    ends = sorted(found.values(), key=lambda end: _RANK.get(end.role, 5))
    return Ladder(tuple(replace(end, name=names.get(end.address, "")) for end in ends), messages)


def _message(offset: int, document: Document, planned: Mapping[str, str]) -> Message:
    kind = _text(document.get("event.action"))
    source, destination = _text(document.get("source.ip")), _text(document.get("destination.ip"))
    if not source or not destination:
        source = _text(document.get("fiveg.gtpu.outer.source.ip"))
        destination = _text(document.get("fiveg.gtpu.outer.destination.ip"))
    roles = _roles(kind, document, source, destination)
    told = [_end(end, role, kind, planned) for end, role in zip((source, destination), roles, strict=True)]
    ends = (told[0], told[1]) if source and destination else (None, None)
    return Message(_text(document.get("event.id")), kind, _detail(kind, document), offset, *ends)


def _end(address: str, role: str, kind: str, planned: Mapping[str, str]) -> Endpoint:
    """By the plan, where there is one: whoever speaks like an SMF is none for that."""
    if not planned or role == "UE":
        return Endpoint(address, role)
    stranger = address not in planned and kind.partition(".")[0] in (*_N2, "pfcp")
    return Endpoint(address, planned.get(address, ""), stranger=stranger)


def _roles(kind: str, document: Document, source: str, destination: str) -> tuple[str, str]:
    protocol, _, name = kind.partition(".")
    if protocol in _N2 and document.get("destination.port") == _NGAP_PORT:
        return "gNB", "AMF"
    if protocol in _N2 and document.get("source.port") == _NGAP_PORT:
        return "AMF", "gNB"
    if protocol == "pfcp" and name.startswith("session_") and not name.startswith("session_report"):
        return ("UPF", "SMF") if name.endswith("_response") else ("SMF", "UPF")
    terminal = _text(document.get("fiveg.pdu_session.ue_ip"))
    if document.get("fiveg.gtpu.teid") and source != _text(document.get("fiveg.gtpu.outer.source.ip")):
        downlink = document.get("fiveg.gtpu.pdu_type") == "dl" or destination == terminal
        return ("", "UE") if downlink else ("UE", "")
    return "", ""


def _detail(kind: str, document: Document) -> str:
    for name in (
        "fiveg.nas.type",
        "fiveg.nas.cause_name",
        "fiveg.ngap.cause",
        "fiveg.pfcp.cause_name",
        "fiveg.malformed.reason",
        "fiveg.gtpu.teid",
    ):
        value = _text(document.get(name))
        if value and value not in kind:
            return value
    port = _text(document.get("destination.port"))
    return f":{port}" if port and not kind.startswith(_SIGNALLING) else ""


def _text(value: Value | None) -> str:
    if isinstance(value, tuple):
        value = value[0] if value else None
    return "" if value is None else str(value)


def svg(drawn: Ladder, title: str, stranger: str) -> Markup:
    """The diagram as SVG; colours come from the style sheet, each arrow links to its decoded message.

    `stranger` is how the visitor's language says of an address that it is not in the plan.
    """
    lane = min(_WIDE, max(_NARROW, _ROOM // max(2, len(drawn.endpoints))))
    width = _GUTTER + lane * max(2, len(drawn.endpoints))
    height = _HEAD + _ROW * len(drawn.messages) + 14
    middle = {end.address: _GUTTER + lane * number + lane // 2 for number, end in enumerate(drawn.endpoints)}
    parts = [
        Markup(
            '<svg class="ladder" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{t}">'
        ).format(w=width, h=height, t=title)
    ]
    parts += [_lifeline(end, stranger if end.stranger else "", middle[end.address], height) for end in drawn.endpoints]
    parts += [
        _arrow(message, middle, _HEAD + _ROW * number + 32, width) for number, message in enumerate(drawn.messages)
    ]
    return Markup("").join([*parts, Markup("</svg>")])


def _lifeline(end: Endpoint, said: str, x: int, height: int) -> Markup:
    return Markup(
        '<line class="lifeline" x1="{x}" y1="54" x2="{x}" y2="{bottom}"/>'
        '<rect class="endpoint" x="{left}" y="6" width="156" height="46" rx="6"/>'
        '<text class="role" x="{x}" y="25" text-anchor="middle">{role}</text>'
        '<text class="address" x="{x}" y="43" text-anchor="middle">{address}</text>'
    ).format(
        x=x,
        left=x - 78,
        bottom=height - 4,
        role=" · ".join(filter(None, (end.role, end.name, said))) or "—",
        address=end.address,
    )


def _arrow(message: Message, middle: dict[str, int], y: int, width: int) -> Markup:
    time = Markup('<text class="offset" x="{}" y="{}" text-anchor="end">{}</text>').format(
        _GUTTER - 16, y + 4, _offset(message.offset)
    )
    start = middle.get(message.source.address) if message.source else None
    end = middle.get(message.destination.address) if message.destination else None
    if start is None or end is None:
        body = _note(y, width)
        centre = (_GUTTER + width) // 2
    elif start == end:
        body, centre = _loop(start, y), start + 60
    else:
        body, centre = _straight(start, end, y), (start + end) // 2
    label = Markup(
        '<text class="label" x="{x}" y="{y}" text-anchor="middle">{kind}<tspan class="detail">{detail}</tspan></text>'
    ).format(x=centre, y=y - 7, kind=message.kind, detail=f" {message.detail}" if message.detail else "")
    return Markup('<a href="#event-{}" class="message">{}{}{}</a>').format(message.id, time, body, label)


def _straight(start: int, end: int, y: int) -> Markup:
    back = 8 if end > start else -8
    return Markup(
        '<line class="arrow" x1="{}" y1="{y}" x2="{}" y2="{y}"/><polygon class="tip" points="{},{y} {},{a} {},{b}"/>'
    ).format(start, end - back, end, end - back, end - back, y=y, a=y - 4, b=y + 4)


def _loop(x: int, y: int) -> Markup:
    return Markup(
        '<path class="arrow" d="M{x},{a} h26 v14 h-20"/><polygon class="tip" points="{x},{b} {t},{c} {t},{d}"/>'
    ).format(x=x, a=y - 4, b=y + 10, t=x + 8, c=y + 6, d=y + 14)


def _note(y: int, width: int) -> Markup:
    return Markup('<line class="note" x1="{}" y1="{y}" x2="{}" y2="{y}"/>').format(_GUTTER, width - 20, y=y)


def _offset(nanoseconds: int) -> str:
    seconds = nanoseconds / 1_000_000_000
    return f"+{seconds:.3f} s" if seconds < 1000 else f"+{seconds / 60:.1f} min"
