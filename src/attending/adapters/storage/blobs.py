"""Encrypted objects under the tenant's prefix: a local folder by default, S3 by setting.

A blob is a sequence of frames of up to 1 MiB of content, each sealed by itself with
its number in the additional data, so that frames cannot be swapped; the last frame is
marked, so that truncation is found. Each frame is preceded by its length (4 bytes). All
but the last hold exactly 1 MiB, so that a stretch is read without what lies before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import obstore
from obstore.exceptions import GenericError
from obstore.store import ObjectStore, from_url

from attending.adapters.storage.codec import OVERHEAD
from attending.core.errors import Misconfigured
from attending.core.ids import TenantId
from attending.core.ports import Cipher

FRAME = 1 << 20
_LENGTH_BYTES = 4


@dataclass
class ObjectBlobs:
    """Implements ``core.ports.Blobs``. ``url``: file:///folder or s3://bucket/prefix."""

    url: str
    _store: ObjectStore = field(init=False)

    def __post_init__(self) -> None:
        if self.url.startswith("file://"):
            Path(self.url.removeprefix("file://")).mkdir(parents=True, exist_ok=True)
        self._store = from_url(self.url)

    def writer(self, tenant: TenantId, key: str, cipher: Cipher) -> SealedWriter:
        return SealedWriter(obstore.open_writer(self._store, _path(tenant, key)), key, cipher)

    def fetch(self, tenant: TenantId, key: str, cipher: Cipher, into: Path) -> None:
        """Decrypt into a file. Raises Misconfigured if the object was altered or cut."""
        with into.open("wb") as out:
            for opened in self._opened(tenant, key, cipher):
                out.write(opened)

    def content(self, tenant: TenantId, key: str, cipher: Cipher) -> bytes:
        """Of a small object, decrypted. Raises Misconfigured like ``fetch``."""
        return b"".join(self._opened(tenant, key, cipher))

    def _opened(self, tenant: TenantId, key: str, cipher: Cipher) -> Iterator[bytes]:
        raw = obstore.open_reader(self._store, _path(tenant, key))
        for number, (sealed, last) in enumerate(_frames(raw)):
            yield cipher.open(_place(key, number, last=last), sealed)

    def stretch(
        self, tenant: TenantId, key: str, cipher: Cipher, size: int, asked: range
    ) -> Iterator[bytes]:
        """Opens the frames that ``asked`` touches, and no others."""
        path, last = _path(tenant, key), (size - 1) // FRAME
        for number in range(asked.start // FRAME, (asked.stop - 1) // FRAME + 1):
            sealed = self._frame(path, number)
            content = cipher.open(_place(key, number, last=number == last), sealed)
            begin = number * FRAME
            yield content[max(0, asked.start - begin) : asked.stop - begin]

    def _frame(self, path: str, number: int) -> bytes:
        """As it is sealed, its length taken off. The last one is shorter than was asked."""
        stride = _LENGTH_BYTES + FRAME + OVERHEAD
        try:
            raw = obstore.get_range(self._store, path, start=number * stride, length=stride)
        except (FileNotFoundError, GenericError) as error:
            raise Misconfigured(
                "A stored object cannot be read as far as it went.",
                remedy="See whether the store answers; if it does, restore the object.",
            ) from error
        return bytes(raw)[_LENGTH_BYTES:]

    def stands(self, tenant: TenantId, key: str) -> bool:
        try:
            obstore.head(self._store, _path(tenant, key))
        except FileNotFoundError:
            return False
        return True

    def delete(self, tenant: TenantId, key: str) -> None:
        with suppress(FileNotFoundError):
            obstore.delete(self._store, _path(tenant, key))
        for part in self._parts(tenant, key):
            part.unlink(missing_ok=True)

    def clear(self, tenant: TenantId, folder: str) -> None:
        for page in obstore.list(self._store, prefix=f"{_path(tenant, folder)}/"):
            obstore.delete(self._store, [found["path"] for found in page])
        if self.url.startswith("file://"):
            whole = Path(self.url.removeprefix("file://"), _path(tenant, folder))
            for part in whole.glob("*#*"):
                part.unlink(missing_ok=True)

    def _parts(self, tenant: TenantId, key: str) -> list[Path]:
        """What a process that died while it wrote left in a folder; a bucket drops its own."""
        if not self.url.startswith("file://"):
            return []
        whole = Path(self.url.removeprefix("file://"), _path(tenant, key))
        return list(whole.parent.glob(f"{whole.name}#*"))


class SealedWriter:
    """Implements ``core.ports.BlobWriter``."""

    def __init__(self, raw: obstore.WritableFile, key: str, cipher: Cipher) -> None:
        self.size = 0
        self._raw, self._key, self._cipher = raw, key, cipher
        self._hash, self._buffer, self._number = hashlib.sha256(), bytearray(), 0

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)
        self._buffer += chunk
        while len(self._buffer) > FRAME:
            self._frame(bytes(self._buffer[:FRAME]), last=False)
            del self._buffer[:FRAME]

    def finish(self) -> str:
        self._frame(bytes(self._buffer), last=True)
        self._raw.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Forget what was written; the object never came to be."""
        self._buffer.clear()
        del self._raw

    def _frame(self, content: bytes, *, last: bool) -> None:
        sealed = self._cipher.seal(_place(self._key, self._number, last=last), content)
        self._raw.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
        self._number += 1


def _frames(raw: obstore.ReadableFile) -> Iterator[tuple[bytes, bool]]:
    """Each sealed frame, and whether it is the last one."""
    head = _exactly(raw, _LENGTH_BYTES)
    if not head:
        raise _cut_short()
    while head:
        sealed = _exactly(raw, int.from_bytes(head, "big"))
        head = _exactly(raw, _LENGTH_BYTES)
        yield sealed, not head


def _exactly(raw: obstore.ReadableFile, size: int) -> bytes:
    """``size`` bytes, or none at the end. One read gives no more than its buffer holds."""
    content = bytearray()
    while part := bytes(raw.read(size - len(content))):
        content += part
    if content and len(content) < size:
        raise _cut_short()
    return bytes(content)


def _cut_short() -> Misconfigured:
    return Misconfigured("A stored object is cut short.", remedy="Restore it from backup.")


def _path(tenant: TenantId, key: str) -> str:
    return f"{tenant}/{key}"


def _place(key: str, number: int, *, last: bool) -> str:
    return f"blob/{key}/{number}{'/last' if last else ''}"
