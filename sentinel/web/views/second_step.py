"""The second step of a log-in: a code, or the answer to a challenge. A cookie holds what waits, for five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from sentinel.accounts.factors import Method
from sentinel.errors import AuthenticationError
from sentinel.operations.doors import status_of, wait_of
from sentinel.web.console import Console
from sentinel.web.gate import PENDING_COOKIE, Guest, Shown
from sentinel.web.views.entry import EntryPage, enter, entry_form, entry_page, remote
from sentinel.web.visitor import Visitor

router = APIRouter(prefix="/login/second")


@dataclass(frozen=True, slots=True)
class StepPage(EntryPage):
    """The form of the second step, with a challenge for who has a key."""

    codes: bool
    challenge: str


@router.get("")
def show(
    request: Request, shown: Shown, visitor: Guest, following: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """The form; the first step again for who waits for nothing."""
    try:
        return _form(request, shown, visitor, entry_page(request, following=following))
    except AuthenticationError:
        return RedirectResponse("/login", 303)


@router.post("")
def go_on(
    request: Request,
    shown: Shown,
    visitor: Guest,
    code: Annotated[str, Form()] = "",
    answer: Annotated[str, Form()] = "",
    following: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Log in with what was asked for."""
    pending, address = request.cookies.get(PENDING_COOKIE, ""), remote(request)
    try:
        by = shown.second.by_answer if answer else shown.second.by_code
        return enter(request, shown, by(pending, answer or code, address), following)
    except AuthenticationError as error:
        page = entry_page(request, following=following, error=str(error), wait=wait_of(error))
        return _again(request, shown, visitor, page, status_of(error))


def _again(request: Request, shown: Console, visitor: Visitor, page: EntryPage, status: int) -> Response:
    """The form with what went wrong; or the first form, where the log-in waits no more."""
    try:
        return _form(request, shown, visitor, page, status)
    except AuthenticationError:
        return entry_form(request, shown, visitor, "login.html", page, status)


def _form(request: Request, shown: Console, visitor: Visitor, page: EntryPage, status: int = 200) -> Response:
    asked = shown.second.asked(request.cookies.get(PENDING_COOKIE, ""))
    step = StepPage(
        page.next, asked.name, page.error, page.wait, page.notice, page.language_links,
        Method.CODE in asked.methods, asked.challenge,
    )  # fmt: skip
    return entry_form(request, shown, visitor, "second_step.html", step, status)
