"""TLS 1.3 with SM2, SM3 and SM4 (RFC 8998), both ends with a certificate; without I/O.

Python's `ssl` has none of it; pyOpenSSL has, over the OpenSSL that `cryptography` brings. Group and signature algorithm are set
through its private `_util.lib`: so both packages are pinned, `probed` makes a handshake before anything relies on it, and where
that fails nothing starts. There is no falling back: one suite, one group and one algorithm are offered.

OpenSSL verifies the chain, and `sentinel.crypto.chain` does it again with use, name and list of revoked ones, while the
handshake is going on. A session is never resumed, because then nobody would look at the certificate.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from OpenSSL import SSL, _util, crypto

from sentinel.crypto.certificate import Certificate, Holder, Identity, certificates_of, read_certificate
from sentinel.crypto.chain import Trust, validate
from sentinel.crypto.curve import PrivateKey
from sentinel.crypto.issuing import Period, Signer, issued, self_signed
from sentinel.crypto.keyfile import load_private, read_guarded
from sentinel.crypto.keyforms import pkcs8
from sentinel.crypto.suite import Suite
from sentinel.errors import AuthenticationError, CertificateError, CryptoError, SentinelError, TlsError

SUITE, GROUP, SCHEME = "TLS_SM4_GCM_SM3", "curveSM2", "sm2sig_sm3"  # RFC 8998, 2 and 3.2
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Own:
    """What an end shows of itself: its certificate, with those that lead to its authority, and its key."""

    chain: tuple[Certificate, ...]
    key: PrivateKey

    @classmethod
    def of(cls, suite: Suite, certificate: Path, key: Path) -> Own:
        """From files; raises `CryptoError` where they do not fit."""
        made = cls(certificates_of(certificate), load_private(suite, read_guarded(key)))
        if not made.chain or made.chain[0].public != made.key.public:
            raise CertificateError(f"`{certificate}` and `{key}` do not belong together")
        return made


@dataclass(slots=True)
class _Peer:
    """What is known of the other end while a handshake goes on."""

    host: str = ""  # that its certificate has to have
    chain: dict[int, Certificate] = field(default_factory=dict)  # by how far from its own
    identity: Identity | None = None
    refused: str = ""


class Tls:
    """One end of connections to a kind of `holder`; `trust` is asked for each of them."""

    def __init__(self, suite: Suite, own: Own, trust: Callable[[], Trust], holder: Holder) -> None:
        self._suite, self._trust, self._holder = suite, trust, holder
        self._context = _context(own, trust().anchors)
        self._context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._verify)

    def accepting(self) -> Channel:
        """A connection that somebody else began."""
        connection, peer = self._connection("")
        connection.set_accept_state()
        return Channel(connection, peer)

    def connecting(self, host: str) -> Channel:
        """A connection to `host`, which its certificate has to name."""
        connection, peer = self._connection(host)
        connection.set_connect_state()
        return Channel(connection, peer)

    def _connection(self, host: str) -> tuple[SSL.Connection, _Peer]:
        connection, peer = SSL.Connection(self._context, None), _Peer(host)
        connection.set_app_data(peer)
        return connection, peer

    def _verify(self, connection: SSL.Connection, shown: crypto.X509, error: int, depth: int, good: int) -> bool:
        """Called by OpenSSL for each certificate of the chain, the other end's own one last, and for what it finds wrong."""
        peer: _Peer = connection.get_app_data()
        if not good:
            peer.refused = _said(error)
            return False
        try:
            peer.chain[depth] = read_certificate(crypto.dump_certificate(crypto.FILETYPE_ASN1, shown))
            if depth == 0:
                peer.identity = self._validated(peer)
        except CryptoError as refused:
            peer.refused = str(refused)
            return False
        except Exception as failed:  # noqa: BLE001  # what cannot be looked at is refused, whatever it was
            peer.refused = f"it cannot be verified: {failed}"
            return False
        return True

    def _validated(self, peer: _Peer) -> Identity:
        chain = [peer.chain[depth] for depth in sorted(peer.chain)]
        identity = validate(self._suite, chain, self._trust(), self._holder)
        if peer.host and peer.host.lower() not in map(str.lower, chain[0].hosts):
            raise CertificateError(f"the certificate is not for `{peer.host}`, but for {' and '.join(chain[0].hosts)}")
        return identity


