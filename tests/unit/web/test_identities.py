"""The console shows pseudonyms, and who they stand for after a reason was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sentinel.crypto.token import form_token
from sentinel.model.personal import mentioned

if TYPE_CHECKING:
    from tests.unit.conftest import Doors

SUPI = "999700000000003"
sealed = pytest.mark.parametrize("doors", ["sealed"], indirect=True)


def _form(doors: Doors, role: str, pseudonyms: set[str], reason: str) -> dict[str, str]:
    return {"csrf": form_token(doors.tokens[role]), "pseudonyms": " ".join(pseudonyms), "reason": reason}


@sealed
def test_identifiers_are_shown_for_a_reason(doors: Doors) -> None:
    """On a page of their own that nobody keeps; the alert goes on having the pseudonym."""
    client = doors.browser("analyst")
    page = client.get("/alerts/alert-3").text
    pseudonyms = mentioned(page)
    assert "Show identifiers" in page or "显示标识" in page
    shown = client.post("/identities", data=_form(doors, "analyst", pseudonyms, "case 17, stolen"))
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert SUPI in shown.text
    assert SUPI not in client.get("/alerts/alert-3").text
    assert client.get("/identities").status_code == 303


@sealed
def test_without_a_reason_it_is_asked_for(doors: Doors) -> None:
    """And the question is kept."""
    pseudonyms = mentioned(doors.browser("analyst").get("/alerts/alert-3").text)
    answer = doors.browser("analyst").post("/identities", data=_form(doors, "analyst", pseudonyms, "no"))
    assert answer.status_code == 400
    assert SUPI not in answer.text
    assert mentioned(answer.text) == pseudonyms


@sealed
def test_who_may_not_is_not_asked(doors: Doors) -> None:
    """An auditor sees no button, and is refused."""
    page = doors.browser("auditor").get("/alerts/alert-3").text
    assert "/identities" not in page
    assert (
        doors.browser("auditor")
        .post("/identities", data=_form(doors, "auditor", mentioned(page), "case 17"))
        .status_code
        == 403
    )


def test_without_sealing_there_is_nothing_to_show(doors: Doors) -> None:
    """The identifier stands there."""
    page = doors.browser("analyst").get("/alerts/alert-3").text
    assert SUPI in page
    assert "/identities" not in page
