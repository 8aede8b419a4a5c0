"""A live recording on its way in: chunks of plain samples, and the pieces heard meanwhile."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attending.core.errors import Conflict, InvalidInput
from attending.core.ids import CaptureId, EncounterId, PatientId, PrincipalId, SourceId

SAMPLE_RATE = 16_000  # of every capture: mono, 16 bits, little-endian
SAMPLE = 2  # bytes
CHUNK_LIMIT = 20 * SAMPLE_RATE * SAMPLE  # bytes: 20 s
CHUNKS_AT_MOST = 20_000
HEADER = 44  # bytes before the samples of a plain WAV file
TOLD_AT_MOST = 20  # gaps that are named


class CaptureState(StrEnum):
    """``recording → ended``; one that was left alone is ``abandoned`` until somebody goes on."""

    RECORDING = "recording"
    ABANDONED = "abandoned"
    ENDED = "ended"


CAPTURE_TRANSITIONS: frozenset[tuple[CaptureState, CaptureState]] = frozenset(
    {
        (CaptureState.RECORDING, CaptureState.ABANDONED),
        (CaptureState.ABANDONED, CaptureState.RECORDING),
        (CaptureState.RECORDING, CaptureState.ENDED),
        (CaptureState.ABANDONED, CaptureState.ENDED),
    }
)


@dataclass(frozen=True)
class Capture:
    """``by``: who records. ``source``: what it became; None before its end, or if empty."""

    id: CaptureId
    encounter: EncounterId
    patient: PatientId
    line: str
    by: PrincipalId
    state: CaptureState
    version: int
    source: SourceId | None
    opened_at: datetime
    is_asked: bool  # a job is on its way that hears what has come


@dataclass(frozen=True)
class Chunk:
    """``number`` counts from 1; ``digest``: lower-case hex SHA-256; ``size`` in bytes."""

    number: int
    digest: str
    size: int
    blob: str


@dataclass(frozen=True)
class Piece:
    """What was heard from ``start`` to ``end`` (samples). ``kept``: in the line's own form."""

    number: int
    start: int
    end: int
    words: str
    kept: bytes
    model: str
    model_version: str


@dataclass(frozen=True)
class Arrived:
    """How much of a capture stands without a gap, from its beginning."""

    chunks: tuple[Chunk, ...]

    @property
    def samples(self) -> int:
        return sum(chunk.size for chunk in self.chunks) // SAMPLE

    @classmethod
    def of(cls, standing: Iterable[Chunk]) -> Arrived:
        """standing: in the order of their numbers."""
        whole: list[Chunk] = []
        for chunk in standing:
            if chunk.number != len(whole) + 1:
                break
            whole.append(chunk)
        return cls(tuple(whole))


def wav_header(size: int) -> bytes:
    """Of a WAV file with so many bytes of samples."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", HEADER - 8 + size, b"WAVE", b"fmt ", 16, 1, 1),
        *(SAMPLE_RATE, SAMPLE_RATE * SAMPLE, SAMPLE, 8 * SAMPLE, b"data", size),
    )


def folder_of(capture: CaptureId) -> str:
    """Where the content of its chunks lies below its tenant, until it is a source."""
    return f"captures/{capture}"


def check_chunk(number: int, size: int) -> None:
    """Raises InvalidInput for what no chunk can be."""
    if not 1 <= number <= CHUNKS_AT_MOST:
        raise InvalidInput("Chunks are numbered from 1.", most=CHUNKS_AT_MOST)
    if not 0 < size <= CHUNK_LIMIT or size % SAMPLE:
        raise InvalidInput(
            "A chunk holds samples of 16 bits, at most 20 seconds of them.", limit=CHUNK_LIMIT
        )


def missing(standing: Iterable[Chunk], announced: int) -> tuple[int, ...]:
    """Numbers up to ``announced`` that did not arrive; the first ones, if many."""
    there = {chunk.number for chunk in standing}
    gaps = (number for number in range(1, announced + 1) if number not in there)
    return tuple(number for number, _ in zip(gaps, range(TOLD_AT_MOST), strict=False))


def require_whole(standing: Sequence[Chunk], announced: int) -> None:
    """Raises Conflict unless exactly the chunks 1 to ``announced`` stand, naming what lacks."""
    gaps = missing(standing, announced)
    if gaps:
        raise Conflict(
            "Parts of the recording have not arrived.",
            remedy="Send the chunks that are missing, then end the recording.",
            missing=gaps,
        )
    if len(standing) > announced:
        raise Conflict(
            "More of the recording has arrived than you say.",
            remedy="Read how many chunks stand, and end the recording with that number.",
            chunks=len(standing),
        )
