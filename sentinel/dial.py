"""How a collector calls a service by TLS with SM2 certificates (RFC 8998): a connection for `http.client`."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.crypto.certificate import Holder, certificates_of, read_revocations
from sentinel.crypto.chain import Trust
from sentinel.crypto.suite import Suite
from sentinel.crypto.tls import Channel, Own, Tls, probed
from sentinel.errors import CertificateError

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Files:
    """What a collector is told: its certificate and key, the authority, and the list of what that revoked."""

    certificate: Path
    key: Path
    ca: Path
    crl: Path | None = None

    def trust(self) -> Trust:
        """As the files are now: a new list counts from the next connection on."""
        lists = None if self.crl is None else (read_revocations(_read(self.crl)),)
        return Trust(certificates_of(self.ca), lists)


def dialler(suite: Suite, files: Files) -> Callable[[str, int | None, float], http.client.HTTPConnection]:
    """Makes connections; raises `CryptoError` where there can be none, so that nothing begins."""
    probed(suite)
    tls = Tls(suite, Own.of(suite, files.certificate, files.key), files.trust, Holder.SERVICE)
    return lambda host, port, seconds: Connection(tls, host, port or 443, seconds)


class Connection(http.client.HTTPConnection):
    """HTTP over a channel; what is wrong with TLS is raised as `CryptoError` or `AuthenticationError`."""

    def __init__(self, tls: Tls, host: str, port: int, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._tls = tls

    def connect(self) -> None:
        """See `http.client.HTTPConnection`: the handshake is over when it returns."""
        super().connect()
        raw = self.sock
        try:
            self.sock = Stream(raw, self._tls.connecting(self.host))
        except BaseException:
            raw.close()
            self.sock = None
            raise


class Stream:
    """What `http.client` needs of a socket. It is closed when whoever reads an answer from it is done, too."""

    def __init__(self, raw: socket.socket, channel: Channel) -> None:
        self._raw, self._channel = raw, channel
        self._waiting = b""
        self._readers, self._closed = 0, False
        while channel.identity is None:
            self._step()

    def _step(self) -> None:
        """Say what there is to say, hear what comes; raises `ConnectionResetError` where nothing comes."""
        try:
            self._waiting += self._channel.received()
            self._flush()
            if self._waiting or (self._channel.identity is not None and self._channel.ended):
                return
            octets = self._raw.recv(_PIECE)
            if not octets:
                raise ConnectionResetError("the other end hung up")
            self._waiting += self._channel.received(octets)
        finally:
            with contextlib.suppress(OSError):
                self._flush()  # an alert, where that was refused

    def _flush(self) -> None:
        if octets := self._channel.outgoing():
            self._raw.sendall(octets)

    def sendall(self, octets: bytes) -> None:
        """See `socket.sendall`."""
        self._channel.send(octets)
        try:
            self._flush()
        except ConnectionError:
            self._step()  # the handshake is over for us before they say that they refuse us
            raise

    def read(self, most: int) -> bytes:
        """Up to so many octets; none at the end."""
        while not self._waiting and not self._channel.ended:
            self._step()
        said, self._waiting = self._waiting[:most], self._waiting[most:]
        return said

    def makefile(self, _mode: str) -> io.BufferedReader:
        """See `socket.makefile`; to read."""
        self._readers += 1
        return io.BufferedReader(Reader(self))

    def done(self) -> None:
        """Somebody has read what they wanted."""
        self._readers -= 1
        self._hang_up()

    def close(self) -> None:
        """See `socket.close`."""
        self._closed = True
        self._hang_up()

    def _hang_up(self) -> None:
        if not self._closed or self._readers > 0:
            return
        self._channel.end()
        with contextlib.closing(self._raw), contextlib.suppress(OSError):
            self._flush()


class Reader(io.RawIOBase):
    """Reads from a stream."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, place: Any) -> int:
        """See `io.RawIOBase`."""
        said = self._stream.read(len(place))
        place[: len(said)] = said
        return len(said)

    def close(self) -> None:
        """See `io.RawIOBase`."""
        if not self.closed:
            super().close()
            self._stream.done()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error
