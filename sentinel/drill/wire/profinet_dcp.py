"""PROFINET DCP, IEC 61158-6-10: frames that find, name and address devices."""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import pack

from sentinel.drill.wire import Exchange

ETHERTYPE = 0x8892
MULTICAST = "01:0e:cf:00:00:00"
_GET_SET, _IDENTIFY, _IDENTIFIED = 0xFEFD, 0xFEFE, 0xFEFF
_NAME, _IP, _RESET, _ANSWER = (2, 2), (1, 2), (5, 6), (5, 4)
PERMANENT = 1
FACTORY = 4  # what a reset resets: application data and communication parameters


def identify(xid: int, name: str, address: str, vendor: int = 0x002A, device: int = 0x0301) -> Exchange:
    """Identify of all stations, and one that answers."""
    blocks = [
        _block((2, 1), bytes(2) + b"ET200S"),
        _block(_NAME, bytes(2) + name.encode()),
        _block((2, 3), pack("!HHH", 0, vendor, device)),
        _block((2, 4), bytes([0, 0, 1, 0])),
        _block(_IP, pack("!H", 1) + _suite(address)),
    ]
    request = _frame(_IDENTIFY, 5, 0, xid, [_block((0xFF, 0xFF), b"")], delay=1)
    return request, _frame(_IDENTIFIED, 5, 1, xid, blocks)


def set_name(xid: int, name: str) -> Exchange:
    """Set of the name of a station."""
    return _set(xid, _NAME, pack("!H", PERMANENT) + name.encode())


def set_ip(xid: int, address: str) -> Exchange:
    """Set of the address of a station."""
    return _set(xid, _IP, pack("!H", PERMANENT) + _suite(address))


def reset_to_factory(xid: int, qualifier: int = FACTORY) -> Exchange:
    """Set of the control option that resets a station."""
    return _set(xid, _RESET, pack("!H", qualifier))


def _set(xid: int, option: tuple[int, int], value: bytes) -> Exchange:
    answer = _block(_ANSWER, bytes([*option, 0]))
    return _frame(_GET_SET, 4, 0, xid, [_block(option, value)]), _frame(_GET_SET, 4, 1, xid, [answer])


def _suite(address: str) -> bytes:
    return IPv4Address(address).packed + bytes([255, 255, 255, 0]) + bytes(4)


def _block(option: tuple[int, int], value: bytes) -> bytes:
    return bytes(option) + pack("!H", len(value)) + value + b"\0" * (len(value) % 2)


def _frame(frame_id: int, service: int, kind: int, xid: int, blocks: list[bytes], delay: int = 0) -> bytes:
    body = b"".join(blocks)
    return (pack("!HBBIHH", frame_id, service, kind, xid, delay, len(body)) + body).ljust(46, b"\0")
