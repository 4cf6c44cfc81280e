"""Triage of many alerts from the queue, and undoing it."""

from __future__ import annotations

import time
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.errors import TriageError
from sentinel.web.changes import change_of
from sentinel.web.gate import Shown, Triager
from sentinel.web.views.queue import Wish

router = APIRouter()


@router.post("/alerts/bulk")
def bulk(
    request: Request,
    shown: Shown,
    visitor: Triager,
    action: Annotated[str, Form()],
    selected: Annotated[tuple[str, ...], Form()] = (),
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Change the selected alerts, or all that the query `back` shows."""
    change = change_of(visitor, action, reason, note)
    account = visitor.known()
    wish = _wish(back)
    if scope == "query":
        shown.looked(account.name, wish.q)
        done = shown.desk.change_matching(account, wish.filter(visitor.name, time.time_ns()), change)
    else:
        done = shown.desk.change_listed(account, [_listed(item) for item in selected], change)
    return RedirectResponse(
        wish.link(
            notice=action,
            changed=len(done.changed),
            skipped=len(done.skipped),
            undo=shown.undos.keep(visitor.name, done.changed),
        ),
        303,
    )


@router.post("/alerts/undo")
def undo(
    request: Request, shown: Shown, visitor: Triager, undo: Annotated[str, Form()], back: Annotated[str, Form()] = ""
) -> Response:
    """Give alerts back the triage they had before a bulk."""
    done = shown.desk.undo(visitor.known(), shown.undos.take(visitor.name, undo))
    return RedirectResponse(_wish(back).link(notice="undo", changed=len(done.changed), skipped=len(done.skipped)), 303)


def _wish(back: str) -> Wish:
    found = parse_qs(back.partition("?")[2])
    first = {name: found[name][0] for name in ("assignee", "q", "since", "until") if name in found}
    many = {name: tuple(found[name]) for name in ("state", "severity", "rule") if name in found}
    return Wish(**many, **first)  # type: ignore[arg-type]  # texts for texts, tuples for tuples


def _listed(item: str) -> tuple[str, int]:
    alert_id, _, version = item.rpartition(":")
    if not version.isdigit():
        raise TriageError("a selected alert is named `id:version`")
    return alert_id, int(version)