class Channel:
    """One connection: what comes in is handed over, what has to go out is taken."""

    def __init__(self, connection: SSL.Connection, peer: _Peer) -> None:
        self._connection, self._peer = connection, peer
        self._shaken = False
        self.ended = False  # by the other end, in order

    @property
    def identity(self) -> Identity | None:
        """Who the other end is, after the handshake."""
        return self._peer.identity if self._shaken else None

    def received(self, octets: bytes = b"") -> bytes:
        """What the other end says in these octets. What has to go out after it, also if it raises, is in `outgoing`.

        Raises `CertificateError` for a certificate that is refused, `AuthenticationError` if this end is, else `TlsError`.
        """
        if octets:
            self._connection.bio_write(octets)
        try:
            if not self._shaken and not self._shake():
                return b""
            return b"".join(self._read())
        except SSL.Error as error:
            raise self._error(error) from error

    def _shake(self) -> bool:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        if self._peer.identity is None or self._connection.get_cipher_name() != SUITE:
            raise TlsError(f"the other end is not known by its certificate, or uses another suite than {SUITE}")
        self._shaken = True
        return True

    def _read(self) -> Iterator[bytes]:
        while not self.ended:
            try:
                yield self._connection.recv(_PIECE)
            except SSL.WantReadError:
                return
            except SSL.ZeroReturnError:
                self.ended = True

    def send(self, octets: bytes) -> None:
        """Say something; it is in `outgoing` then."""
        try:
            for start in range(0, len(octets), _PIECE):
                self._connection.sendall(octets[start : start + _PIECE])
        except SSL.Error as error:
            raise self._error(error) from error

    def outgoing(self) -> bytes:
        """What has to go out."""
        pieces = []
        with contextlib.suppress(SSL.WantReadError):
            while True:
                pieces.append(self._connection.bio_read(_PIECE))
        return b"".join(pieces)

    def end(self) -> None:
        """Say that nothing more comes."""
        with contextlib.suppress(SSL.Error):
            self._connection.shutdown()

    def _error(self, error: SSL.Error) -> SentinelError:
        if self._peer.refused:
            return CertificateError(f"the certificate of the other end is refused: {self._peer.refused}")
        reasons = [str(entry[-1]) for entry in error.args[0]] if error.args and isinstance(error.args[0], list) else []
        text = ", ".join(reasons) or "the connection broke off"
        if "alert" in text:
            return AuthenticationError(f"the other end refuses this one: {text}")
        return TlsError(f"TLS with {SUITE} cannot go on: {text}")


def _context(own: Own, anchors: tuple[Certificate, ...]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    try:
        _narrow(context)
        first, *others = own.chain
        context.use_certificate(first.parsed)
        for each in others:
            context.add_extra_chain_cert(each.parsed)
        _use_key(context, own.key)
        store: Any = context.get_cert_store()
        for anchor in anchors:
            store.add_cert(crypto.X509.from_cryptography(anchor.parsed))
    except (SSL.Error, crypto.Error, AttributeError, TypeError) as error:
        raise TlsError(f"no TLS with {SUITE} here: {error}; expected the pinned cryptography and pyOpenSSL") from error
    return context


def _use_key(context: SSL.Context, key: PrivateKey) -> None:
    """The key as pyOpenSSL has it, which would rather have one of `cryptography`: that has none of SM2."""
    loaded = crypto.load_privatekey(crypto.FILETYPE_ASN1, pkcs8(key.secret, key.public))
    with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
        context.use_privatekey(loaded)


def _narrow(context: SSL.Context) -> None:
    """One version, suite, group and algorithm; no session that is resumed."""
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(SUITE.encode())
    library: Any = _util.lib
    of: Any = context._context  # noqa: SLF001  # no other way to it
    if library.SSL_CTX_set1_curves_list(of, GROUP.encode()) != 1:
        raise TlsError(f"OpenSSL does not take the group {GROUP}")
    if library.SSL_CTX_set1_sigalgs_list(of, SCHEME.encode()) != 1:
        raise TlsError(f"OpenSSL does not take the signature algorithm {SCHEME}")
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)


def _said(error: int) -> str:
    library: Any = _util.lib
    text: bytes = _util.ffi.string(library.X509_verify_cert_error_string(error))
    return text.decode(errors="replace")


@functools.lru_cache(4)
def probed(suite: Suite) -> str:
    """What a handshake of both ends here came to; raises `CryptoError` where it does not come about."""
    key, period = suite.signer.sm2_keygen(), Period(0, 4_000_000_000)
    by = Signer(suite, key, self_signed(suite, key, "self test", period))
    trust = Trust((by.certificate,), None)
    service, collector = (_end(by, holder, period, trust) for holder in (Holder.SERVICE, Holder.COLLECTOR))
    ends = service.accepting(), collector.connecting("localhost")
    for _ in range(4):
        ends[0].received(_flow(ends[1]))
        ends[1].received(_flow(ends[0]))
    ends[1].send(b"sentinel")
    if ends[0].received(_flow(ends[1])) != b"sentinel":
        raise TlsError(f"a handshake of {SUITE} with itself does not come about")
    version = SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode()
    return f"{SUITE}, {GROUP}, {SCHEME} ({version})"


def _flow(end: Channel) -> bytes:
    end.received()
    return end.outgoing()


def _end(by: Signer, holder: Holder, period: Period, trust: Trust) -> Tls:
    key = by.suite.signer.sm2_keygen()
    certificate = issued(by, Identity(holder, "self-test"), key.public, ["localhost"], period)
    other = Holder.COLLECTOR if holder is Holder.SERVICE else Holder.SERVICE
    return Tls(by.suite, Own((certificate,), key), lambda: trust, other)
