"""Speech in words: what a recogniser heard, who said it, and the port of recognisers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


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
