"""Blobs: streamed in frames, whole or not at all, and no byte of them in the clear."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest

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
