"""DER (X.690), as strict as signatures need it: what is not the one encoding of its value is refused.

A reader takes its octets from the front; `end` says that there are no more.
"""

from __future__ import annotations

from collections.abc import Callable

from sentinel.errors import CryptoError

INTEGER, BITS, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30


def element(tag: int, *parts: bytes) -> bytes:
    """One element with these contents."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int) -> bytes:
    """A number that is not negative."""
    return element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    """An object identifier."""
    first, second, *rest = map(int, dotted.split("."))
    return element(OID, *(_base128(arc) for arc in (first * 40 + second, *rest)))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


class Reader:
    """The elements of some octets, one after the other; `wrong` makes the error for what is not DER."""

    def __init__(self, octets: bytes, wrong: Callable[[str], CryptoError]) -> None:
        self._rest = octets
        self._wrong = wrong

    def take(self, tag: int) -> bytes:
        """The contents of the next element, which has this tag."""
        if len(self._rest) < 2 or self._rest[0] != tag:
            raise self._wrong(f"expected an element with tag {tag:#04x}")
        start, length = self._length()
        content = self._rest[start : start + length]
        if len(content) != length:
            raise self._wrong("an element is cut short")
        self._rest = self._rest[start + length :]
        return content

    def _length(self) -> tuple[int, int]:
        """Where the contents start, and how long they are."""
        first = self._rest[1]
        if first < 0x80:
            return 2, first
        digits = self._rest[2 : 2 + (first & 0x7F)]
        length = int.from_bytes(digits)
        if not digits or len(digits) > 4 or len(digits) != first & 0x7F or digits[0] == 0 or length < 0x80:
            raise self._wrong("a length is not in its shortest form")
        return 2 + len(digits), length

    def inner(self, tag: int = SEQUENCE) -> Reader:
        """The elements inside the next one."""
        return Reader(self.take(tag), self._wrong)

    def integer(self) -> int:
        """The next element, a number that is not negative."""
        content = self.take(INTEGER)
        if not content or content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and not content[1] & 0x80):
            raise self._wrong("a number is negative or not in its shortest form")
        return int.from_bytes(content)

    def constant(self, expected: bytes, what: str) -> None:
        """The next element is exactly this one."""
        if not self._rest.startswith(expected):
            raise self._wrong(f"expected {what}")
        self._rest = self._rest[len(expected) :]

    def bits(self) -> bytes:
        """The next element, a bit string of whole octets."""
        content = self.take(BITS)
        if content[:1] != b"\0":
            raise self._wrong("expected a bit string of whole octets")
        return content[1:]

    def at(self, tag: int) -> bool:
        """Whether the next element has this tag."""
        return self._rest[:1] == bytes((tag,))

    def follows(self, expected: bytes) -> bool:
        """Whether what is left is exactly this."""
        return self._rest == expected

    def end(self) -> None:
        """Nothing is left."""
        if self._rest:
            raise self._wrong("there are octets after the end")
