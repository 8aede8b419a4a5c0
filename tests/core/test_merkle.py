"""The tree, against RFC 6962's published vectors and an implementation of others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from attending.core import merkle

# The leaves and roots of the reference implementation's own tests (certificate-transparency).
LEAVES = tuple(
    bytes.fromhex(content)
    for content in (
        "", "00", "10", "2021", "3031", "40414243",
        "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
)  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {  # (index, size): the path
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}


def hashes(contents: Sequence[bytes]) -> list[bytes]:
    return [merkle.leaf_hash(content) for content in contents]


def bare(path: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(part) for part in path)


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert merkle.root_of(hashes(LEAVES[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize(("at", "path"), INCLUSION.items())
def test_published_inclusion_proofs(at: tuple[int, int], path: tuple[str, ...]) -> None:
    index, size = at
    leaves = hashes(LEAVES[:size])
    assert merkle.inclusion_proof(leaves, index) == bare(path)
    root = bytes.fromhex(ROOTS[size])
    assert merkle.is_included(leaves[index], index, size, root, bare(path))


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCY.items())
def test_published_consistency_proofs(sizes: tuple[int, int], path: tuple[str, ...]) -> None:
    first, second = sizes
    assert merkle.consistency_proof(hashes(LEAVES[:second]), first) == bare(path)
    roots = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert merkle.is_extension(first, roots[0], second, roots[1], bare(path))


def oracle_of(entries: list[bytes]) -> InmemoryTree:
    """The same tree, made by pymerkle."""
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    return tree


contents = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


@given(contents)
def test_every_root_on_the_way_is_the_oracles(entries: list[bytes]) -> None:
    oracle, frontier = oracle_of(entries), merkle.Frontier()
    for size, entry in enumerate(entries, 1):
        frontier.append(merkle.leaf_hash(entry))
        assert frontier.root() == oracle.get_root(size)
        assert len(frontier.peaks) == size.bit_count()


@given(contents, st.data())
def test_inclusion_proofs_are_the_oracles(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    oracle, leaves = oracle_of(entries), hashes(entries)
    root, theirs = oracle.get_root(), oracle.prove_inclusion(index + 1)
    verify_inclusion(leaves[index], root, theirs)
    ours = merkle.inclusion_proof(leaves, index)
    assert [leaves[index], *ours] == theirs.path
    assert merkle.is_included(leaves[index], index, len(leaves), root, ours)


@given(contents, st.data())
def test_the_oracles_trees_are_consistent(entries: list[bytes], data: st.DataObject) -> None:
    """Its own proofs have another form than RFC 6962's, so that only the roots are shared."""
    first, size = data.draw(st.integers(1, len(entries))), len(entries)
    oracle = oracle_of(entries)
    old, new = oracle.get_root(first), oracle.get_root(size)
    verify_consistency(old, new, oracle.prove_consistency(first, size))
    ours = merkle.consistency_proof(hashes(entries), first)
    assert merkle.is_extension(first, old, size, new, ours)


@given(contents, st.data())
def test_nothing_else_is_included(entries: list[bytes], data: st.DataObject) -> None:
    leaves = hashes(entries)
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = merkle.root_of(leaves), merkle.inclusion_proof(leaves, index)
    stranger = merkle.leaf_hash(b"stranger" + entries[index])
    assert not merkle.is_included(stranger, index, len(leaves), root, proof)
    assert not merkle.is_included(leaves[index], index, len(leaves), b"\0" * 32, proof)
    assert not merkle.is_included(leaves[index], index, len(leaves), root, (*proof, stranger))
    for wrong in _altered(proof, stranger):
        assert not merkle.is_included(leaves[index], index, len(leaves), root, wrong)


@given(contents, st.data())
def test_a_rewritten_beginning_is_no_extension(entries: list[bytes], data: st.DataObject) -> None:
    """Whatever is changed among the first, and whichever proof is made of the new tree."""
    first = data.draw(st.integers(1, len(entries)))
    at = data.draw(st.integers(0, first - 1))
    leaves = hashes(entries)
    rewritten = [*leaves[:at], merkle.leaf_hash(b"new" + entries[at]), *leaves[at + 1 :]]
    old, new = merkle.root_of(leaves[:first]), merkle.root_of(rewritten)
    for proof in (
        merkle.consistency_proof(rewritten, first),
        merkle.consistency_proof(leaves, first),
    ):
        assert not merkle.is_extension(first, old, len(leaves), new, proof)


@given(contents, st.data())
def test_an_altered_consistency_proof_fails(entries: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(entries)))
    leaves = hashes(entries)
    old, new = merkle.root_of(leaves[:first]), merkle.root_of(leaves)
    proof = merkle.consistency_proof(leaves, first)
    for wrong in (*_altered(proof, b"\1" * 32), (*proof, b"\1" * 32)):
        assert not merkle.is_extension(first, old, len(leaves), new, wrong)


def _altered(proof: tuple[bytes, ...], other: bytes) -> list[tuple[bytes, ...]]:
    dropped = [proof[:at] + proof[at + 1 :] for at in range(len(proof))]
    changed = [(*proof[:at], other, *proof[at + 1 :]) for at in range(len(proof))]
    return dropped + changed


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_of_what_is_not_there(index: int) -> None:
    leaves = hashes([b"a", b"b", b"c"])
    with pytest.raises(IndexError):
        merkle.inclusion_proof(leaves, index)
    assert not merkle.is_included(leaves[0], index, 3, merkle.root_of(leaves), ())
    with pytest.raises(IndexError):
        merkle.consistency_proof(leaves, index + 1)
