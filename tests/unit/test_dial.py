"""A collector's call by TLS with SM suites: what it trusts is read anew, and what is wrong is told as what it is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sentinel.crypto.certificate import Holder
from sentinel.crypto.keyfile import dump_private, write_private
from sentinel.crypto.tls import Own, Tls
from sentinel.dial import Files, dialler
from sentinel.errors import AuthenticationError, CertificateError, ConfigError, KeyMaterialError
from sentinel.shipping.sender import AwayError, Sender
from tests.certificates import BAD, SERVICE, SUITE, Pair, authority, bad, good, listed, trust

ROOT = authority()


class Service:
    """Answers every request on each connection with an empty report, and shows a certificate."""

    def __init__(self, pair: Pair) -> None:
        self.trust, self.certificate = trust(ROOT), pair.certificate
        self._tls = Tls(SUITE, Own((pair.certificate,), pair.key), lambda: self.trust, Holder.COLLECTOR)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listening.getsockname()[1]}"
        self.closing = "keep-alive"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        channel, heard = self._tls.accepting(), b""
        try:
            while octets := connection.recv(65_536):
                heard += channel.received(octets)
                if heard.endswith(b"}"):
                    heard = b""
                    channel.send(
                        f"HTTP/1.1 200 OK\r\nConnection: {self.closing}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
                    )
                connection.sendall(channel.outgoing())
        except (CertificateError, AuthenticationError, ConnectionError):
            connection.sendall(channel.outgoing())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass


@pytest.fixture
def files(tmp_path: Path) -> Files:
    pair, made = good(ROOT), Files(*(tmp_path / name for name in ("a.pem", "a.key", "ca.pem", "ca.crl")))
    made.certificate.write_bytes(pair.certificate.pem)
    write_private(made.key, dump_private(SUITE, pair.key))
    made.ca.write_bytes(ROOT.certificate.pem)
    assert made.crl is not None
    made.crl.write_bytes(listed(ROOT).pem)
    return made


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service(good(ROOT, SERVICE))
    yield made
    made.listening.close()


def sender(service: Service, files: Files) -> Sender:
    return Sender(service.url, "token", dial=dialler(SUITE, files))


@pytest.mark.parametrize("closing_says", ["keep-alive", "close"])
def test_a_report_arrives(service: Service, files: Files, closing_says: str) -> None:
    """Several on one connection, or each on its own."""
    service.closing = closing_says
    with closing(sender(service, files)) as made:
        for _ in range(3):
            made.report({})


def test_a_new_list_counts_from_the_next_connection_on(service: Service, files: Files) -> None:
    """The service was revoked meanwhile."""
    assert files.crl is not None
    with closing(sender(service, files)) as made:
        made.report({})
        made.close()
        files.crl.write_bytes(listed(ROOT, service.certificate).pem)
        with pytest.raises(ConfigError, match="was revoked"):
            made.report({})


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_service_is_not_told_anything(files: Files, kind: str) -> None:
    """Each row of the table."""
    pair, relied_on = bad(ROOT, SERVICE)[kind]()
    assert files.crl is not None
    assert relied_on.lists is not None
    files.crl.write_bytes(relied_on.lists[0].pem)
    service = Service(pair)
    with (
        closing(service.listening),
        closing(sender(service, files)) as made,
        pytest.raises(ConfigError, match="is not trusted"),
    ):
        made.report({})


def test_a_collector_that_is_refused_hears_it(service: Service, files: Files) -> None:
    """As a matter of who it is, not of the way."""
    service.trust = trust(authority())
    with (
        closing(sender(service, files)) as made,
        pytest.raises(AuthenticationError, match="does not take the collector"),
    ):
        made.report({})


def test_a_service_without_tls_is_away(files: Files) -> None:
    """It hangs up, or answers in clear."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"

        def answer() -> None:
            for octets in (b"", b"HTTP/1.1 200 OK\r\n\r\n"):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(octets)

        threading.Thread(target=answer, daemon=True).start()
        with closing(Sender(url, "token", dial=dialler(SUITE, files))) as made:
            for _ in range(2):
                with pytest.raises(AwayError):
                    made.report({})


def test_what_it_is_told_has_to_fit(files: Files) -> None:
    """Nothing begins with a key that others may read, or without TLS."""
    with pytest.raises(ConfigError, match="is without TLS"):
        Sender("http://127.0.0.1:1", "token", dial=dialler(SUITE, files))
    files.key.chmod(0o644)
    with pytest.raises(KeyMaterialError, match="may be read by others"):
        dialler(SUITE, files)
    with pytest.raises(CertificateError, match="cannot be read"):
        dialler(SUITE, Files(files.certificate.with_name("none"), files.key, files.ca))
