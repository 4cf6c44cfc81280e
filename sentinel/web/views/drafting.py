"""Writing a policy: the files that the visitor is writing, what is wrong with them, and proposing them as a version."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import orjson
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints

from sentinel.access.authoring.accepting import accept
from sentinel.access.authoring.diagnosis import diagnose, said
from sentinel.access.authoring.files import CASES, GROUPS, MODEL, RULES, load, read_folder
from sentinel.access.authoring.restricting import Restriction, restrict, unfit
from sentinel.access.authoring.words import words
from sentinel.access.engine.groups import Groups
from sentinel.config import shipped
from sentinel.enforcement.registry import Kind
from sentinel.errors import AccessError, PolicyError, SentinelError
from sentinel.model.access import ACTIONS, VERBS
from sentinel.operations.doors import status_of
from sentinel.web.console import Console, wants_json
from sentinel.web.gate import PolicyKeeper, Shown
from sentinel.web.links import link
from sentinel.web.mistakes import explain
from sentinel.web.texts import DRAFT, Text, text_of
from sentinel.web.views.policies import Wishes
from sentinel.web.visitor import Visitor

router = APIRouter(prefix="/policies")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form for a restriction offers."""

    groups: Sequence[str]
    resources: Sequence[str]
    actions: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class DraftPage:
    """The editor: one file is open; `restriction` is what was asked for and refused."""

    which: str
    path: str
    text: str
    files: Sequence[str]
    base: int
    mistakes: Sequence[Mistake]
    choices: Choices
    restriction: Restriction
    error: str
    notice: str
    reason: str
    unfit: Sequence[str] = ()
    blind: bool = False  # packet filters do not see what was restricted


@router.post("/draft")
def begin(shown: Shown, visitor: PolicyKeeper) -> Response:
    """Begin to write: from the policy in force, or from the examples that came along where there is none."""
    deciding = shown.deciding
    number = deciding.decider.pdp.snapshot.version
    files = deciding.pap.files(number) if number else read_folder(shipped("policies"))
    deciding.workings.begin(visitor.name, files, number)
    return RedirectResponse("/policies/draft", 303)


@router.get("/draft")
def edit(
    request: Request,
    shown: Shown,
    visitor: PolicyKeeper,
    file: str = "",
    notice: str = "",
    unfit: Annotated[tuple[str, ...], Query()] = (),
    blind: str = "",
) -> Response:
    """The editor."""
    if shown.deciding.workings.of(visitor.name) is None:
        return RedirectResponse("/policies", 303)
    doubts = [each for each in unfit if each in VERBS]
    return _page(request, shown, visitor, file, notice=notice, doubts=doubts, blind=bool(blind))


def _page(
    request: Request, shown: Console, visitor: Visitor, path: str, *, notice: str = "", trouble: SentinelError | None = None,
    restriction: Restriction | None = None, reason: str = "", doubts: Sequence[str] = (), blind: bool = False,
) -> Response:  # fmt: skip
    text = text_of(shown, visitor, DRAFT)
    names = sorted(text.files, key=_order)
    opened = path if path in text.files else next((name for name in names if name.endswith(RULES)), names[0])
    page = DraftPage(
        DRAFT, opened, text.files[opened], names, text.working.base if text.working else 0, _mistakes(shown, visitor, text),
        _choices(shown, text), restriction or Restriction("", "", ()), _said(visitor, trouble), notice, reason, doubts, blind,
    )  # fmt: skip
    return shown.respond(request, visitor, "policy_draft.html", page, status_of(trouble) if trouble else 200)


def _order(name: str) -> tuple[bool, str, bool]:
    folder, _, last = name.partition("/")
    return name == MODEL, folder if last else "~", last == CASES


def _said(visitor: Visitor, trouble: SentinelError | None) -> str:
    return explain(str(trouble), visitor.translate) if trouble else ""


def _mistakes(shown: Console, visitor: Visitor, text: Text) -> Sequence[Mistake]:
    found = diagnose(text.files, text.zone, time.time_ns(), shown.deciding.decider.pip.site)
    return [Mistake(each.path.as_posix(), each.line or 1, explain(said(each), visitor.translate)) for each in found]


def _groups(text: Text) -> Groups:
    """The groups that the files name, as far as they can be read."""
    try:
        kept = {name: text.files[name] for name in (MODEL, GROUPS) if name in text.files}
        return load(kept, text.zone).groups
    except PolicyError:
        return Groups()


def _choices(shown: Console, text: Text) -> Choices:
    found = words(shown.deciding.decider.pip.site, _groups(text))
    groups = tuple(name.removeprefix("grp:") for name in found.subjects if name.startswith("grp:"))
    resources = tuple(name for name in found.resources if name.startswith("app:"))
    return Choices(groups, resources, {"connect": ()} | {name: verbs for name, verbs in ACTIONS.items() if verbs})


