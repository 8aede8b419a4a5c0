"""Hearing a recording piece by piece while people talk, and joining the pieces at its end.

A piece ends in a pause, and is heard like any recording: words, expected names, and the voice
of each sentence. What is left at the end is the rest behind the last piece, and telling the
voices apart over the whole, which is quick once each sentence has its vector.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from attending.adapters.models.audio import SAMPLE_RATE, Samples
from attending.adapters.models.speakers import SpeakerTeller, Vectors
from attending.adapters.models.turns import Sentence, Spoken, sentences
from attending.core.speech import SpokenPiece, Word


def samples_of(sound: bytes) -> Samples:
    return np.frombuffer(sound, dtype="<i2")


def piece_of(
    speakers: SpeakerTeller, sound: Samples, start: float, words: list[Word], unclear: float
) -> SpokenPiece:
    """``words``: in the time of the piece; what is kept is in that of the recording."""
    later = [
        replace(word, start=round(word.start + start, 2), end=round(word.end + start, 2))
        for word in words
    ]
    voices = speakers.voices(sound, sentences(later), start)
    end = start + sound.size / SAMPLE_RATE
    return SpokenPiece(end, tuple(later), tuple(map(_written, voices)), unclear)


def spoken(speakers: SpeakerTeller, pieces: Iterable[SpokenPiece]) -> list[Spoken]:
    """The sentences of all pieces with their speakers, told apart over the whole."""
    heard: list[Sentence] = []
    voices: list[Vectors] = []
    for piece in pieces:
        heard += sentences(list(piece.words))
        voices += map(_read, piece.voices)
    return speakers.label(heard, voices)


def _written(voice: Vectors) -> str:
    return base64.b64encode(voice.astype("<f2").tobytes()).decode()


def _read(voice: str) -> Vectors:
    return np.frombuffer(base64.b64decode(voice), dtype="<f2").astype(np.float32)
