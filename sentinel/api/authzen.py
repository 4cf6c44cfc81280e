"""The PDP's own door: OpenID AuthZEN Authorization API 1.0. A token of an enforcement point opens it and nothing else.

A subject is a `terminal` with its SUPI as id, or an `address` that it uses. A resource is an `app` (its name, or
`10.60.0.10:502/tcp`) or an `nf` (its type). Reasons go to the enforcement point, never to the terminal.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette

from sentinel.access.deciding.decider import Answer, Judged
from sentinel.access.engine.target import HIGHEST_PORT
from sentinel.access.information.catalogue import parts
from sentinel.access.information.pip import Asked
from sentinel.api import problem
from sentinel.api.asking import JSON, Asking, Told
from sentinel.api.parts import bearer
from sentinel.api.rounds import Rounds
from sentinel.enforcement.registry import Kind
from sentinel.errors import AccessError
from sentinel.model.access import Reason, Resource
from sentinel.operations.doors import Deciding, Parts

PREFIX = "/access/v1"
WELL_KNOWN = "/.well-known/authzen-configuration"
MOST_EVALUATIONS = 1000
MOST_RESULTS = 1000
_NOTHING: dict[str, object] = Field(default_factory=dict)  # a default that is there already is copied for each request
_LONGEST = 256  # characters of a name
_Id = Annotated[str, Field(max_length=_LONGEST)]
_PLAIN = 3, 2, 2, 1  # names in a request, its subject, its resource and its action, where there are no others
_RESOURCES = "app", "nf"
_WRITABLE = re.compile(rb"[ -~]*")
Form = TypeVar("Form", bound="Body")
AT_ONCE = 2  # long requests of one enforcement point that are worked on; others of its wait, those of others do not
Document = Mapping[str, object]
_Searching = Callable[[Deciding, "Body", int], Iterator[tuple[int, Document]]]  # each with its place among all


class Subject(BaseModel):
    """Of whom is asked."""

    type: Literal["terminal", "address"]
    id: _Id = ""
    properties: dict[str, object] = _NOTHING


class ResourceAsked(BaseModel):
    """What is asked for."""

    type: Literal["app", "nf"]
    id: _Id = ""
    properties: dict[str, object] = _NOTHING


class ActionAsked(BaseModel):
    """What is to be done."""

    name: _Id


class Page(BaseModel):
    """Which part of many results."""

    token: Annotated[str, Field(pattern=r"^\d{0,9}$")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = MOST_RESULTS


class Body(BaseModel):
    """A request for a decision, or the part of one that others complete."""

    subject: Subject | None = None
    resource: ResourceAsked | None = None
    action: ActionAsked | None = None
    context: dict[str, object] = _NOTHING


class Options(BaseModel):
    """How several requests are decided."""

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = "execute_all"


class Batch(Body):
    """Several requests, with what they have in common."""

    evaluations: Annotated[list[object], Field(max_length=MOST_EVALUATIONS)] = []
    options: Options = Options()


class Search(Body):
    """A request of which one part is searched for."""

    page: Page = Page()


def create(using: Parts) -> Starlette:
    """The door as an application of its own: bare routes, since bodies are read here and no document describes them."""
    app = Starlette()
    app.state.parts = using
    app.state.turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONCE))
    app.state.rounds = Rounds()
    problem.install(app)
    for path, answer in (
        ("/evaluation", _evaluation), ("/evaluations", _evaluations), ("/search/subject", _search_subject),
        ("/search/resource", _search_resource), ("/search/action", _search_action),
    ):  # fmt: skip
        app.add_route(path, answer, methods=["POST"])
    return app


def mount(app: FastAPI, using: Parts) -> None:
    """Put the door into `app`, with the document that describes it."""
    app.mount(PREFIX, create(using), name="authzen")

    @app.get(WELL_KNOWN)
    async def configuration(request: Request) -> Response:
        """What a decision point says of itself: where it is, whatever host it was asked as."""
        return _json(_configuration(using.url.rstrip("/")), request)


def _configuration(base: str) -> Document:
    paths = {
        "access_evaluation_endpoint": "evaluation", "access_evaluations_endpoint": "evaluations",
        "search_subject_endpoint": "search/subject", "search_resource_endpoint": "search/resource",
        "search_action_endpoint": "search/action",
    }  # fmt: skip
    found = {name: f"{base}{PREFIX}/{path}" for name, path in paths.items()}
    return {"policy_decision_point": base, **found}


async def _evaluation(request: Request) -> Response:
    deciding, point = _caller(request)
    asked = _asked(deciding, _read(Body, await request.body()))
    rounds: Rounds = request.app.state.rounds
    return _json(_document(await rounds.decide(deciding.decider, asked, point)), request)


def plain(deciding: Deciding, asking: Asking) -> Asked | None:
    """What is asked in a body that names a subject, a resource and an action, and nothing else; none where it is no such body."""
    if not _WRITABLE.fullmatch(asking.headers.get(b"x-request-id", b"")):
        return None
    try:
        read = orjson.loads(asking.body)
    except ValueError:
        return None
    return _plainly(deciding, read)


def _plainly(deciding: Deciding, read: Any) -> Asked | None:  # what JSON is
    try:
        subject, resource, action = read["subject"], read["resource"], read["action"]
        kind, supi, where, name, verb = subject["type"], subject["id"], resource["type"], resource["id"], action["name"]
    except (KeyError, TypeError):
        return None
    if (len(read), len(subject), len(resource), len(action)) != _PLAIN or where not in _RESOURCES:
        return None
    if not all([type(each) is str and 0 < len(each) <= _LONGEST for each in (supi, name, verb)]):  # noqa: C419  # cheaper
        return None
    found = _found(deciding, where, name, {})
    if kind == "terminal":
        return Asked(found, verb, time.time_ns(), supi.removeprefix("imsi-"))
    return Asked(found, verb, time.time_ns(), "", supi) if kind == "address" else None


def told(answer: Answer, asking: Asking) -> Told:
    """The same answer as that of the route, for `sentinel.api.front`."""
    known = asking.headers.get(b"x-request-id")
    headers = b"x-request-id: %s\r\n%s" % (known[:128], JSON) if known else JSON
    return Told(HTTPStatus.OK, headers, orjson.dumps(_document(answer)))


async def _evaluations(request: Request) -> Response:
    deciding, point = _caller(request)
    batch = _read(Batch, await request.body())
    async with request.app.state.turns[point]:
        return _json(await run_in_threadpool(_batch, deciding, batch, point), request)


def _batch(deciding: Deciding, batch: Batch, point: str) -> Document:
    if not batch.evaluations:
        return _document(deciding.decider.decide(_asked(deciding, batch), point))
    ends = {"deny_on_first_deny": False, "permit_on_first_permit": True}.get(batch.options.evaluations_semantic)
    judged = list(_until(ends, (_one_of(batch, each, deciding) for each in batch.evaluations)))
    answers = deciding.decider.answer(judged, point)
    return {"evaluations": [_document(one, each.error) for one, each in zip(answers, judged, strict=True)]}


def _one_of(batch: Batch, each: object, deciding: Deciding) -> Judged:
    """One of several, judged; what is not of the form is denied, and the others are answered."""
    try:
        asked = _plainly(deciding, each) or _asked(deciding, _merged(batch, _form(lambda: Body.model_validate(each))))
    except AccessError as error:
        nothing = Asked(Resource("app", known=False), "", time.time_ns())
        return deciding.decider.refused(nothing, Reason.MALFORMED, str(error))
    return deciding.decider.judge(asked)


def _until(ends: bool | None, several: Iterable[Judged]) -> Iterator[Judged]:
    for each in several:
        yield each
        if each.decision.allowed is ends:
            return


def _merged(batch: Batch, each: Body) -> Body:
    return Body(
        subject=each.subject or batch.subject, resource=each.resource or batch.resource, action=each.action or batch.action,
    )  # fmt: skip


async def _search_subject(request: Request) -> Response:
    return await _search(request, _subjects)


async def _search_resource(request: Request) -> Response:
    return await _search(request, _resources)


async def _search_action(request: Request) -> Response:
    return await _search(request, _actions)


async def _search(request: Request, search: _Searching) -> Response:
    deciding, point = _caller(request)
    body = _read(Search, await request.body())
    start = int(body.page.token or 0)
    async with request.app.state.turns[point]:
        found = await run_in_threadpool(lambda: _paged(search(deciding, body, start), body.page.limit))
    return _json(found, request)


def _subjects(deciding: Deciding, body: Body, start: int) -> Iterator[tuple[int, Document]]:
    resource, action, now = _resource(deciding, body), _action(body), time.time_ns()
    for at, supi in deciding.decider.subjects(lambda supi: Asked(resource, action, now, supi), start):
        yield at, {"type": "terminal", "id": supi}


def _resources(deciding: Deciding, body: Body, start: int) -> Iterator[tuple[int, Document]]:
    action, who, now = _action(body), _subject(body), time.time_ns()
    for at, resource in deciding.decider.resources(lambda each: Asked(each, action, now, *who), start):
        yield at, _resource_document(resource)


def _actions(deciding: Deciding, body: Body, start: int) -> Iterator[tuple[int, Document]]:
    resource, who, now = _resource(deciding, body), _subject(body), time.time_ns()
    for at, action in deciding.decider.actions(lambda action: Asked(resource, action, now, *who), start):
        yield at, {"name": action}


def _caller(request: Request) -> tuple[Deciding, str]:
    """What decides, and the name of the enforcement point that calls; raises `AuthenticationError`."""
    using: Parts = request.app.state.parts
    deciding = using.deciding
    return deciding, deciding.points.admit(bearer(request), Kind.AUTHZEN)


def _read(form: type[Form], body: bytes) -> Form:
    return _form(lambda: form.model_validate_json(body))


def _form(read: Callable[[], Form]) -> Form:
    try:
        return read()
    except ValidationError as error:
        first = error.errors()[0]
        where = f"`{'.'.join(map(str, first['loc']))}`" if first["loc"] else "the body is no `object` in JSON"
        raise AccessError(f"{where}: {first['msg'].lower()}") from error


def _asked(deciding: Deciding, body: Body) -> Asked:
    properties = body.subject.properties if body.subject else {}
    certificate = properties.get("certificate", "")
    who = _subject(body)
    return Asked(_resource(deciding, body), _action(body), time.time_ns(), *who,
                 certificate if isinstance(certificate, str) else "")  # fmt: skip


def _subject(body: Body) -> tuple[str, str]:
    """SUPI and address of the terminal."""
    if body.subject is None or not body.subject.id:
        raise AccessError("`subject` is missing: expected a type, and an id")
    address = body.subject.properties.get("address", "")
    if body.subject.type == "address":
        return "", body.subject.id
    return body.subject.id.removeprefix("imsi-"), address if isinstance(address, str) else ""


def _action(body: Body) -> str:
    if body.action is None:
        raise AccessError("`action` is missing: expected a name such as `connect`")
    return body.action.name


def _resource(deciding: Deciding, body: Body) -> Resource:
    if body.resource is None:
        raise AccessError("`resource` is missing: expected a type, and an id or properties")
    return _found(deciding, body.resource.type, body.resource.id, body.resource.properties)


def _found(deciding: Deciding, kind: str, name: str, said: Mapping[str, object]) -> Resource:
    catalogue = deciding.decider.pip.catalogue
    if kind == "nf":
        return catalogue.function(name)
    where = dict(zip(("address", "port", "protocol"), parts(name) or (), strict=False))
    properties: Mapping[str, object] = said or where
    if "address" not in properties:
        return catalogue.named(name)
    port, protocol = properties.get("port", -1), properties.get("protocol", "")
    if type(port) is not int or not -1 <= port <= HIGHEST_PORT or not isinstance(protocol, str):  # a bool is an int
        raise AccessError("`resource`: expected `address`, `port` as a number from 0 to 65535, and `protocol`")
    return catalogue.at(str(properties["address"]), port, protocol)


def _document(answer: Answer, error: str = "") -> dict[str, object]:
    decision, told = answer.decision, {"error": {"status": 400, "message": error}} if error else {}
    terms = [{"alert": term.alert, "rule": term.name, "plane": term.plane} for term in answer.trust.terms]
    return {
        "decision": decision.allowed,
        "context": {
            "id": answer.id, "reason": decision.reason.value, "policy": {"version": decision.version, "digest": decision.digest},
            "rules": list(decision.rules), "misses": [str(miss) for miss in decision.misses],
            "obligations": dict(decision.obligations), "trust": {"score": answer.trust.score, "evidence": terms},
            **told,
        },
    }  # fmt: skip


def _resource_document(resource: Resource) -> dict[str, object]:
    if resource.kind == "nf":
        return {"type": "nf", "id": resource.name}
    where = {"address": resource.address, "port": resource.port, "protocol": resource.protocol}
    return {"type": "app", "id": resource.name, "properties": where}


def _paged(found: Iterator[tuple[int, Document]], limit: int) -> Document:
    """A page, and as token the place of what comes after it."""
    results = list(islice(found, limit + 1))
    more = str(results[limit][0]) if len(results) > limit else ""
    return {"results": [document for _, document in results[:limit]], "page": {"next_token": more}}


def _json(document: Mapping[str, object], request: Request) -> Response:
    headers = {"Cache-Control": "no-store"}
    if known := request.headers.get("X-Request-ID"):
        headers["X-Request-ID"] = known[:128]
    return Response(orjson.dumps(document), headers=headers, media_type="application/json")
