"""The console: what the pages are made from, and how a page model becomes a page or its JSON twin."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import tzinfo
from functools import cache
from pathlib import Path

import orjson
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sentinel.access.administration.orders import Phase
from sentinel.forecast import FORECASTS
from sentinel.model.alert import RuleRef
from sentinel.model.document import timestamp
from sentinel.model.fields import CATALOGUE, FieldSpec, FieldType
from sentinel.operations.doors import Parts
from sentinel.state import FACTS
from sentinel.web import charts, labels
from sentinel.web.clauses import wanted
from sentinel.web.i18n import LANGUAGES, zone
from sentinel.web.ladder import svg
from sentinel.web.links import link, pivot, pseudonyms, sentence, shown_value, terminal
from sentinel.web.mistakes import explain
from sentinel.web.qr import qr
from sentinel.web.settings import ConsoleSettings
from sentinel.web.undo import Undos
from sentinel.web.visitor import Visitor
from sentinel.web.worker import WorkerView, worker_view

ENVELOPE = {
    "@timestamp": FieldSpec(FieldType.KEYWORD, "packet time, UTC", "报文时间（UTC）"),
    "event.id": FieldSpec(FieldType.KEYWORD, "identity of the event", "事件标识"),
    "event.kind": FieldSpec(FieldType.KEYWORD, "event: an observation", "记录类别"),
    "event.provider": FieldSpec(FieldType.KEYWORD, "capture file, interface or collector", "采集来源"),
    "event.sequence": FieldSpec(FieldType.LONG, "number of the packet in its source", "来源中的报文序号"),
}
_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@dataclass(frozen=True, slots=True)
class Pressing:
    """When each break-glass that is open ends, and how many orders wait for two persons."""

    glasses: tuple[int, ...]
    held: int


@dataclass(frozen=True)
class Console(Parts):
    """The parts behind the pages, and what makes pages of them."""

    settings: ConsoleSettings = field(kw_only=True)
    fields: Mapping[str, FieldSpec] = field(default_factory=lambda: {**ENVELOPE, **CATALOGUE, **FACTS, **FORECASTS})
    undos: Undos = field(default_factory=Undos)
    zone: tzinfo = field(init=False)
    environment: Environment = field(init=False)

    @classmethod
    def over(cls, parts: Parts, settings: ConsoleSettings) -> Console:
        """The console over the parts of the service."""
        return cls(**{each.name: getattr(parts, each.name) for each in fields(parts)}, settings=settings)

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", zone(self.settings.time_zone))
        object.__setattr__(self, "environment", _environment())

    def distinct_rules(self) -> Sequence[RuleRef]:
        """The rules as people count them: a slug once, although its file may hold several, at its worst severity."""
        worst: dict[str, RuleRef] = {}
        for rule in self.rules.rules:
            if rule.slug not in worst or rule.severity.rank > worst[rule.slug].severity.rank:
                worst[rule.slug] = rule
        return list(worst.values())

    def worker(self) -> WorkerView:
        """What the worker says of itself."""
        return worker_view(self.store.status("worker"), self.health(), self.settings.site, len(self.distinct_rules()))

    def pressing(self) -> Pressing:
        """What nobody is to overlook."""
        if self.access is None:
            return Pressing((), 0)
        found = self.access.known.glasses.open(time.time_ns())
        held = sum(order.phase is Phase.HELD for order in self.access.administrator.ordering.orders.active())
        return Pressing(tuple(glass.expires for glass in found), held)

    def respond(self, request: Request, visitor: Visitor, template: str, page: object, status: int = 200) -> Response:
        """The page, or its JSON twin for who asks for it."""
        if wants_json(request):
            body = orjson.dumps(page, default=_plain, option=orjson.OPT_NON_STR_KEYS)
            return Response(body, status, {"Vary": "Accept, Cookie"}, "application/json")
        html = self.environment.get_template(template).render(
            page=page,
            visitor=visitor,
            charts=charts,
            ladder_svg=svg,
            qr=qr,
            explain=explain,
            wanted=wanted,
            _=visitor.translate,
            t=visitor.translate,
            plural=visitor.translate.plural,
            labels=labels,
            console=self,
            path=request.url.path,
            now=time.time_ns(),
            languages=LANGUAGES,
            meaning=self.meaning_for(visitor),
        )
        return HTMLResponse(html, status, {"Vary": "Accept, Accept-Language, Cookie, HX-Request"})

    def meaning_for(self, visitor: Visitor) -> Meaning:
        """What fields mean, in the visitor's language."""
        return Meaning(self.fields, visitor.translate.chinese)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a field means, in one language; empty for a field that no catalogue has."""

    fields: Mapping[str, FieldSpec]
    chinese: bool

    def __call__(self, name: str) -> str:
        """The meaning of the field of this name."""
        spec = self.fields.get(name)
        if spec is None:
            return ""
        return spec.zh if self.chinese else spec.en


def plain(value: object) -> str:
    """A value as JSON, for a script to read out of an attribute."""
    return orjson.dumps(value, default=_plain).decode()


def wants_json(request: Request) -> bool:
    """Whether the caller prefers JSON to a page."""
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"`{type(value).__name__}` has no JSON form")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        value=shown_value, pivot=pivot, sentence=sentence, rfc3339=timestamp, pseudonyms=pseudonyms, plain=plain
    )
    environment.globals.update(link=link, terminal=terminal, asset=_asset)
    return environment


@cache
def _asset(name: str) -> str:
    """The address of a static file, which changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
