"""The contract of Envoy's external authorisation, by the stubs that Envoy publishes; Envoy itself is not run."""

from __future__ import annotations

import dataclasses
import gc
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from envoy.service.auth.v3 import external_auth_pb2 as messages
from envoy.service.auth.v3.external_auth_pb2_grpc import AuthorizationStub
from fastapi import FastAPI

from sentinel.api.envoy import start
from sentinel.config import Listen
from sentinel.errors import ConfigError
from sentinel.operations.doors import Deciding
from sentinel.service import answering_envoy
from tests.deciding import deciding, enrolled, published
from tests.dnaaa import Authority


@dataclass
class Setting:
    """A server, and a stub with a token."""

    port: int
    token: str
    stub: Any
    deciding: Deciding

    def check(self, request: Any, token: str | None = None) -> Any:
        """What Envoy is told."""
        given = self.token if token is None else token
        return self.stub.Check(request, metadata=[("authorization", f"Bearer {given}")], timeout=5)


def asked(address: str = "10.45.1.11", method: str = "GET", port: int = 80, **extensions: str) -> Any:
    request = messages.CheckRequest()
    request.attributes.source.address.socket_address.address = address
    request.attributes.request.http.method = method
    request.attributes.destination.address.socket_address.address = "10.11.6.80"
    request.attributes.destination.address.socket_address.port_value = port
    request.attributes.context_extensions.update(extensions)
    return request


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    made, store = deciding(tmp_path)
    published(made)
    token = enrolled(made, "mesh", "envoy")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = start(made, Listen(port=port))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Setting(port, token, AuthorizationStub(channel), made)
    server.stop(0).wait()
    made.decider.close()
    store.close()


def test_the_policy_decides_and_only_envoy_is_told_why(setting: Setting) -> None:
    allowed = setting.check(asked())
    assert (allowed.status.code, allowed.WhichOneof("http_response")) == (0, "ok_response")
    assert dict(allowed.dynamic_metadata)["rule"] == "machines-reach-mes"
    assert not allowed.ok_response.headers
    denied = setting.check(asked(method="DELETE"))
    assert (denied.status.code, denied.denied_response.status.code, denied.denied_response.body) == (7, 403, "")
    assert not denied.denied_response.headers


@pytest.mark.parametrize(
    ("request_", "code"),
    [(asked(method=""), 0), (asked(method="", resource="plc"), 0), (asked(resource="10.11.6.80:80/tcp"), 0), (asked(port=22), 7),
     (asked(resource="nobody"), 7), (asked("10.45.9.9"), 7), (asked(""), 7), (asked("x"), 7), (messages.CheckRequest(), 7),
     (asked(resource="10.11.6.50:502/tcp", action="modbus:write"), 0), (asked(resource="10.11.6.50:502/tcp", action="modbus:diag"), 7)],
)  # fmt: skip
def test_what_is_asked_is_found_or_does_not_pass(setting: Setting, request_: Any, code: int) -> None:
    assert setting.check(request_).status.code == code


@pytest.mark.parametrize("token", ["", "wrong"])
def test_nobody_without_a_token_is_answered(setting: Setting, token: str) -> None:
    with pytest.raises(grpc.RpcError) as found:
        setting.check(asked(), token)
    assert found.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_the_service_answers_until_it_ends(setting: Setting) -> None:
    """What nobody holds is collected, and a server of gRPC ends with that."""
    app = FastAPI()
    app.state.parts = SimpleNamespace(deciding=setting.deciding)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        ours = dataclasses.replace(setting, stub=AuthorizationStub(channel))
        with answering_envoy(app, Listen(port=port)):
            gc.collect()
            time.sleep(2)
            assert ours.check(asked()).status.code == 0
        with pytest.raises(grpc.RpcError):
            ours.check(asked())


def test_where_envoy_was_not_asked_for_nothing_answers() -> None:
    with answering_envoy(FastAPI(), None):
        pass


def test_beyond_this_host_there_is_tls_and_a_place_is_taken_once(setting: Setting, tmp_path: Path) -> None:
    nobody: Any = None
    with pytest.raises(ConfigError, match="--tls-certificate"):
        Listen("0.0.0.0", 1)
    with pytest.raises(ConfigError, match="cannot be listened on"):
        start(nobody, Listen(port=setting.port))
    certificate, key = Authority(tmp_path / "a").issue("localhost", None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = start(nobody, Listen("127.0.0.1", port, certificate, key))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, pytest.raises(grpc.RpcError) as found:
        AuthorizationStub(channel).Check(asked(), timeout=2)
    assert found.value.code() is grpc.StatusCode.UNAVAILABLE  # in clear
    server.stop(0).wait()
