"""Capture: a visit is recorded live, in chunks that are kept until it has become a source.

Each chunk is acknowledged once it stands, so the sender keeps what was not. At the end the
chunks become one recording, which goes the way of every other source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Self

from attending.core.capture import (
    SAMPLE,
    Arrived,
    Capture,
    CaptureState,
    Chunk,
    check_chunk,
    folder_of,
    require_whole,
    wav_header,
)
from attending.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    SourceTooLarge,
    UnsupportedSource,
)
from attending.core.identity import Principal
from attending.core.ids import CaptureId, EncounterId, TenantId, fresh
from attending.core.line import WAV
from attending.core.ports import Cipher, Unit
from attending.core.work import CaseHead, Job, Step
from attending.loop.intake import Upload
from attending.loop.listen import listen_when_due
from attending.loop.parts import LoopParts
from attending.loop.tend import AFTER_THE_END, LEFT_ALONE
from attending.privacy import consent

AT_ONCE = 8  # chunks that are fetched together: a bucket answers slowly, but many


@dataclass(frozen=True)
class Standing:
    """How far a capture is. ``chunks``: how many stand; ``whole``: up to which none is missing."""

    capture: Capture
    chunks: int
    whole: int
    pieces: int
    samples: int
    following: int  # the number that the next chunk bears


@dataclass(frozen=True)
class Offered:
    """One chunk as it was sent; ``digest``: hex SHA-256, as the sender computed it."""

    number: int
    digest: str
    content: bytes


def open_capture(
    parts: LoopParts,
    unit: Unit,
    encounter: EncounterId,
    line: str,
    hints: Sequence[str],
    by: Principal,
) -> Capture:
    """The one of this encounter and line that is not ended; else a new one.

    Raises UnsupportedSource, ConsentMissing, NotFound.
    """
    if WAV not in parts.line(line).media_types:
        raise UnsupportedSource("The line takes no sound.")
    visit = unit.people.encounter(encounter)
    consent.require(unit.people.consents(visit.patient))
    standing = unit.captures.of_encounter(encounter, line)
    if standing is not None:
        return standing
    made = Capture(
        id=CaptureId(fresh()),
        encounter=encounter,
        patient=visit.patient,
        line=line,
        by=by.id,
        state=CaptureState.RECORDING,
        version=1,
        source=None,
        opened_at=datetime.now(UTC),
        is_asked=False,
    )
    unit.captures.add(made, tuple(hints))
    unit.enqueue(Job(Step.TEND, unit.tenant, made.id, 0), LEFT_ALONE)
    unit.audit(str(by.id), "capture.opened", made.id)
    return made


def standing(unit: Unit, capture: CaptureId) -> Standing:
    found = unit.captures.get(capture)
    return _standing(unit, found, unit.captures.chunks(capture))


def _standing(unit: Unit, capture: Capture, chunks: Sequence[Chunk]) -> Standing:
    pieces, _ = unit.captures.heard(capture.id)
    return Standing(
        capture=capture,
        chunks=len(chunks),
        whole=len(Arrived.of(chunks).chunks),
        pieces=pieces,
        samples=sum(chunk.size for chunk in chunks) // SAMPLE,
        following=max((chunk.number for chunk in chunks), default=0) + 1,
    )


def accept(
    parts: LoopParts, unit: Unit, capture: CaptureId, offered: Offered, limit: int, by: Principal
) -> Standing:
    """Keep a chunk. One that stands already is acknowledged again.

    Raises InvalidInput, Forbidden for anybody but who records, Conflict if another chunk
    stands under the number or the recording was ended, SourceTooLarge above ``limit`` bytes.
    """
    check_chunk(offered.number, len(offered.content))
    if hashlib.sha256(offered.content).hexdigest() != offered.digest:
        raise InvalidInput("The chunk was changed on its way.", remedy="Send it again.")
    found = unit.captures.get(capture, lock=True)
    if found.by != by.id:
        raise Forbidden("Somebody else records this visit.", remedy="End it, and begin your own.")
    there = unit.captures.chunks(capture)
    if _stands(there, offered):
        return _standing(unit, found, there)
    if sum(chunk.size for chunk in there) + len(offered.content) > limit:
        raise SourceTooLarge("The recording is above the limit.", limit=limit)
    consent.require(unit.people.consents(found.patient))
    _go_on(unit, found, by)
    chunks = sorted([*there, _kept(parts, unit, found, offered)], key=_number)
    listen_when_due(unit, found, chunks)
    return _standing(unit, found, chunks)


def _stands(there: Sequence[Chunk], offered: Offered) -> bool:
    for chunk in there:
        if chunk.number == offered.number:
            if chunk.digest != offered.digest:
                raise Conflict(
                    "Another part of the recording stands under this number.",
                    remedy="Number it after those that stand, and send it again.",
                    chunk=offered.number,
                    chunks=len(there),
                )
            return True
    return False


def _go_on(unit: Unit, capture: Capture, by: Principal) -> None:
    """One that was left alone is recorded again."""
    if capture.state is CaptureState.ENDED:
        raise Conflict("The recording was ended.", remedy="Begin a new one.", state=capture.state)
    if capture.state is CaptureState.ABANDONED:
        unit.captures.advance(capture.id, capture.version, CaptureState.RECORDING)
        unit.failures.settle("capture", capture.id, "gone on with", by.id)
        unit.enqueue(Job(Step.TEND, unit.tenant, capture.id, 0), LEFT_ALONE)


def _kept(parts: LoopParts, unit: Unit, capture: Capture, offered: Offered) -> Chunk:
    blob = f"{folder_of(capture.id)}/{fresh()}"
    chunk = Chunk(offered.number, offered.digest, len(offered.content), blob)
    unit.captures.add_chunk(capture.id, chunk)
    writer = parts.blobs.writer(unit.tenant, blob, unit.cipher(capture.patient))
    writer.write(offered.content)
    writer.finish()
    return chunk


def _number(chunk: Chunk) -> int:
    return chunk.number


@dataclass
class Ending:
    """A capture on its way to become a source: begun, made outside of a transaction, entered."""

    parts: LoopParts
    tenant: TenantId
    capture: Capture
    chunks: tuple[Chunk, ...]
    upload: Upload
    cipher: Cipher

    @classmethod
    def begin(
        cls, parts: LoopParts, unit: Unit, capture: CaptureId, announced: int, limit: int
    ) -> Self | None:
        """None if it was ended before, or nothing was recorded. Raises Conflict, ConsentMissing."""
        found = unit.captures.get(capture)
        chunks = unit.captures.chunks(capture)
        require_whole(chunks, announced)
        if found.state is CaptureState.ENDED or not chunks:
            return None
        hints = unit.captures.hints(found)
        upload = Upload.begin(parts, unit, found.encounter, found.line, WAV, hints, limit)
        return cls(parts, unit.tenant, found, chunks, upload, unit.cipher(found.patient))

    def assemble(self) -> None:
        """The recording stands as one file. Raises SourceTooLarge."""
        whole = False
        try:
            self.upload.write(wav_header(sum(chunk.size for chunk in self.chunks)))
            for content in contents(self.parts, self.tenant, self.cipher, self.chunks):
                self.upload.write(content)
            self.upload.finish()
            whole = True
        finally:
            if not whole:
                self.upload.discard()

    def drop(self) -> None:
        """It was not entered."""
        self.parts.blobs.delete(self.tenant, self.upload.source.blob)

    def enter(self, unit: Unit, by: Principal) -> CaseHead:
        """Into the loop, once; whoever ends it at the same time gets the same case."""
        found = unit.captures.get(self.capture.id, lock=True)
        if found.source is not None:
            self.drop()
            return unit.cases.head_by_source(found.source)
        require_whole(unit.captures.chunks(found.id), len(self.chunks))
        source, case = self.upload.enter(unit, by)
        unit.captures.advance(found.id, found.version, CaptureState.ENDED, source.id)
        _after(unit, found, by, len(self.chunks))
        return case


def end_empty(unit: Unit, capture: CaptureId, by: Principal) -> CaseHead | None:
    """End what holds nothing. Of one that was ended before, its case, if it has one."""
    found = unit.captures.get(capture, lock=True)
    if found.state is not CaptureState.ENDED:
        require_whole(unit.captures.chunks(capture), 0)
        unit.captures.advance(capture, found.version, CaptureState.ENDED)
        _after(unit, found, by, 0)
    return None if found.source is None else unit.cases.head_by_source(found.source)


def _after(unit: Unit, capture: Capture, by: Principal, chunks: int) -> None:
    unit.failures.settle("capture", capture.id, "ended", by.id)
    unit.enqueue(Job(Step.TEND, unit.tenant, capture.id, 0), AFTER_THE_END)
    unit.audit(str(by.id), "capture.ended", capture.id, chunks=chunks)


def contents(
    parts: LoopParts, tenant: TenantId, cipher: Cipher, chunks: Sequence[Chunk]
) -> Iterator[bytes]:
    """The sound of these chunks, in their order."""
    fetch = partial(parts.blobs.content, tenant, cipher=cipher)
    for at in range(0, len(chunks), AT_ONCE):
        with ThreadPoolExecutor(AT_ONCE) as threads:
            yield from threads.map(fetch, [chunk.blob for chunk in chunks[at : at + AT_ONCE]])
