"""Blobs: streamed in frames, whole or not at all, and no byte of them in the clear."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.adapters.storage.blobs import FRAME, ObjectBlobs
from attending.adapters.storage.codec import TenantCipher, new_key
from attending.core.errors import Misconfigured
from attending.core.ids import TenantId

TENANT = TenantId(uuid4())
CIPHER = TenantCipher(new_key(), TENANT)
CANARY = b"the patient said so"


@pytest.fixture
def blobs(folder: Path) -> ObjectBlobs:
    return ObjectBlobs((folder / "blobs").as_uri())


def written(blobs: ObjectBlobs, content: bytes, chunk: int = 300_000) -> str:
    writer = blobs.writer(TENANT, "sources/one", CIPHER)
    for start in range(0, len(content), chunk):
        writer.write(content[start : start + chunk])
    return writer.finish()


def stored(folder: Path) -> Path:
    (found,) = [path for path in (folder / "blobs").rglob("*") if path.is_file()]
    return found


@pytest.mark.parametrize("size", [1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7])
def test_what_is_written_is_fetched_and_digested(
    blobs: ObjectBlobs, folder: Path, size: int
) -> None:
    content = (CANARY * (size // len(CANARY) + 1))[:size]
    assert written(blobs, content) == hashlib.sha256(content).hexdigest()
    blobs.fetch(TENANT, "sources/one", CIPHER, folder / "out")
    assert (folder / "out").read_bytes() == content


def test_it_lies_under_its_tenant_and_shows_nothing(blobs: ObjectBlobs, folder: Path) -> None:
    written(blobs, CANARY * 1000)
    assert stored(folder).relative_to(folder / "blobs").parts[0] == str(TENANT)
    assert CANARY not in stored(folder).read_bytes()


@pytest.mark.parametrize("keep", [-1, FRAME // 2, FRAME + 32 + 4 + 0])
def test_a_cut_object_is_found(blobs: ObjectBlobs, folder: Path, keep: int) -> None:
    written(blobs, CANARY * 200_000)
    path = stored(folder)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(Misconfigured):
        blobs.fetch(TENANT, "sources/one", CIPHER, folder / "out")


def test_a_whole_last_frame_that_is_missing_is_found(blobs: ObjectBlobs, folder: Path) -> None:
    written(blobs, CANARY * 200_000)
    path = stored(folder)
    raw, frames = path.read_bytes(), []
    while raw:
        size = 4 + int.from_bytes(raw[:4], "big")
        frames.append(raw[:size])
        raw = raw[size:]
    for altered in (frames[:-1], frames[::-1]):
        path.write_bytes(b"".join(altered))
        with pytest.raises(Misconfigured):
            blobs.fetch(TENANT, "sources/one", CIPHER, folder / "out")


def test_a_discarded_upload_never_was(blobs: ObjectBlobs, folder: Path) -> None:
    writer = blobs.writer(TENANT, "sources/one", CIPHER)
    writer.write(CANARY * 200_000)
    writer.discard()
    del writer
    assert [path for path in (folder / "blobs").rglob("*") if path.is_file()] == []


def test_another_tenant_does_not_open_it(blobs: ObjectBlobs, folder: Path) -> None:
    written(blobs, CANARY)
    other = TenantId(uuid4())
    (folder / "blobs" / str(other) / "sources").mkdir(parents=True)
    stored(folder).rename(folder / "blobs" / str(other) / "sources" / "one")
    with pytest.raises(Misconfigured):
        blobs.fetch(other, "sources/one", TenantCipher(CIPHER.key, other), folder / "out")


def _slice(blobs: ObjectBlobs, size: int, start: int, stop: int) -> bytes:
    return b"".join(blobs.stretch(TENANT, "sources/one", CIPHER, size, range(start, stop)))


@pytest.fixture(scope="module")
def long_content() -> bytes:
    return random.Random(4).randbytes(2 * FRAME + 12_345)


@pytest.fixture(scope="module")
def standing(
    long_content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ObjectBlobs, Path]:
    folder = tmp_path_factory.mktemp("stretches")
    blobs = ObjectBlobs((folder / "blobs").as_uri())
    written(blobs, long_content)
    return blobs, folder


_SIZE = 2 * FRAME + 12_345
_NEAR_EDGES = st.builds(
    lambda frame, off: max(0, min(_SIZE - 1, frame * FRAME + off)),
    st.integers(0, 2),
    st.integers(-3, 3),
)
_PLACES = st.integers(0, _SIZE - 1) | _NEAR_EDGES


@given(_PLACES, _PLACES)
def test_any_stretch_is_that_slice_of_the_content(
    standing: tuple[ObjectBlobs, Path], long_content: bytes, one: int, other: int
) -> None:
    start, stop = min(one, other), max(one, other) + 1
    assert _slice(standing[0], _SIZE, start, stop) == long_content[start:stop]


@pytest.mark.parametrize("size", [1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME])
def test_the_last_byte_of_any_size(blobs: ObjectBlobs, size: int) -> None:
    content = (CANARY * (size // len(CANARY) + 1))[:size]
    written(blobs, content)
    assert _slice(blobs, size, size - 1, size) == content[-1:]
    assert _slice(blobs, size, 0, size) == content


def test_a_stretch_opens_nothing_that_lies_before_it(
    standing: tuple[ObjectBlobs, Path], long_content: bytes, blobs: ObjectBlobs, folder: Path
) -> None:
    """What was altered elsewhere is not touched, and what was altered there is found."""
    written(blobs, long_content)
    raw = bytearray(stored(folder).read_bytes())
    raw[1000] ^= 1
    stored(folder).write_bytes(raw)
    assert _slice(blobs, _SIZE, FRAME, FRAME + 9) == long_content[FRAME : FRAME + 9]
    with pytest.raises(Misconfigured):
        _slice(blobs, _SIZE, FRAME - 1, FRAME + 9)


def test_a_stretch_of_a_cut_object_is_found(
    blobs: ObjectBlobs, folder: Path, long_content: bytes
) -> None:
    written(blobs, long_content)
    whole = stored(folder).read_bytes()
    for keep in (len(whole) - 1, 2 * (4 + 28 + FRAME), 10):
        stored(folder).write_bytes(whole[:keep])
        with pytest.raises(Misconfigured):
            _slice(blobs, _SIZE, _SIZE - 9, _SIZE)
    stored(folder).unlink()
    with pytest.raises(Misconfigured):
        _slice(blobs, _SIZE, 0, 9)


def test_a_stretch_of_another_size_than_was_written(blobs: ObjectBlobs) -> None:
    """A row that was altered does not make the end of a content its middle, or the reverse."""
    written(blobs, CANARY)
    with pytest.raises(Misconfigured):
        _slice(blobs, len(CANARY) + FRAME, 0, 5)
