"""Turns cut where they are long, so that a passage is short enough to be read and judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from attending.lines.documentation.fidelity.claims import Turn

LONGEST = 20  # words of a turn that stay together
_END = re.compile(r"(?<=[.?!])\s+")
_GO_ON = re.compile(r"\s+(?=(?:okay|alright|and|so|but|now|then)\b)", re.IGNORECASE)


def pieces(turn: Turn) -> tuple[Turn, ...]:
    """The turn, or its stretches in order: an examination is often told in one breath.

    Cut at ends of sentences; where nothing is punctuated, where the speaker goes on. No word
    is lost.
    """
    if len(turn.text.split()) <= LONGEST:
        return (turn,)
    cut: list[str] = []
    for part in _parts(turn.text):
        if cut and len(f"{cut[-1]} {part}".split()) <= LONGEST:
            cut[-1] = f"{cut[-1]} {part}"
        else:
            cut.append(part)
    return tuple(replace(turn, text=text) for text in cut)


def _parts(text: str) -> Iterator[str]:
    for sentence in _END.split(text):
        if len(sentence.split()) <= LONGEST:
            yield sentence
            continue
        for clause in _GO_ON.split(sentence):
            words = clause.split()
            for begin in range(0, len(words), LONGEST):
                yield " ".join(words[begin : begin + LONGEST])
