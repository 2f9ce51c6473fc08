"""Merkle trees of RFC 6962: hashes in, hashes out.

The prefixes 0x00 (entry) and 0x01 (node) stop an interior node from being passed off as an entry.
A tree of n > 1 entries is split at the largest power of two *smaller* than n; nothing is doubled
or padded. A "complete node" (level k, index j) covers the 2^k entries from j * 2^k; every hash
that a proof names is a complete node, or folded from complete ones.

Sources: RFC 6962, 2.1; RFC 9162, 2.1.3 and 2.1.4 for the two verifications.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import reduce

from amparo.errors import Malformed, Unsound

Hash = bytes
"""32 bytes of SHA-256."""

NodeReader = Callable[[int, int], Hash]
"""(level, index) of a complete node -> its hash."""

HASH_SIZE = 32
EMPTY_ROOT: Hash = hashlib.sha256(b"").digest()
MOST_PROOF_HASHES = 63  # a tree has at most 2^63 - 1 entries


def leaf_hash(entry: bytes) -> Hash:
    """Hash an entry. Never hand in something that is a hash already."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """Hash two subtrees into their parent."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold_complete(hashes: bytes) -> Hash:
    """The root over 2^r hashes that lie end to end in `hashes`."""
    sha = hashlib.sha256
    while len(hashes) > HASH_SIZE:
        hashes = b"".join(
            [sha(b"\x01" + hashes[i : i + 64]).digest() for i in range(0, len(hashes), 64)]
        )
    return hashes


def root_of(leaves: Sequence[Hash]) -> Hash:
    """MTH over leaf hashes; for the empty tree the hash of nothing."""
    frontier: list[Hash] = []
    for count, leaf in enumerate(leaves):
        while count & 1:
            leaf, count = node_hash(frontier.pop(), leaf), count >> 1
        frontier.append(leaf)
    return fold_frontier(frontier)


def fold_frontier(frontier: Sequence[Hash]) -> Hash:
    """Join the roots of the complete subtrees along the right edge, largest first."""
    if not frontier:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(frontier))


def range_hash(start: int, end: int, node: NodeReader) -> Hash:
    """MTH(D[start:end]) for a range as proofs use them: `start` a multiple of its split size."""
    frontier = []
    while start < end:
        level = (end - start).bit_length() - 1
        frontier.append(node(level, start >> level))
        start += 1 << level
    return fold_frontier(frontier)


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[Hash]:
    """PATH(index, 0, size): the entry's sibling first, the root's child last."""
    if not 0 <= index < size:
        raise Malformed(
            f"Entry {index} has no proof in a tree of {size}.",
            why="the index is not smaller than the size",
            fix="Ask for an entry that the checkpoint covers.",
        )
    proof: list[Hash] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(range_hash(middle, end, node))
            end = middle
        else:
            proof.append(range_hash(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, node: NodeReader) -> list[Hash]:
    """SUB(old, 0, size): shows that the tree of `size` begins with the tree of `old`."""
    if not 0 <= old <= size:
        raise Malformed(
            f"No proof leads from size {old} to size {size}.",
            why="a log only grows",
            fix="Ask from the smaller to the larger size.",
        )
    if old in (0, size):
        return []
    proof: list[Hash] = []
    start, end = 0, size
    whole = True  # the part from `start` is still the whole old tree, known to the verifier
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(range_hash(middle, end, node))
            end = middle
        else:
            proof.append(range_hash(start, middle, node))
            start, whole = middle, False
    if not whole:
        proof.append(range_hash(start, end, node))
    return proof[::-1]


def check_inclusion(leaf: Hash, index: int, size: int, proof: Sequence[Hash], root: Hash) -> None:
    """Raise `Unsound` unless `leaf` is entry `index` of the tree (`size`, `root`).

    The size must come from a verified checkpoint: a proof alone does not bind it.
    """
    sound = 0 <= index < size and _are_hashes([leaf, root, *proof])
    fn, sn, r = index, size - 1, leaf
    for p in proof if sound else ():
        if sn == 0:
            sound = False
            break
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if not sound or sn != 0 or r != root:
        raise Unsound(
            f"The proof does not place this entry at {index} of {size}.",
            why="the hashes do not lead to the root that was signed",
            fix="The entry, the index or the proof was changed: fetch the receipt again.",
        )


def check_consistency(
    old: int, size: int, old_root: Hash, root: Hash, proof: Sequence[Hash]
) -> None:
    """Raise `Unsound` unless the tree (`size`, `root`) begins with the tree (`old`, `old_root`)."""
    if not (0 <= old <= size and _are_hashes([old_root, root, *proof])):
        raise _inconsistent(old, size)
    if old in (size, 0):
        expected = root if old == size else EMPTY_ROOT
        if proof or old_root != expected:
            raise _inconsistent(old, size)
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise _inconsistent(old, size)
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise _inconsistent(old, size)
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or fr != old_root or sr != root:
        raise _inconsistent(old, size)


def _split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << ((n - 1).bit_length() - 1)


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


def _inconsistent(old: int, size: int) -> Unsound:
    return Unsound(
        f"The tree of {size} does not begin with the tree of {old}.",
        why="the consistency proof does not lead to both roots",
        fix="Keep both checkpoints: if both are signed, they prove that the log was rewritten.",
    )
