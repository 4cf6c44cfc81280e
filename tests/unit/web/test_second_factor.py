"""Second factors on the pages: set up, asked for, removed, reset, demanded; secrets are shown once."""

from __future__ import annotations

import html
import re
import time
from typing import TYPE_CHECKING

import pytest

from sentinel.accounts.factors import Demand
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.crypto.totp import code_at
from sentinel.web.qr import qr
from tests.people import signed

if TYPE_CHECKING:
    from httpx import Response
    from starlette.testclient import TestClient

    from tests.unit.conftest import Doors

PASSWORD = "correct horse battery"


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def _found(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found
    return html.unescape(found[1])


def _post(client: TestClient, path: str, **data: str) -> Response:
    answer: Response = client.post(path, data={"csrf": _csrf(client.get("/account").text), **data})
    return answer


def _with_codes(client: TestClient) -> tuple[str, list[str]]:
    page = _post(client, "/account/second-factor/totp", password=PASSWORD).text
    secret = _found(r'class="secret">([A-Z2-7 ]+)<', page).replace(" ", "")
    done = _post(client, "/account/second-factor/totp/confirm", code=code_at(secret, time.time() - 30))
    assert done.status_code == 200
    return secret, re.findall(r"<li><code>([a-z2-7-]+)</code>", done.text)


def _password(client: TestClient, following: str = "") -> Response:
    csrf = _csrf(client.get("/login").text)
    data = {"csrf": csrf, "name": "analyst1", "password": PASSWORD, "next": following}
    answer: Response = client.post("/login", data=data)
    return answer


def _second(client: TestClient, **data: str) -> Response:
    csrf = _csrf(client.get("/login/second").text)
    answer: Response = client.post("/login/second", data={"csrf": csrf, **data})
    return answer


def test_a_code_after_the_password(doors: Doors) -> None:
    """And then to where one wanted; the cookie of what waits is the browser's alone, and gone after it."""
    secret, recovery = _with_codes(doors.browser("analyst"))
    client = doors.browser()
    answer = _password(client, "/rules")
    assert answer.headers["Location"] == "/login/second?next=%2Frules"
    cookie = next(value for value in answer.headers.get_list("Set-Cookie") if value.startswith("sentinel_pending="))
    assert ("HttpOnly" in cookie, "Max-Age=300" in cookie) == (True, True)
    assert "sentinel_session" not in client.cookies
    wrong = _second(client, code="000000", next="/rules")
    assert (wrong.status_code, 'name="code"' in wrong.text) == (401, True)
    right = _second(client, code=code_at(secret, time.time()), next="/rules")
    assert (right.status_code, right.headers["Location"]) == (303, "/rules")
    assert "sentinel_pending" not in client.cookies
    assert client.get("/rules").status_code == 200
    other = doors.browser()
    _password(other)
    assert _second(other, code=recovery[0]).status_code == 303


def test_who_waits_for_nothing_begins_again(doors: Doors) -> None:
    assert doors.browser().get("/login/second").headers["Location"] == "/login"
    client = doors.browser()
    csrf = _csrf(client.get("/login").text)
    answer = client.post("/login/second", data={"csrf": csrf, "code": "000000"})
    assert (answer.status_code, 'name="password"' in answer.text) == (401, True)


def test_a_key_after_the_password(doors: Doors) -> None:
    """The challenge stands on the page with the command that answers it."""
    mine, key = doors.browser("analyst"), suite().signer.sm2_keygen()
    page = _post(mine, "/account/second-factor/sm2", password=PASSWORD, pem=dump_public(key.public).decode()).text
    challenge = _found(r"sentinel login sign --key FILE ([\w-]+)<", page)
    done = _post(mine, "/account/second-factor/sm2/confirm", answer=signed(challenge, key))
    assert done.headers["Location"] == "/account?notice=key"
    client = doors.browser()
    _password(client)
    challenge = _found(r"sentinel login sign --key FILE ([\w-]+)<", client.get("/login/second").text)
    wrong = _second(client, answer=signed(challenge, suite().signer.sm2_keygen()))
    fresh = _found(r"sentinel login sign --key FILE ([\w-]+)<", wrong.text)
    assert (wrong.status_code, fresh != challenge) == (401, True)
    assert _second(client, answer=signed(fresh, key)).headers["Location"] == "/"
    assert _post(mine, "/account/second-factor/sm2/remove", password=PASSWORD).status_code == 303
    assert _password(doors.browser()).headers["Location"] == "/"


def test_a_secret_is_shown_once_and_a_wrong_code_confirms_nothing(doors: Doors) -> None:
    client = doors.browser("analyst")
    page = _post(client, "/account/second-factor/totp", password=PASSWORD).text
    secret = _found(r'class="secret">([A-Z2-7 ]+)<', page)
    wrong = _post(client, "/account/second-factor/totp/confirm", code="000000")
    assert (wrong.status_code, secret in wrong.text, 'name="code"' in wrong.text) == (400, False, True)
    assert secret not in client.get("/account").text


@pytest.mark.parametrize(
    ("path", "data"),
    [("totp", {"password": "x"}), ("recovery", {"password": PASSWORD}), ("sm2", {"password": PASSWORD, "pem": "x"}),
     ("sm2/confirm", {"answer": "x"}), ("totp/remove", {"password": PASSWORD})],
)  # fmt: skip
def test_a_mistake_is_said_on_the_account_page(doors: Doors, path: str, data: dict[str, str]) -> None:
    """In the reader's language."""
    client = doors.browser("analyst")
    client.headers["Accept-Language"] = "zh-CN"
    answer = _post(client, f"/account/second-factor/{path}", **data)
    said = _found(r'notice-bad" role="alert">([^<]+)<', answer.text)
    assert answer.status_code == 400
    assert re.search(r"[\u4e00-\u9fff]", said)


def test_who_lacks_what_is_demanded_is_sent_to_the_account(doors: Doors) -> None:
    """From a page and from a part of one; the navigation offers nothing else."""
    doors.accounts.demand = Demand.ADMINISTRATORS
    client = doors.browser("administrator")
    assert client.get("/alerts").headers["Location"] == "/account"
    assert client.get("/status/strip?poll=1", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/account"
    assert client.get("/alerts", headers={"Accept": "application/json"}).status_code == 403
    page = client.get("/account").text
    assert ("notice-warn" in page, 'href="/users"' in page) == (True, False)
    _with_codes(client)
    assert client.get("/alerts").status_code == 200


def test_an_administrator_sees_who_has_none_and_resets(doors: Doors) -> None:
    """Of somebody else; one's own is on one's own page."""
    _with_codes(doors.browser("analyst"))
    client = doors.browser("administrator")
    client.headers["Accept-Language"] = "en"
    page = client.get("/users").text
    assert "3 administrators log in with a password alone" in page
    assert page.count('value="second-factor"') == 1
    data = {"csrf": _csrf(page), "action": "second-factor"}
    assert client.post("/users/analyst1", data=data).status_code == 303
    assert doors.accounts.get("analyst1").second == ()
    assert client.post("/users/administrator1", data=data).status_code == 400


def test_a_qr_code_is_paths_alone() -> None:
    """The policy of the page allows no style in it."""
    image = qr("otpauth://totp/Sentinel%205G:li?secret=ABC&issuer=Sentinel%205G")
    assert image.startswith("<svg")
    assert "style" not in image
    assert "http" not in image.replace('xmlns="http://www.w3.org/2000/svg"', "")
