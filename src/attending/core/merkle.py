"""The Merkle tree of RFC 6962 over a growing list: roots, proofs, and their verification.

A leaf's hash is SHA-256(0x00 ‖ content), a node's SHA-256(0x01 ‖ left ‖ right), and the
empty tree's SHA-256 of nothing. All hashes are 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY = hashlib.sha256().digest()


def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """All that must be kept of a tree to let it grow: one hash for each bit of its size.

    ``peaks`` are the roots of its full subtrees, the largest and oldest first.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """leaf: the hash of one. Amortised one more hash."""
        carried = self.size
        while carried & 1:
            leaf = hashlib.sha256(b"\x01" + self.peaks.pop() + leaf).digest()
            carried >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        return folded(self.peaks)


def folded(peaks: Sequence[bytes]) -> bytes:
    """The root over the peaks of a frontier."""
    if not peaks:
        return EMPTY
    *rest, root = peaks
    for peak in reversed(rest):
        root = node_hash(peak, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """leaves: their hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes beside the way from a leaf (counted from 0) up to the root."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return (*inclusion_proof(left, index), root_of(right))
    return (*inclusion_proof(right, index - split), root_of(left))


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[bytes, ...]:
    """That the tree of these leaves extends the tree of its ``first`` ones (at least 1)."""
    if not 1 <= first <= len(leaves):
        raise IndexError(first)
    return _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> tuple[bytes, ...]:
    if first == len(leaves):
        return () if whole else (root_of(leaves),)
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if first <= split:
        return (*_subproof(left, first, whole=whole), root_of(right))
    return (*_subproof(right, first - split, whole=False), root_of(left))


def is_included(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof leads from the leaf's hash, at its index, to the root of that size."""
    if not 0 <= index < size:
        return False
    at, last, computed = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            computed = node_hash(beside, computed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            computed = node_hash(computed, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and computed == root


def is_extension(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows the first tree to be the beginning of the second."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second:
        return False
    is_full = first & (first - 1) == 0  # then its root is the proof's first hash
    path = [first_root, *proof] if is_full else list(proof)
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not path:
        return False
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _split(size: int) -> int:
    """The largest power of two below the size (2 or more)."""
    return 1 << ((size - 1).bit_length() - 1)
