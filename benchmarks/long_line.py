"""The documentation line with a recogniser that always hears a visit of half an hour."""

from __future__ import annotations

import random
from dataclasses import replace

from attending.core.line import Engines, Line
from attending.core.speech import Transcript, Utterance
from attending.lines import documentation
from benchmarks.ready_line import ReadyRecogniser
from benchmarks.recording import true_transcript

WORDS = 4_500  # as a visit of half an hour has
_SEED = 4


def long_transcript() -> Transcript:
    """The sample said again and again; one word in ten or so was hardly heard."""
    told, dice = true_transcript(), random.Random(_SEED)
    utterances: list[Utterance] = []
    words, begin = 0, 0.0
    while words < WORDS:
        for said in told.utterances:
            moved = tuple(
                replace(
                    word,
                    start=round(word.start + begin, 2),
                    end=round(word.end + begin, 2),
                    confidence=min(1.0, dice.betavariate(5, 1)),
                )
                for word in said.words
            )
            utterances.append(Utterance(f"u{len(utterances) + 1}", said.speaker, said.role, moved))
            words += len(moved)
        begin += told.duration
    return Transcript(tuple(utterances), begin)


def line(_engines: Engines) -> Line:
    return documentation.line(Engines(ReadyRecogniser(transcript=long_transcript())))
