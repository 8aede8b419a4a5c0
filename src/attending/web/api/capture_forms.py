"""What is sent and told about a live recording."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from attending.core.capture import CHUNKS_AT_MOST, SAMPLE_RATE, CaptureState, Piece
from attending.core.work import CaseHead
from attending.loop.capture import Standing
from attending.web.api.types import Ask, Moment, Name, Told

ChunkNumber = Annotated[int, Field(ge=1, le=CHUNKS_AT_MOST)]


class OpenCapture(Ask):
    """``hints``: words to expect, such as the patient's medicines."""

    line: Name
    hints: Annotated[tuple[Name, ...], Field(max_length=200)] = ()


class EndCapture(Ask):
    """``chunks``: how many the recording has. It is refused if one of them does not stand."""

    chunks: int = Field(ge=0, le=CHUNKS_AT_MOST)


class HeardForm(Told):
    """What was heard so far of some seconds; not final, and no draft."""

    number: int
    start: float
    end: float
    words: str

    @classmethod
    def of(cls, piece: Piece) -> Self:
        return cls(
            number=piece.number,
            start=piece.start / SAMPLE_RATE,
            end=piece.end / SAMPLE_RATE,
            words=piece.words,
        )


class CaptureForm(Told):
    """``chunks``: how many stand; ``whole``: up to which none is missing; ``pieces``: heard."""

    id: UUID
    encounter: UUID
    line: str
    state: CaptureState
    opened_at: Moment
    chunks: int
    whole: int
    pieces: int
    source: UUID | None

    @classmethod
    def of(cls, standing: Standing) -> Self:
        found = standing.capture
        return cls(
            id=found.id,
            encounter=found.encounter,
            line=found.line,
            state=found.state,
            opened_at=found.opened_at,
            chunks=standing.chunks,
            whole=standing.whole,
            pieces=standing.pieces,
            source=found.source,
        )


class HeardSoFar(Told):
    pieces: list[HeardForm]


class EndedForm(Told):
    """``source`` and ``case`` are absent if nothing was recorded."""

    id: UUID
    source: UUID | None
    case: UUID | None

    @classmethod
    def of(cls, capture: UUID, case: CaseHead | None) -> Self:
        return cls(id=capture, source=case.source if case else None, case=case.id if case else None)
