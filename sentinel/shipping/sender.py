"""The way to the service: HTTPS with a token, one connection that is kept, and errors told apart by what they ask for."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import orjson

from sentinel.errors import AuthenticationError, CertificateError, ConfigError, IngestError, SequenceError, TlsError

_SECONDS = 30.0  # for an answer
_LONGEST_ANSWER = 1 << 18
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
SPOOL_HEADER = "Sentinel-Spool"
SEQUENCE_HEADER = "Sentinel-Sequence"
DIGEST_HEADER = "Repr-Digest"  # RFC 9530
MORE_HEADER = "Sentinel-More"


Dial = Callable[[str, int | None, float], http.client.HTTPConnection]
"""Makes a connection to a host and port, whose time-out is so many seconds."""


class AwayError(Exception):
    """The service cannot be reached, or cannot take anything now: try again later."""


class Sender:
    """A service, and a collector's token for it. The token is in no message.

    With `dial`, connections are made by it; without, by Python's TLS, which `ca` is for.
    """

    def __init__(self, url: str, token: str, ca: Path | None = None, dial: Dial | None = None) -> None:
        """Raises `ConfigError` where `url` or `ca` cannot be used."""
        parts = checked(url)
        if parts.scheme == "http" and dial is not None:
            raise ConfigError(f"`{url}` is without TLS; write https://HOST:PORT")
        self._again = (url, token, ca, dial)
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._path = f"{parts.path.rstrip('/')}/api/v1/ingest"
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "sentinel-collect"}
        if not token.isascii() or not token.isprintable() or not token:
            raise ConfigError("the token is not one that `sentinel collector add` printed")
        self._connection = (
            dial(parts.hostname or "", parts.port, _SECONDS)
            if dial
            else connection(parts.scheme, parts.hostname or "", parts.port, ca)
        )

    def send(self, spool: str, sequence: int, batch: bytes) -> None:
        """Hand over a batch; returns when the service has it on disk."""
        headers = {SPOOL_HEADER: spool, SEQUENCE_HEADER: str(sequence), "Content-Type": "application/gzip"}
        self._request("POST", self._path, batch, headers)

    def report(self, status: Mapping[str, object]) -> Sequence[object]:
        """Say how the collector is doing; returns what packets the service asks for."""
        body = orjson.dumps(status)
        said = self._request("PUT", f"{self._path}/status", body, {"Content-Type": "application/json"})
        try:
            cuts = orjson.loads(said)["cuts"]
        except (orjson.JSONDecodeError, KeyError, TypeError):  # an older service asks for nothing
            return ()
        return cuts if isinstance(cuts, list) else ()

    def answer(self, question: str, octets: bytes, *, more: bool) -> None:
        """Hand over packets that the service asked for; there were `more`."""
        headers = {"Content-Type": "application/x-pcapng", DIGEST_HEADER: repr_digest(octets),
                   MORE_HEADER: str(more).lower()}  # fmt: skip
        self._request("PUT", f"{self._path}/cuts/{question}", octets, headers)

    def audit_head(self, since: int) -> tuple[str, Sequence[bytes], str]:
        """The last checkpoint of the audit log, the proof that it goes on from that of `since` records, and its handovers."""
        said = self._request("GET", f"{self._path}/audit?since={since}", b"", {})
        try:
            answer = orjson.loads(said)
            proof = [base64.b64decode(each, validate=True) for each in answer["proof"]]
            return str(answer["checkpoint"]), proof, str(answer.get("handovers", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise IngestError("the service shows no checkpoint of its audit log") from error

    def cosigned(self, checkpoint: str) -> None:
        """Hand over a checkpoint with a cosignature."""
        self._request("PUT", f"{self._path}/audit", checkpoint.encode(), {"Content-Type": "text/plain; charset=utf-8"})

    def twin(self) -> Sender:
        """The same with a connection of its own, for another thread."""
        return Sender(*self._again)

    def _request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        try:
            answer, said = self._asked(method, path, body, {**self._headers, **headers})
        except ssl.SSLCertVerificationError as error:
            self._connection.close()
            raise ConfigError(f"the certificate of `{self.url}` is not trusted: {error.verify_message}; "
                              "name the file of its authority with --ca") from error  # fmt: skip
        except CertificateError as error:
            self._connection.close()
            raise ConfigError(f"`{self.url}` is not trusted: {error}") from error
        except AuthenticationError as error:
            self._connection.close()
            raise AuthenticationError(f"`{self.url}` does not take the collector's certificate: {error}") from error
        except (OSError, http.client.HTTPException, TlsError) as error:
            self._connection.close()
            raise AwayError(f"`{self.url}` is away: {reason_of(error)}") from error
        if answer.will_close or answer.length:
            self._connection.close()
        self._judge(answer.status, said)
        return said

    def _asked(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer; once more where a kept connection was closed meanwhile. What comes twice, the service knows."""
        kept = self._connection.sock is not None
        try:
            return self._exchange(method, path, body, headers)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            self._connection.close()
            if not kept:
                raise
            return self._exchange(method, path, body, headers)

    def _exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer, answer.read(_LONGEST_ANSWER)

    def _judge(self, status: int, said: bytes) -> None:
        if status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
            return
        if status == HTTPStatus.FORBIDDEN:
            raise AuthenticationError(f"`{self.url}` refuses the collector: {_detail(status, said)}")
        if status == HTTPStatus.UNAUTHORIZED:
            raise AuthenticationError(
                f"`{self.url}` does not know the collector's token; `sentinel collector add` gives one"
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TEMPORARY:
            raise AwayError(f"`{self.url}` cannot take anything now: {_detail(status, said)}")
        if status == HTTPStatus.CONFLICT:
            raise SequenceError(_detail(status, said))
        if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
            raise IngestError(_detail(status, said))
        raise ConfigError(f"`{self.url}` is not a service that takes events: it answers {status}")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Service:
    """The door of a service for other programs than collectors: a token, one connection that is kept, any path."""

    def __init__(self, url: str, token: str, ca: Path | None = None, seconds: float = _SECONDS) -> None:
        """Raises `ConfigError` where `url`, `ca` or the token cannot be used."""
        parts = checked(url)
        if not token.isascii() or not token.isprintable() or not token:
            raise ConfigError("the token is no printable text of one line")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._path, self._headers = parts.path.rstrip("/"), {"Authorization": f"Bearer {token}"}
        self._connection = connection(parts.scheme, parts.hostname or "", parts.port, ca, seconds)

    def ask(
        self, method: str, path: str, body: bytes = b"", *, largest: int = _LONGEST_ANSWER
    ) -> tuple[int, bytes]:  # fmt: skip
        """Status and body; raises `OSError` or `HTTPException` where there is no answer."""
        try:
            return self._asked(method, path, body, largest)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def _asked(self, method: str, path: str, body: bytes, largest: int) -> tuple[int, bytes]:
        self._connection.request(method, f"{self._path}{path}", body or None, self._headers)
        answer = self._connection.getresponse()
        said = answer.read(largest)
        if answer.will_close or answer.length:
            self._connection.close()
        return answer.status, said

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def checked(url: str) -> SplitResult:
    """The parts of the address of a service, to which a token may go; raises `ConfigError`."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ConfigError(f"`{url}` is not the address of a service; write https://HOST:PORT")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise ConfigError(f"`{url}` would send the token in clear; beyond this host write https://")
    return parts


def repr_digest(octets: bytes) -> str:
    """The SHA-256 as the header has it."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(octets).digest()).decode()}:"


@contextlib.contextmanager
def within(
    seconds: float, scheme: str, host: str, port: int | None, ca: Path | None
) -> Iterator[http.client.HTTPConnection]:
    """A connection for one exchange, which has ended after so many seconds, however slowly its other end drips."""
    context, link = trusting(ca) if scheme == "https" else None, http.client.HTTPConnection(host, port)
    ends, late = time.monotonic() + seconds, threading.Event()
    outside = socket.create_connection((host, port or (443 if context else 80)), seconds)
    with outside, outside.dup() as watched, contextlib.closing(link):

        def hang_up() -> None:
            late.set()
            with contextlib.suppress(OSError):
                watched.shutdown(socket.SHUT_RDWR)  # it is the same connection, also when TLS has taken it

        timer = threading.Timer(max(0.0, ends - time.monotonic()), hang_up)
        timer.start()
        try:
            link.sock = context.wrap_socket(outside, server_hostname=host) if context else outside
            yield link
        except (OSError, http.client.HTTPException):
            if not late.is_set():
                raise
        finally:
            timer.cancel()
            timer.join()
        if late.is_set():  # also where what came until then reads like an answer
            raise TimeoutError(f"no whole answer within {seconds:g} s")


def connection(
    scheme: str, host: str, port: int | None, ca: Path | None, seconds: float = _SECONDS
) -> http.client.HTTPConnection:
    """A connection to be made; raises `ConfigError` where `ca` holds no authority."""
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=trusting(ca))


def trusting(ca: Path | None) -> ssl.SSLContext:
    """TLS that trusts an authority, or those of the system; raises `ConfigError` where `ca` holds none."""
    try:
        return ssl.create_default_context(cafile=str(ca) if ca else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"`{ca}` holds no certificate of an authority: {reason_of(error)}") from error


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _detail(status: int, said: bytes) -> str:
    try:
        return str(orjson.loads(said)["detail"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"it answers {status}"


def reason_of(error: Exception) -> str:
    """What went wrong, in the words of the system, without its number."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
