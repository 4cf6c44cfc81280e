"""TLS 1.2 (RFC 5246) and 1.3 (RFC 8446) as an observer sees them: hellos and a certificate, and noise after these."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from struct import pack

from sentinel.drill.wire import Exchange

PORT = 443
TLS_1_0, TLS_1_2, TLS_1_3 = 0x0301, 0x0303, 0x0304
_SUITES = {TLS_1_3: [0x1301, 0x1302, 0xC02F], TLS_1_2: [0xC02F, 0xC030, 0x009C], TLS_1_0: [0x002F, 0x0035, 0x000A]}
_HANDSHAKE, _CHANGE, _DATA = 22, 20, 23


def handshake(
    random: Random, name: str = "", version: int = TLS_1_2, subject: str = "", issuer: str = "", until: str = "331231"
) -> list[Exchange]:
    """A handshake up to both Finished: `subject` and `issuer` are common names, one that is empty the server's `name`."""
    hello = client_hello(random, name, version)
    answer = server_hello(random, version)
    if version == TLS_1_3:
        return [(hello, answer + _change() + _noise(random, _DATA, 900)), (_change() + _noise(random, _DATA, 53), b"")]
    chain = certificate(random, subject or name, issuer or subject or name, until)
    server = answer + _record(_HANDSHAKE, _message(11, _vector(_vector(chain, 3), 3)) + _message(14, b""), version)
    key = _record(_HANDSHAKE, _message(16, _vector(random.randbytes(256), 2)), version)
    return [
        (hello, server),
        (key + _change(version) + _noise(random, _HANDSHAKE, 40, version), _change(version) + _noise(random, 22, 40)),
    ]


def data(random: Random, up: int, down: int) -> Exchange:
    """So many octets of application data each way."""
    return _noise(random, _DATA, up), _noise(random, _DATA, down)


def client_hello(random: Random, name: str, version: int = TLS_1_2, alpn: Sequence[str] = ("http/1.1",)) -> bytes:
    """A hello with server name, groups, signature algorithms and ALPN."""
    suites = b"".join(pack("!H", suite) for suite in _SUITES[version])
    extensions = _extension(0, _vector(b"\0" + _vector(name.encode(), 2), 2)) if name else b""
    extensions += _extension(10, _vector(bytes.fromhex("001d0017"), 2)) + _extension(11, b"\x01\x00")
    extensions += _extension(13, _vector(bytes.fromhex("040308040401"), 2))
    extensions += _extension(16, _vector(b"".join(_vector(one.encode(), 1) for one in alpn), 2))
    if version == TLS_1_3:
        share = _vector(pack("!H", 0x1D) + _vector(random.randbytes(32), 2), 2)
        extensions += _extension(43, _vector(pack("!H", TLS_1_3), 1)) + _extension(51, share)
    body = pack("!H", min(version, TLS_1_2)) + random.randbytes(32) + _vector(random.randbytes(32), 1)
    return _record(_HANDSHAKE, _message(1, body + _vector(suites, 2) + b"\x01\x00" + _vector(extensions, 2)), TLS_1_0)


def server_hello(random: Random, version: int = TLS_1_2) -> bytes:
    """A hello that chooses the first suite."""
    body = pack("!H", min(version, TLS_1_2)) + random.randbytes(32) + _vector(random.randbytes(32), 1)
    body += pack("!HB", _SUITES[version][0], 0)
    extensions = b""
    if version == TLS_1_3:
        extensions = _extension(43, pack("!H", TLS_1_3))
        extensions += _extension(51, pack("!H", 0x1D) + _vector(random.randbytes(32), 2))
    return _record(
        _HANDSHAKE, _message(2, body + (_vector(extensions, 2) if extensions else b"")), min(version, TLS_1_2)
    )


def certificate(random: Random, subject: str, issuer: str, until: str) -> bytes:
    """An X.509 certificate (RFC 5280) of common names, valid to the end of the day `until` (YYMMDD), with a made-up key."""
    rsa, sha256 = "2a864886f70d010101", "2a864886f70d01010b"
    key = _der(0x30, _integer(1 << 1023 | random.getrandbits(1023) | 1) + _integer(65537))
    valid = _der(0x30, _der(0x17, b"240101000000Z") + _der(0x17, f"{until}235959Z".encode()))
    body = [
        _der(0xA0, _integer(2)),
        _integer(random.getrandbits(62) | 1),
        _algorithm(sha256),
        _name(issuer),
        valid,
        _name(subject),
        _der(0x30, _algorithm(rsa) + _der(0x03, b"\0" + key)),
    ]
    return _der(0x30, _der(0x30, b"".join(body)) + _algorithm(sha256) + _der(0x03, b"\0" + random.randbytes(128)))


def _der(tag: int, value: bytes) -> bytes:
    size = len(value)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < 0x80 else bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + value


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _algorithm(identifier: str) -> bytes:
    return _der(0x30, _der(0x06, bytes.fromhex(identifier)) + _der(0x05, b""))


def _name(common: str) -> bytes:
    attribute = _der(0x30, _der(0x06, bytes.fromhex("550403")) + _der(0x0C, common.encode()))
    return _der(0x30, _der(0x31, attribute))


def _vector(octets: bytes, width: int) -> bytes:
    return len(octets).to_bytes(width, "big") + octets


def _extension(kind: int, body: bytes) -> bytes:
    return pack("!H", kind) + _vector(body, 2)


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _vector(body, 3)


def _record(kind: int, body: bytes, version: int = TLS_1_2) -> bytes:
    return pack("!BHH", kind, version, len(body)) + body


def _change(version: int = TLS_1_2) -> bytes:
    return _record(_CHANGE, b"\x01", version)


def _noise(random: Random, kind: int, size: int, version: int = TLS_1_2) -> bytes:
    return _record(kind, random.randbytes(size), version)
