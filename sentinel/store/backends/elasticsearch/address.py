"""Where an Elasticsearch is, how it is to be trusted, and how we say who we are."""

from __future__ import annotations

import ipaddress
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import Elasticsearch, OrjsonSerializer

from sentinel.errors import ConfigError

SCHEME = "elasticsearch+"
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_.]{0,99}")  # of a data stream: no hyphen
_FORM = "write elasticsearch+https://HOST:9200, several hosts with commas, and /NAMESPACE if it is not `default`"
_API_KEY = "ApiKey "
logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # it would tell every request; what fails is told by us
_ANSWER_WITHIN = 30.0  # seconds; searches have a budget of their own


@dataclass(frozen=True, slots=True)
class Address:
    """Nodes of one cluster; `secret` is `NAME:PASSWORD` or an API key, and is shown nowhere."""

    hosts: tuple[str, ...]
    namespace: str = "default"
    ca: Path | None = None
    secret: str = field(default="", repr=False)

    def client(self, patience: float = _ANSWER_WITHIN) -> Elasticsearch:
        """A client; it connects when it is asked something. Raises `ConfigError`."""
        if self.ca is not None and not self.ca.is_file():
            raise ConfigError(f"`{self.ca}` is no file; --store-ca names the certificate of who signed Elasticsearch's")
        trust: dict[str, Any] = {"ca_certs": str(self.ca)} if self.ca else {}
        return Elasticsearch(
            list(self.hosts),
            request_timeout=patience,
            max_retries=len(self.hosts) - 1,  # another node; what comes after that is decided where it is known
            connections_per_node=8,
            serializer=OrjsonSerializer(),
            **trust,
            **_identity(self.secret),
        )

    def __str__(self) -> str:
        """As it was written, without the secret."""
        scheme, _, first = self.hosts[0].partition("://")
        others = [host.partition("://")[2] for host in self.hosts[1:]]
        return f"{SCHEME}{scheme}://{','.join([first, *others])}/{self.namespace}"


def _identity(secret: str) -> dict[str, Any]:
    if secret.startswith(_API_KEY):
        return {"api_key": secret.removeprefix(_API_KEY).strip()}
    name, colon, password = secret.partition(":")
    if colon:
        return {"basic_auth": (name, password)}
    return {"api_key": secret} if secret else {}


def parse_address(text: str, ca: Path | None = None, secret: str = "") -> Address:
    """The address that a person wrote; raises `ConfigError`."""
    scheme, _, rest = text.removeprefix(SCHEME).partition("://")
    places, _, namespace = rest.partition("/")
    if not text.startswith(SCHEME) or scheme not in ("http", "https") or not places or "@" in places:
        raise ConfigError(f"`{text.rpartition('@')[2]}` is no store; {_FORM}")
    if namespace and not _NAMESPACE.fullmatch(namespace):
        raise ConfigError(f"`{namespace}` is no namespace; write small letters, digits, `_` and `.`")
    hosts = tuple(_host(scheme, place) for place in places.split(","))
    return Address(hosts, namespace or "default", ca, secret.strip())


def _host(scheme: str, place: str) -> str:
    try:
        split = urlsplit(f"{scheme}://{place}")
        host, port = split.hostname or "", split.port or 9200
    except ValueError:
        host, port = "", 0
    if not host:
        raise ConfigError(f"`{place}` is no host; {_FORM}")
    if scheme == "http" and not _here(host):
        raise ConfigError(f"`{host}` is beyond this host, and events name people: write elasticsearch+https://…")
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
