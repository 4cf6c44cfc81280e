"""Secondary authentication at a DN-AAA: FreeRADIUS with our configuration, real EAP-TLS handshakes, and the policy behind it."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from sentinel.access.deciding.decider import Judged
from sentinel.api import enforcement, radius
from sentinel.operations.doors import Deciding, Parts
from sentinel.store.backends.sqlite import SqliteStore
from tests.deciding import AGV, Past, deciding, enrolled, published
from tests.dnaaa import SECRET, Aaa, Authority, aaa, lacking, vsa
from tests.serving import serving

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())

MES = "10.11.6.80:80/tcp"
IMSI, DEVICE, SLICE, PLACE = 1, 20, 125, 22
VALUES = {
    IMSI: AGV.encode(), DEVICE: b"8601230500000199", SLICE: bytes.fromhex("020000a1"),
    PLACE: bytes.fromhex("8999f907000001" + "99f9070000000011"),
}  # fmt: skip
CAMERA = {**VALUES, IMSI: b"999700000000003"}


def _told(values: dict[int, bytes]) -> dict[str, str]:
    """Attributes for `eapol_test`: those of 3GPP in one, the DNN in another."""
    whole = "".join(vsa(number, value).partition(":")[2].removeprefix("000028af") for number, value in values.items())
    return {"26": f"x:000028af{whole}", "30": "s:ot"}


@dataclasses.dataclass
class Setting:
    """All of it."""

    aaa: Aaa
    made: Deciding
    store: SqliteStore
    stop: Callable[[], None]


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    made, store = deciding(tmp_path, Past(()))  # nobody has a session yet
    published(made)
    token = enrolled(made, "dn-aaa", "dn-aaa")
    made.points.refresh()
    nobody: Any = None
    app = FastAPI()
    enforcement.mount(app, Parts(store, nobody, nobody, nobody, access=made), radius.router)
    (tmp_path / "aaa").mkdir()
    with contextlib.ExitStack() as stack:
        stack.callback(store.close)
        stack.callback(made.decider.close)
        listening = socket.create_server(("127.0.0.1", 0))
        stop = stack.enter_context(serving(app, listening))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield Setting(stack.enter_context(aaa(tmp_path / "aaa", url, token, MES)), made, store, stop)


def test_the_policy_decides_who_gets_a_session(setting: Setting) -> None:
    assert setting.aaa.accepts(AGV, _told(VALUES)), (setting.aaa.folder / "radius.log").read_text()
    assert not setting.aaa.accepts("999700000000003", _told(CAMERA))  # slice 1 alone is a camera's
    assert not setting.aaa.accepts("999700000000099", _told({**VALUES, IMSI: b"999700000000099"}))  # in no register


@pytest.mark.parametrize("values", [
    {number: value for number, value in VALUES.items() if number != SLICE}, {**VALUES, SLICE: b""}, {**VALUES, SLICE: b"\x01\x02"},
    {**VALUES, SLICE: bytes.fromhex("030000ff")}, {number: value for number, value in VALUES.items() if number != IMSI},
    {**VALUES, IMSI: b"agv-17"}, {**VALUES, DEVICE: b"8601230500999999"},
    {number: value for number, value in VALUES.items() if number != DEVICE},
], ids=["no slice", "empty slice", "malformed slice", "other slice", "no imsi", "no number", "other device", "no device"])  # fmt: skip
def test_what_is_not_known_or_not_right_is_denied(setting: Setting, values: dict[int, bytes]) -> None:
    assert not setting.aaa.accepts(AGV, _told(values))


def test_a_certificate_of_somebody_else_or_of_another_authority_gets_no_session(
    setting: Setting, tmp_path: Path
) -> None:
    assert not setting.aaa.accepts("999700000000002", _told(VALUES))
    assert not setting.aaa.accepts(AGV, _told(VALUES), authority=Authority(tmp_path / "other", "other"))


def test_nobody_gets_a_session_while_the_decision_point_is_dead(setting: Setting) -> None:
    assert setting.aaa.accepts(AGV, _told(VALUES))
    setting.stop()
    assert not setting.aaa.accepts(AGV, _told(VALUES))


def test_nobody_gets_a_session_while_it_is_slow(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = setting.made.decider.judge

    def late(*asked: Any) -> Judged:
        time.sleep(3)
        return judge(*asked)

    monkeypatch.setattr(setting.made.decider, "judge", late)
    assert not setting.aaa.accepts(AGV, _told(VALUES))


def test_a_request_without_message_authenticator_is_dropped(setting: Setting) -> None:
    request = f'User-Name = "{AGV}"\nUser-Password = "x"\n'
    command = ["radclient", "-x", "-r", "1", "-t", "1", f"127.0.0.1:{setting.aaa.port}", "auth", SECRET]
    for more, answered in (("", False), ("Message-Authenticator = 0x00\n", True)):
        found = subprocess.run(command, input=request + more, capture_output=True, text=True, timeout=20, check=False)
        assert ("Received Access-Reject" in found.stdout) is answered
