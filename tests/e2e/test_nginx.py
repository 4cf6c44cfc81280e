"""nginx with our example, a service that decides and an application behind it."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from sentinel.access.deciding.decider import Judged
from sentinel.api import enforcement, forward
from sentinel.operations.doors import Deciding, Parts
from tests.deciding import AGV, Past, deciding, enrolled, published, session
from tests.policies import ROOT
from tests.serving import serving

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx; on Debian: apt install nginx-light")

HERE, STRANGER = "127.0.0.1", "127.0.0.2"
_EXAMPLE = ROOT / "deploy" / "nginx" / "sentinel.conf"
_MAIN = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    include {folder}/sentinel.conf;
    location / {{ auth_request /sentinel-decides; proxy_pass http://127.0.0.1:{behind}; }}
    location /open {{ proxy_pass http://127.0.0.1:{behind}; }}
  }}
}}
"""


@dataclass
class Setting:
    """All of it."""

    port: int
    made: Deciding
    stop: Callable[[], None]
    seen: list[dict[str, str]]

    def get(self, source: str = HERE, method: str = "GET", **headers: str) -> tuple[int, str, bytes]:
        """Status, headers and body that a client at this address is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10, source_address=(source, 0))
        connection.request(method, "/", headers=headers)
        answer = connection.getresponse()
        found = answer.status, str(answer.headers), answer.read()
        connection.close()
        return found


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def nginx(folder: Path, url: str, token: str, behind: int) -> Iterator[int]:
    """nginx with the example, for a service at `url`; its port."""
    port, example = free(), _EXAMPLE.read_text()
    for line in ("proxy_ssl_verify", "proxy_ssl_trusted_certificate", "proxy_ssl_name"):
        assert line in example
    example = "\n".join(line for line in example.splitlines() if "proxy_ssl" not in line)
    example = example.replace("https://sentinel.plant:8443", url).replace(
        "/etc/nginx/sentinel/token.conf", f"{folder}/token.conf"
    )
    (folder / "sentinel.conf").write_text(example)
    (folder / "token.conf").write_text(f'proxy_set_header Authorization "Bearer {token}";\n')
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, port=port, behind=behind))
    with subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-e", folder / "error.log"]) as server:
        try:
            end = time.monotonic() + 10
            while time.monotonic() < end and not _listens(port):
                assert server.poll() is None, (folder / "error.log").read_text()
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    made, store = deciding(tmp_path, Past((session(AGV, HERE, pei="860123050000016"),)))
    published(made)
    token = enrolled(made, "web", "http")
    nobody: Any = None
    app, application, seen = FastAPI(), FastAPI(), list[dict[str, str]]()
    enforcement.mount(app, Parts(store, nobody, nobody, nobody, access=made), forward.router)

    @app.middleware("http")
    async def noted(request: Any, call: Any) -> Any:
        seen.append(dict(request.headers))
        return await call(request)

    @application.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def mes(path: str) -> str:
        return "the application"

    with contextlib.ExitStack() as stack:
        stack.callback(store.close)
        stack.callback(made.decider.close)
        listening, behind = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
        stack.enter_context(serving(application, behind))
        stop = stack.enter_context(serving(app, listening))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        port = stack.enter_context(nginx(tmp_path, url, token, behind.getsockname()[1]))
        yield Setting(port, made, stop, seen)


def test_a_request_passes_as_the_policy_says_and_no_reason_comes_to_the_client(setting: Setting) -> None:
    status, headers, body = setting.get()
    assert (status, body) == (200, b'"the application"')
    assert setting.get(method="DELETE")[0] == 403
    refused = setting.get(STRANGER)
    assert refused[0] == 403
    for said in (headers, refused[1], refused[2].decode()):
        assert "sentinel" not in said.lower()
        assert "machines-reach-mes" not in said


def test_what_a_client_says_of_itself_is_not_passed_on(setting: Setting) -> None:
    claimed = {
        "X-Sentinel-Address": HERE,
        "X-Sentinel-Method": "GET",
        "X-Sentinel-Certificate": "x",
        "X-Forwarded-For": HERE,
    }
    assert setting.get(STRANGER, **claimed)[0] == 403
    assert [each for each in setting.seen[-1] if each.startswith("x-")] == [
        "x-sentinel-address", "x-sentinel-method", "x-sentinel-resource",
    ]  # fmt: skip
    assert setting.seen[-1]["x-sentinel-address"] == STRANGER


def test_a_dead_service_closes(setting: Setting) -> None:
    assert setting.get()[0] == 200
    setting.stop()
    assert setting.get()[0] == 500


def test_a_slow_one_closes_too_and_so_does_a_token_that_was_taken_away(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = setting.made.decider.judge

    def late(*asked: Any) -> Judged:
        time.sleep(2.5)
        return judge(*asked)

    monkeypatch.setattr(setting.made.decider, "judge", late)
    assert setting.get()[0] == 500
    monkeypatch.undo()
    setting.made.points.remove("web", by="ada")
    setting.made.points.refresh()
    assert setting.get()[0] == 401
