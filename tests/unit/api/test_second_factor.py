"""Second factors by the API: a log-in that waits is a problem document, and goes on with what it was given."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sentinel.accounts.factors import Demand
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.crypto.totp import code_at
from tests.people import signed

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.unit.conftest import Doors

PASSWORD = "correct horse battery"
CREDENTIALS = {"name": "analyst1", "password": PASSWORD}


def _with_codes(client: TestClient) -> tuple[str, list[str]]:
    secret = client.post("session/second-factor/totp", json={"password": PASSWORD}).json()["secret"]
    confirmed = client.post("session/second-factor/totp/confirm", json={"code": code_at(secret, time.time() - 30)})
    return secret, confirmed.json()["codes"]


def test_a_code_after_the_password(doors: Doors) -> None:
    """The session that set it up goes on; the pending token is no session."""
    mine, client = doors.program("analyst"), doors.program()
    secret, recovery = _with_codes(mine)
    assert mine.get("session/second-factor").json() == {"methods": ["totp"], "recovery_codes": 10}
    asked = client.post("session", json=CREDENTIALS)
    assert (asked.status_code, asked.headers["Content-Type"]) == (401, "application/problem+json")
    assert asked.json()["methods"] == ["totp"]
    pending = {"pending": asked.json()["pending"]}
    assert client.get("session", headers={"Authorization": f"Bearer {pending['pending']}"}).status_code == 401
    assert client.post("session/asked", json=pending).json() == {"methods": ["totp"], "challenge": ""}
    assert client.post("session/second", json={**pending, "code": "000000"}).status_code == 401
    done = client.post("session/second", json={**pending, "code": code_at(secret, time.time())})
    assert (done.status_code, done.json()["account"]["second"]) == (201, ["totp"])
    again = {"pending": client.post("session", json=CREDENTIALS).json()["pending"]}
    assert client.post("session/second", json={**again, "code": code_at(secret, time.time())}).status_code == 401
    assert client.post("session/second", json={**again, "code": recovery[0]}).status_code == 201
    assert client.post("session/second", json={**again, "code": recovery[1]}).status_code == 401


def test_a_key_after_the_password(doors: Doors) -> None:
    """Its challenge is signed once."""
    mine, client, key = doors.program("analyst"), doors.program(), suite().signer.sm2_keygen()
    body = {"password": PASSWORD, "pem": dump_public(key.public).decode()}
    challenge = mine.post("session/second-factor/sm2", json=body).json()["challenge"]
    proven = mine.post("session/second-factor/sm2/confirm", json={"answer": signed(challenge, key)})
    assert proven.status_code == 204
    pending = {"pending": client.post("session", json=CREDENTIALS).json()["pending"]}
    answer = signed(client.post("session/asked", json=pending).json()["challenge"], key)
    assert client.post("session/second", json={**pending, "answer": answer}).status_code == 201
    assert client.post("session/second", json={**pending, "answer": answer}).status_code == 401
    assert mine.post("session/second-factor/sm2/remove", json={"password": PASSWORD}).status_code == 204
    assert client.post("session", json=CREDENTIALS).status_code == 201


def test_mistakes_are_no_log_out(doors: Doors) -> None:
    """400 and 409, by which a program stays logged in."""
    mine = doors.program("analyst")
    for path, body in (
        ("totp", {"password": "x"}), ("totp/confirm", {"code": "1"}), ("recovery", {"password": PASSWORD}),
        ("sm2", {"password": PASSWORD, "pem": "x"}), ("sm2/confirm", {"answer": "x"}), ("sm2/remove", {"password": PASSWORD}),
    ):  # fmt: skip
        assert mine.post(f"session/second-factor/{path}", json=body).status_code == 400, path
    _with_codes(mine)
    assert mine.post("session/second-factor/totp", json={"password": PASSWORD}).status_code == 409
    fresh = mine.post("session/second-factor/recovery", json={"password": PASSWORD})
    assert len(fresh.json()["codes"]) == 10


def test_who_lacks_what_is_demanded_is_confined(doors: Doors) -> None:
    """403 for all but the account."""
    doors.accounts.demand = Demand.ADMINISTRATORS
    administrator = doors.program("administrator")
    refused = administrator.get("alerts")
    assert (refused.status_code, "second factor" in refused.json()["detail"]) == (403, True)
    assert administrator.get("session").json()["account"]["confined"]
    assert doors.program("analyst").get("alerts").status_code == 200
    _with_codes(administrator)
    assert administrator.get("alerts").status_code == 200


def test_an_administrator_resets_that_of_somebody_else(doors: Doors) -> None:
    """Not their own."""
    mine, administrator = doors.program("analyst"), doors.program("administrator")
    _with_codes(mine)
    assert administrator.delete("users/analyst1/second-factor").status_code == 204
    assert mine.get("session").status_code == 401
    assert administrator.delete("users/administrator1/second-factor").status_code == 409
