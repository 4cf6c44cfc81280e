"""A Merkle tree over SM3, after RFC 9162, 2.1: who holds a signed root can be shown that a record is under it.

A leaf is SM3(0x00 || record), a node SM3(0x01 || left || right). The hashes of all complete subtrees are stored in the
order in which they become known, each leaf followed by the nodes that it completes; a subtree's place there is a matter of
arithmetic (`place`), so that the hashes are one file that only grows, and a proof is some forty reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sentinel.crypto.digest import sm3_after
from sentinel.errors import ProofError

HASH = 32  # octets
Get = Callable[[int, int], bytes]
"""The hash of the `n`-th complete subtree of `2 ** level` leaves: `get(level, n)`."""

leaf_hash = sm3_after(b"\x00")
_node = sm3_after(b"\x01")
EMPTY = sm3_after(b"")(b"")


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return _node(left + right)


def place(level: int, number: int) -> int:
    """Where among the stored hashes that of the `number`-th subtree of `2 ** level` leaves is."""
    last = ((number + 1) << level) - 1  # the leaf that completes it
    return 2 * last - last.bit_count() + level


def stored(size: int) -> int:
    """How many hashes are stored for so many leaves."""
    return 2 * size - size.bit_count()


class Frontier:
    """A tree that only grows: the roots of its largest complete subtrees, from left to right."""

    def __init__(self, size: int = 0, get: Get | None = None) -> None:
        self.size = size
        self._roots = [] if get is None else [get(level, number) for level, number in _complete(0, size)]

    def extend(self, leaves: Iterable[bytes]) -> bytes:
        """Add leaves; gives the hashes that are known with them, in the order in which they are stored."""
        known: list[bytes] = []
        for leaf in leaves:
            found = leaf
            known.append(found)
            odd = self.size
            while odd & 1:
                found = _node(self._roots.pop() + found)
                known.append(found)
                odd >>= 1
            self._roots.append(found)
            self.size += 1
        return b"".join(known)

    def copy(self) -> Frontier:
        """The tree as it is now."""
        other = Frontier(self.size)
        other._roots = list(self._roots)
        return other

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return _joined(self._roots)


def _complete(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees, as level and number, that make up leaves from `start` (a multiple of the largest) to `end`."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _joined(roots: Sequence[bytes]) -> bytes:
    if not roots:
        return EMPTY
    found = roots[-1]
    for root in reversed(roots[:-1]):
        found = node_hash(root, found)
    return found


def root_of(get: Get, size: int) -> bytes:
    """The root over the first `size` leaves."""
    return _range(get, 0, size)


def _range(get: Get, start: int, end: int) -> bytes:
    return _joined([get(level, number) for level, number in _complete(start, end)])


def _split(count: int) -> int:
    """The largest power of two below a count of leaves."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion(get: Get, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ProofError(f"there is no record {index} in a log of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(get, middle, end))
            end = middle
        else:
            path.append(_range(get, start, middle))
            start = middle
    return path[::-1]


def consistency(get: Get, first: int, second: int) -> list[bytes]:
    """The proof that the tree of `first` leaves begins that of `second` (RFC 9162, 2.1.4.1)."""
    if not 0 < first <= second:
        raise ProofError(f"a log of {second} records does not begin with one of {first}")
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range(get, middle, end))
            end = middle
        else:
            path.append(_range(get, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range(get, start, end))
    return path[::-1]


class _Climb:
    """The way from a leaf to the root of a tree: whether the next hash of a proof stands to the left."""

    def __init__(self, number: int, size: int, what: str) -> None:
        self._number, self._last, self._what = number, size - 1, what

    def skip_left(self) -> None:
        """Begin at the largest complete subtree that ends here."""
        while self._number & 1:
            self._up()

    def to_left(self) -> bool:
        """Take a step up; raises `ProofError` at the root."""
        if not self._last:
            raise ProofError(f"the proof of {self._what} is too long")
        left = bool(self._number & 1) or self._number == self._last
        while left and self._number and not self._number & 1:
            self._up()
        self._up()
        return left

    def _up(self) -> None:
        self._number, self._last = self._number >> 1, self._last >> 1

    @property
    def done(self) -> bool:
        """Whether this is the root."""
        return not self._last


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if the proof shows the leaf at `index` under `root` (RFC 9162, 2.1.3.2); raises `ProofError`."""
    if not 0 <= index < size or any(len(each) != HASH for each in proof):
        raise ProofError("the proof of inclusion is not of its form")
    climb, found = _Climb(index, size, "inclusion"), leaf
    for each in proof:
        found = node_hash(each, found) if climb.to_left() else node_hash(found, each)
    if not climb.done or found != root:
        raise ProofError(f"record {index} is not under this root")


def verify_consistency(first: int, second: int, proof: Sequence[bytes], root: bytes, later: bytes) -> None:
    """Return if `root` over `first` leaves begins `later` over `second` (RFC 9162, 2.1.4.2); raises `ProofError`."""
    if not 0 < first <= second or any(len(each) != HASH for each in proof):
        raise ProofError("the proof of consistency is not of its form")
    if first == second and (proof or root != later):
        raise ProofError(f"two logs of {first} records differ")
    if first == second:
        return
    path = list(proof) if first & (first - 1) else [root, *proof]
    climb = _Climb(first - 1, second, "consistency")
    climb.skip_left()
    old = new = path[0] if path else b""
    for each in path[1:]:
        if climb.to_left():
            old, new = node_hash(each, old), node_hash(each, new)
        else:
            new = node_hash(new, each)
    if not climb.done or old != root or new != later:
        raise ProofError(f"the log of {second} records does not go on from that of {first}")
