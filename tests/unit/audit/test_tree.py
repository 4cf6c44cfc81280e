"""The tree, by brute force for sizes 1 to 70: every proof holds, every forged one is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from sentinel.audit import tree
from sentinel.errors import ProofError

MOST = 70
LEAVES = [tree.leaf_hash(f"record {number}".encode()) for number in range(MOST)]


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return tree.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return tree.node_hash(plain_root(leaves[:k]), plain_root(leaves[k:]))


ROOTS = [plain_root(LEAVES[:size]) for size in range(MOST + 1)]
HASHES = tree.Frontier().extend(LEAVES)


def get(level: int, number: int) -> bytes:
    """From the hashes as they are stored."""
    at = tree.place(level, number) * tree.HASH
    return HASHES[at : at + tree.HASH]


def refused(check: Callable[..., None], *arguments: object) -> bool:
    """Whether a proof is refused."""
    try:
        check(*arguments)
    except ProofError:
        return True
    return False


def flipped(octets: bytes) -> bytes:
    return bytes([octets[0] ^ 1]) + octets[1:]


def broken(proof: Sequence[bytes]) -> list[list[bytes]]:
    """Ways to break a proof: truncated, lengthened, a bit flipped, two hashes swapped, a hash cut short."""
    ways = [[*proof, LEAVES[0]], [LEAVES[0], *proof]]
    ways += [[*proof[:at], *proof[at + 1 :]] for at in range(len(proof))]
    ways += [[*proof[:at], flipped(proof[at]), *proof[at + 1 :]] for at in range(len(proof))]
    ways += [[*proof[:at], proof[at][:-1], *proof[at + 1 :]] for at in range(len(proof))]
    ways += [[*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]] for at in range(len(proof) - 1)]
    return ways


def test_roots_are_those_of_the_standard() -> None:
    growing = tree.Frontier()
    for size in range(1, MOST + 1):
        growing.extend([LEAVES[size - 1]])
        assert growing.root == tree.root_of(get, size) == tree.Frontier(size, get).root == ROOTS[size]
    assert tree.Frontier().root == tree.EMPTY
    assert len(HASHES) == tree.stored(MOST) * tree.HASH


def test_every_inclusion_is_proven() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            tree.verify_inclusion(LEAVES[index], index, size, tree.inclusion(get, index, size), ROOTS[size])


def test_every_forged_inclusion_is_refused() -> None:
    """Another index, size, leaf or root, and each way to break a proof."""
    check, count = tree.verify_inclusion, 0
    for size in range(1, MOST + 1):
        for index in range(size):
            leaf, proof, root = LEAVES[index], tree.inclusion(get, index, size), ROOTS[size]
            forged = [(leaf, other, size, proof, root) for other in (index - 1, index + 1, size, -1)]
            forged += [(leaf, index, other, proof, root) for other in (0, index) if other != size]
            forged += [(flipped(leaf), index, size, proof, root), (leaf, index, size, proof, flipped(root))]
            forged += [(leaf, index, size, each, root) for each in broken(proof)]
            assert all(refused(check, *each) for each in forged), (size, index)
            count += len(forged)
    assert count > 50_000


def test_every_consistency_is_proven() -> None:
    for second in range(1, MOST + 1):
        for first in range(1, second + 1):
            proof = tree.consistency(get, first, second)
            tree.verify_consistency(first, second, proof, ROOTS[first], ROOTS[second])


def test_every_forged_consistency_is_refused() -> None:
    check, count = tree.verify_consistency, 0
    for second in range(1, MOST + 1):
        for first in range(1, second + 1):
            proof, old, new = tree.consistency(get, first, second), ROOTS[first], ROOTS[second]
            forged = [(first, second, proof, flipped(old), new), (first, second, proof, old, flipped(new))]
            forged += [(0, second, proof, old, new), (second + 1, second, proof, old, new)]
            forged += [(first, second, each, old, new) for each in broken(proof)]
            if first < second:
                forged += [(first, second, proof, new, old), (first, first, proof, old, new)]
            assert all(refused(check, *each) for each in forged), (first, second)
            count += len(forged)
    assert count > 50_000


def test_a_rewritten_history_is_not_consistent() -> None:
    """Whichever record is replaced, no proof that the new log makes leads from the old root."""
    for changed in range(40):
        rewritten = [*LEAVES[:changed], flipped(LEAVES[changed]), *LEAVES[changed + 1 :]]
        hashes = tree.Frontier().extend(rewritten)

        def theirs(level: int, number: int, hashes: bytes = hashes) -> bytes:
            at = tree.place(level, number) * tree.HASH
            return hashes[at : at + tree.HASH]

        proof = tree.consistency(theirs, 40, MOST)
        assert refused(tree.verify_consistency, 40, MOST, proof, ROOTS[40], tree.root_of(theirs, MOST))


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_nothing_is_proven_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofError, match="there is no record"):
        tree.inclusion(get, index, size)
    with pytest.raises(ProofError, match="does not begin"):
        tree.consistency(get, size + 1, size)