@router.get("/draft/words")
def completion(shown: Shown, visitor: PolicyKeeper) -> Response:
    """The words that the editor offers."""
    text = text_of(shown, visitor, DRAFT)
    found = words(shown.deciding.decider.pip.site, _groups(text))
    return Response(orjson.dumps(asdict(found)), media_type="application/json")


@router.post("/draft/files")
def write(
    request: Request, shown: Shown, visitor: PolicyKeeper, path: Annotated[str, Form(max_length=256)],
    text: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Write a file, or remove it with an empty text; who asks for JSON is told what is wrong now."""
    try:
        shown.deciding.workings.write(visitor.name, path, text)
    except AccessError as error:
        if wants_json(request):
            raise
        return _page(request, shown, visitor, path, trouble=error)
    if wants_json(request):
        found = _mistakes(shown, visitor, text_of(shown, visitor, DRAFT))
        return Response(orjson.dumps({"mistakes": found}), media_type="application/json")
    return RedirectResponse(link("/policies/draft", file=path, notice="saved"), 303)


@router.post("/draft/restrict")
def restricted(
    request: Request, shown: Shown, visitor: PolicyKeeper, group: Annotated[str, Form(max_length=64)] = "",
    resource: Annotated[str, Form(max_length=128)] = "", action: Annotated[tuple[str, ...], Form()] = (),
    allow: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Write the rule that keeps these actions on this resource for this group."""
    wanted = Restriction(group, resource, action, bool(allow))
    text = text_of(shown, visitor, DRAFT)
    try:
        made = restrict(text.files, wanted, shown.deciding.decider.pip.site, visitor.name)
    except (AccessError, PolicyError) as error:
        return _page(request, shown, visitor, "", trouble=error, restriction=wanted)
    changed = next(name for name in made if name.endswith(RULES) and made[name] != text.files.get(name))
    shown.deciding.workings.begin(visitor.name, made, text.working.base if text.working else 0)
    where = link(
        "/policies/draft", file=changed, notice="restricted", unfit=unfit(wanted, shown.deciding.decider.pip.site),
        blind="yes" if _unseen(shown, wanted) else "",
    )  # fmt: skip
    first, last = _written(text.files[changed], made[changed])
    return RedirectResponse(f"{where}#line-{first}-{last}", 303)


def _unseen(shown: Console, wanted: Restriction) -> bool:
    """Whether there are gateways that see connections alone, and these are not restricted."""
    return "connect" not in wanted.actions and any(each.kind is Kind.NFTABLES for each in shown.deciding.registered())


def _written(before: str, after: str) -> tuple[int, int]:
    """The lines that were added, in one place, without the blank ones before them."""
    old, new = before.splitlines(), after.splitlines()
    first = next((at for at, line in enumerate(old) if new[at] != line), len(old))
    last = first + len(new) - len(old)
    return first + 1 + (not new[first].strip()), last


_Case = Annotated[str, StringConstraints(pattern=r"^[^:]+:[0-9]{1,9}$")]


@router.post("/draft/accept")
def accepted(shown: Shown, visitor: PolicyKeeper, case: Annotated[tuple[_Case, ...], Form()] = ()) -> Response:
    """Expect from now on what is decided in these cases, each a path and a line."""
    text = text_of(shown, visitor, DRAFT)
    files: Mapping[str, str] = text.files
    for each in sorted(case, key=lambda each: -int(each.rpartition(":")[2] or 0)):  # from below: lines above stay
        path, _, line = each.rpartition(":")
        files = accept(files, text.zone, path, int(line))
    shown.deciding.workings.begin(visitor.name, files, text.working.base if text.working else 0)
    return RedirectResponse("/policies/draft/tests", 303)


@router.post("/draft/propose")
def propose(request: Request, shown: Shown, visitor: PolicyKeeper, wish: Wishes) -> Response:
    """Keep the files as a version, for two others to approve."""
    text = text_of(shown, visitor, DRAFT)
    deciding = shown.deciding
    try:
        made = deciding.pap.draft(text.files, text.zone, by=visitor.name, reason=wish.reason, ticket=wish.ticket)
    except (AccessError, PolicyError) as error:
        return _page(request, shown, visitor, "", trouble=error, reason=wish.reason)
    deciding.workings.end(visitor.name)
    return RedirectResponse(f"/policies/{made.version}?notice=proposed", 303)


@router.post("/draft/end")
def end(shown: Shown, visitor: PolicyKeeper) -> Response:
    """Throw away what the visitor is writing."""
    shown.deciding.workings.end(visitor.name)
    return RedirectResponse("/policies?notice=ended", 303)
