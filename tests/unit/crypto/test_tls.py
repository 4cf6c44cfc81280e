"""TLS with SM suites between two ends in memory: who is let in, and each kind that is refused in the handshake."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from OpenSSL import _util

from sentinel.crypto import tls
from sentinel.crypto.certificate import Holder, Identity
from sentinel.crypto.chain import Trust
from sentinel.crypto.keyfile import dump_private
from sentinel.crypto.tls import SUITE as SUITE_NAME
from sentinel.crypto.tls import Channel, Own, Tls, probed
from sentinel.errors import AuthenticationError, CertificateError, CryptoError, TlsError
from tests.certificates import BAD, COLLECTOR, SERVICE, SUITE, Pair, authority, bad, good, trust

ROOT = authority()
SERVER, CLIENT = good(ROOT, SERVICE), good(ROOT)


def end(pair: Pair, relied_on: Trust, other: Holder) -> Tls:
    return Tls(SUITE, Own((pair.certificate,), pair.key), lambda: relied_on, other)


def nothing() -> bytes:
    return b""


def shake(server: Channel, client: Channel) -> tuple[Exception | None, Exception | None]:
    """What each of them raises until nothing more goes to and fro."""
    raised: dict[Channel, Exception | None] = {server: None, client: None}
    for _ in range(4):
        for one, other in ((client, server), (server, client)):
            for channel, octets in ((one, nothing), (other, one.outgoing)):
                said = octets()
                try:
                    if raised[channel] is None:
                        channel.received(said)
                except (CryptoError, AuthenticationError) as error:
                    raised[channel] = error
    return raised[server], raised[client]


def both(server: Pair, client: Pair, relied_on: Trust, host: str = "127.0.0.1") -> tuple[Channel, Channel]:
    return (
        end(server, relied_on, Holder.COLLECTOR).accepting(),
        end(client, relied_on, Holder.SERVICE).connecting(host),
    )  # fmt: skip


def test_both_ends_know_each_other() -> None:
    """By the one suite and group; what is said arrives whole, and the end is told from a break."""
    server, client = both(SERVER, CLIENT, trust(ROOT))
    assert (server.identity, client.identity) == (None, None)
    assert shake(server, client) == (None, None)
    assert (server.identity, client.identity) == (COLLECTOR, SERVICE)
    assert server._connection.get_cipher_name() == SUITE_NAME
    assert server._connection.get_group_name() == "curveSM2"
    message = bytes(range(256)) * 2000
    client.send(message)
    assert server.received(client.outgoing()) == message
    client.end()
    assert not server.ended
    assert server.received(client.outgoing()) == b""
    assert server.ended


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_collector_is_refused_in_the_handshake(kind: str) -> None:
    """By the service, which never learns of an identity; the collector is told by an alert."""
    pair, relied_on = bad(ROOT, COLLECTOR)[kind]()
    server, client = both(SERVER, pair, relied_on)
    refused, told = shake(server, client)
    assert isinstance(refused, CertificateError)
    assert isinstance(told, AuthenticationError)
    assert server.identity is None


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_service_is_refused_in_the_handshake(kind: str) -> None:
    """By the collector."""
    pair, relied_on = bad(ROOT, SERVICE)[kind]()
    server, client = both(pair, CLIENT, relied_on)
    told, refused = shake(server, client)
    assert isinstance(refused, CertificateError)
    assert isinstance(told, AuthenticationError)
    assert (server.identity, client.identity) == (None, None)


@pytest.mark.parametrize("holder", [Holder.ADMINISTRATOR, Holder.TERMINAL])
def test_who_is_no_collector_is_refused(holder: Holder) -> None:
    """Though the authority issued the certificate."""
    server, client = both(SERVER, good(ROOT, Identity(holder, "tap1")), trust(ROOT))
    assert "expected a certificate of a collector" in str(shake(server, client)[0])


def test_a_service_at_another_address_is_refused() -> None:
    """The certificate has to name the host."""
    server, client = both(SERVER, CLIENT, trust(ROOT), "192.0.2.7")
    assert "is not for `192.0.2.7`, but for 127.0.0.1" in str(shake(server, client)[1])


def test_trust_is_asked_for_each_connection() -> None:
    """Who was revoked meanwhile does not come in again."""
    relied_on = [trust(ROOT)]
    service = Tls(SUITE, Own((SERVER.certificate,), SERVER.key), lambda: relied_on[0], Holder.COLLECTOR)
    collector = end(CLIENT, trust(ROOT), Holder.SERVICE)
    assert shake(service.accepting(), collector.connecting("127.0.0.1")) == (None, None)
    relied_on[0] = trust(ROOT, CLIENT.certificate)
    assert "was revoked" in str(shake(service.accepting(), collector.connecting("127.0.0.1"))[0])


def test_trust_that_cannot_be_had_refuses() -> None:
    """Whatever goes wrong there."""

    def fails() -> Trust:
        raise OSError("no database")

    service = end(SERVER, trust(ROOT), Holder.COLLECTOR)
    service._trust = fails
    server, client = service.accepting(), end(CLIENT, trust(ROOT), Holder.SERVICE).connecting("127.0.0.1")
    assert "no database" in str(shake(server, client)[0])


def test_other_suites_are_not_spoken() -> None:
    """Python's own TLS does not come in, and there is no falling back."""
    server = end(SERVER, trust(ROOT), Holder.COLLECTOR).accepting()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with pytest.raises(TlsError):
        server.received(outgoing.read())


