"""Envoy's external authorisation over gRPC: `envoy.service.auth.v3.Authorization/Check`. Contract-tested, not run with Envoy.

Of whom: the address of the source. What: `resource` and `action` of the route's `context_extensions`; without them the
destination, and `http:METHOD`, or `connect` where it is no HTTP. The rule goes to Envoy as dynamic metadata, to nobody else.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from envoy.service.auth.v3 import external_auth_pb2 as messages
from envoy.service.auth.v3.external_auth_pb2_grpc import add_AuthorizationServicer_to_server

from sentinel.access.deciding.decider import Answer
from sentinel.access.information.pip import Asked
from sentinel.config import Listen
from sentinel.enforcement.registry import Kind
from sentinel.errors import AuthenticationError, AuthorizationError, ConfigError
from sentinel.model.access import Resource
from sentinel.operations.doors import Deciding

_THREADS = 8
_PROTOCOLS = {0: "tcp", 1: "udp"}  # envoy.config.core.v3.SocketAddress.Protocol
PARTING = 2.0  # seconds for calls under way when it ends
_LOG = logging.getLogger(__name__)


class Authorization:
    """The service."""

    def __init__(self, deciding: Deciding) -> None:
        self._deciding = deciding

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802  # the name of the call
        """Whether a request, or a connection, may pass."""
        try:
            point = self._deciding.points.admit(_token(context), Kind.ENVOY)
        except AuthenticationError as error:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, str(error))
        except AuthorizationError as error:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, str(error))
        return _response(self._deciding.decider.decide(self._asked(request.attributes), point))

    def _asked(self, attributes: Any) -> Asked:
        told = attributes.context_extensions
        method = attributes.request.http.method
        action = told.get("action", "") or (f"http:{method}" if method else "connect")
        address = attributes.source.address.socket_address.address
        return Asked(
            self._resource(told.get("resource", ""), attributes.destination), action, time.time_ns(), "", address
        )

    def _resource(self, written: str, destination: Any) -> Resource:
        catalogue = self._deciding.decider.pip.catalogue
        if written:
            return catalogue.read(written)
        place = destination.address.socket_address
        return catalogue.at(place.address, place.port_value, _PROTOCOLS.get(place.protocol, ""))


def _token(context: Any) -> str:
    said = dict(context.invocation_metadata()).get("authorization", "")
    scheme, _, token = str(said).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _response(answer: Answer) -> Any:
    """0 lets pass, 7 (`PERMISSION_DENIED`) does not."""
    decision = answer.decision
    response = messages.CheckResponse()
    if decision.allowed:
        response.ok_response.SetInParent()
    else:
        response.status.code = grpc.StatusCode.PERMISSION_DENIED.value[0]
        response.denied_response.status.code = 403
    response.dynamic_metadata.update(
        {"decision": answer.id, "rule": ",".join(decision.rules), "reason": decision.reason.value}
    )
    return response


def start(deciding: Deciding, listen: Listen) -> grpc.Server:
    """Answer at a place of its own, by TLS or on this host alone; raises `ConfigError` where that cannot be had."""
    server = grpc.server(ThreadPoolExecutor(_THREADS, "envoy"), options=[("grpc.so_reuseport", 0)])
    add_AuthorizationServicer_to_server(Authorization(deciding), server)
    place = f"[{listen.host}]:{listen.port}" if ":" in listen.host else f"{listen.host}:{listen.port}"
    try:
        if listen.certificate and listen.key:
            pair = (listen.key.read_bytes(), listen.certificate.read_bytes())
            server.add_secure_port(place, grpc.ssl_server_credentials([pair]))
        else:
            server.add_insecure_port(place)
    except (RuntimeError, OSError) as error:
        raise ConfigError(f"`{place}` cannot be listened on by gRPC; choose another --envoy-listen") from error
    server.start()
    _LOG.info("Envoy may ask at %s", place)
    return server
