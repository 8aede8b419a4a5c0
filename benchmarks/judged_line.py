"""The documentation line with the judge that is shipped, and a talk of 1,200 words that it heard."""

from __future__ import annotations

from dataclasses import replace

from attending.core.line import Engines, Line
from attending.core.speech import Transcript, Utterance, Word
from attending.lines import documentation
from benchmarks.guard.speed import talk
from benchmarks.ready_line import ReadyRecogniser

_PACE = 0.4  # seconds a word


def heard() -> Transcript:
    """The talk that the guard is timed against, word after word."""
    utterances: list[Utterance] = []
    at = 0.0
    for turn in talk():
        words = []
        for text in turn.text.split():
            words.append(Word(text, round(at, 2), round(at + _PACE, 2), 0.95))
            at += _PACE
        utterances.append(Utterance(f"u{len(utterances) + 1}", turn.role, turn.role, tuple(words)))
    return Transcript(tuple(utterances), at)


def line(engines: Engines) -> Line:
    return documentation.line(replace(engines, speech=ReadyRecogniser(transcript=heard())))