def test_what_is_no_tls_is_refused() -> None:
    """Plain HTTP, and octets at random."""
    for octets in (b"GET / HTTP/1.1\r\n\r\n", bytes(100)):
        with pytest.raises(TlsError):
            end(SERVER, trust(ROOT), Holder.COLLECTOR).accepting().received(octets)


def test_no_session_is_resumed() -> None:
    """A collector that would go on with its session is looked at again."""
    relied_on = [trust(ROOT)]
    service = Tls(SUITE, Own((SERVER.certificate,), SERVER.key), lambda: relied_on[0], Holder.COLLECTOR)
    collector = end(CLIENT, trust(ROOT), Holder.SERVICE)
    first = collector.connecting("127.0.0.1")
    assert shake(service.accepting(), first) == (None, None)
    session = first._connection.get_session()
    assert session is not None
    relied_on[0] = trust(ROOT, CLIENT.certificate)
    again = collector.connecting("127.0.0.1")
    again._connection.set_session(session)
    assert "was revoked" in str(shake(service.accepting(), again)[0])


@pytest.fixture
def untested() -> Iterator[None]:
    probed.cache_clear()
    yield
    probed.cache_clear()


@pytest.mark.usefixtures("untested")
@pytest.mark.parametrize("name", ["SSL_CTX_set1_curves_list", "SSL_CTX_set1_sigalgs_list"])
def test_without_what_is_reached_inside_nothing_starts(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where it refuses, and where it is not there."""
    assert "TLS_SM4_GCM_SM3, curveSM2, sm2sig_sm3" in probed(SUITE)

    class Lacking:
        def __init__(self, result: int | None) -> None:
            self.result = result

        def __getattr__(self, wanted: str) -> object:
            if wanted != name:
                return getattr(_util.lib, wanted)
            if self.result is None:
                raise AttributeError(wanted)
            return lambda *_: self.result

    class Inside:
        ffi = _util.ffi

        def __init__(self, result: int | None) -> None:
            self.lib = Lacking(result)

    for result in (0, None):
        probed.cache_clear()
        monkeypatch.setattr(tls, "_util", Inside(result))
        with pytest.raises(TlsError):
            probed(SUITE)


@pytest.mark.usefixtures("untested")
def test_a_suite_that_is_not_there_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in another build of OpenSSL."""
    monkeypatch.setattr(tls, "SUITE", "TLS_SM4_GCM_SM9")
    with pytest.raises(TlsError):
        probed(SUITE)


def test_certificate_and_key_belong_together(tmp_path: Path) -> None:
    """As files."""
    folder = tmp_path
    (folder / "a.pem").write_bytes(CLIENT.certificate.pem)
    (folder / "b.key").touch(0o600)
    (folder / "b.key").write_bytes(dump_private(SUITE, SERVER.key))
    with pytest.raises(CertificateError, match="do not belong together"):
        Own.of(SUITE, folder / "a.pem", folder / "b.key")
