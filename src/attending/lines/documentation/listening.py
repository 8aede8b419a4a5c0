"""The documentation line while people talk: it hears the visit piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from attending.core.capture import SAMPLE_RATE
from attending.core.case import ModelUse
from attending.core.line import Decoded, HeardPiece
from attending.core.speech import PiecewiseRecogniser, SpokenPiece
from attending.lines.documentation.characters import legible
from attending.lines.documentation.rendition import legible_words, to_json

_PIECE = TypeAdapter(SpokenPiece)


@dataclass(frozen=True)
class SpokenListening:
    """Implements ``core.line.Listening``."""

    speech: PiecewiseRecogniser

    def piece(self, sound: bytes, start: int, *, hints: tuple[str, ...]) -> HeardPiece | None:
        heard = self.speech.hear_piece(sound, start / SAMPLE_RATE, hints=hints)
        if heard is None:
            return None
        samples = round(heard.end * SAMPLE_RATE) - start
        return HeardPiece(samples, legible(heard.text), _PIECE.dump_json(heard))

    def whole(
        self,
        rest: bytes,
        pieces: tuple[bytes, ...],
        *,
        hints: tuple[str, ...],
        progress: Callable[[float], None],
    ) -> Decoded:
        """The transcript as ``DocumentationLine.decode`` gives it."""
        heard = tuple(map(_PIECE.validate_json, pieces))
        transcript = self.speech.join_pieces(rest, heard, hints=hints, progress=progress)
        return Decoded(
            rendition=to_json(legible_words(transcript)),
            model=ModelUse("transcribe", self.speech.name, self.speech.version),
            parameters=transcript.parameters,
        )
