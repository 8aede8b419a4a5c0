"""Speech in words: what a recogniser heard, who said it, and the port of recognisers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable


class Role(StrEnum):
    CLINICIAN = "clinician"
    PATIENT = "patient"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Word:
    """One recognised word with its leading blank removed; seconds; confidence in 0..1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Utterance:
    """What one speaker said without a break. ``id`` is "u1", "u2", … in order of time."""

    id: str
    speaker: str
    role: Role
    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Transcript:
    """An empty ``utterances`` means: no speech found. ``duration`` in seconds."""

    utterances: tuple[Utterance, ...]
    duration: float
    language: str = "en"
    parameters: dict[str, str] = field(default_factory=dict)


class SpeechRecogniser(Protocol):
    """Turns a recording into a transcript. Local only: raw audio never leaves."""

    name: str
    version: str

    def transcribe(
        self, recording: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Transcript:
        """Hear ``recording`` (any container the decoder knows).

        hints: words to expect (the patient's medicines), to bias recognition.
        progress: called with the fraction done, 0..1, rising.
        Raises UnreadableSource if it cannot be decoded, EngineFailed if the engine fails.
        """
        ...


@dataclass(frozen=True)
class SpokenPiece:
    """What was heard of a stretch of a recording that still goes on.

    ``end``: seconds from the beginning of the recording up to which all was heard. ``voices``:
    of each sentence its voice, in the recogniser's own form. ``unclear``: seconds of
    something that was left out as no speech.
    """

    end: float
    words: tuple[Word, ...]
    voices: tuple[str, ...]
    unclear: float = 0.0

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@runtime_checkable
class PiecewiseRecogniser(SpeechRecogniser, Protocol):
    """Hears a recording piece by piece while people talk, and joins the pieces at its end.

    Sound is 16 kHz, mono, 16 bits, little-endian.
    """

    def hear_piece(
        self, sound: bytes, start: float, *, hints: tuple[str, ...]
    ) -> SpokenPiece | None:
        """The next piece, up to a pause. None: no good place to cut yet; ask when there is more.

        sound: all that followed the piece before; start: where that ended, in seconds.
        Raises EngineFailed.
        """
        ...

    def join_pieces(
        self,
        rest: bytes,
        pieces: tuple[SpokenPiece, ...],
        *,
        hints: tuple[str, ...],
        progress: Callable[[float], None],
    ) -> Transcript:
        """The whole recording: its pieces, and the ``rest`` that follows them, heard now.

        Raises EngineFailed.
        """
        ...
