"""Visits to learn from: what was said, and the note that a person wrote of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.corpora.visits import Written, aci_bench, mts_dialog
from attending.lines.documentation.fidelity.claims import Turn

_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z•\-\d])")
_BULLET = re.compile(r"^[\s•\-*]+|^\d+\.\s+")
_SHORTEST = 3  # words of a sentence worth judging, where it is no short finding


@dataclass(frozen=True)
class Visit:
    """``sentences``: the note's, in order, without headings."""

    id: str
    turns: tuple[Turn, ...]
    sentences: tuple[str, ...]


def sentences_of(note: str) -> tuple[str, ...]:
    """A note's sentences: headings left out, bullets taken off."""
    found: list[str] = []
    for line in note.splitlines():
        if _is_heading(line):
            continue
        for sentence in _SENTENCE.split(line):
            bare = _BULLET.sub("", sentence).strip()
            if len(bare.split()) >= _SHORTEST or (bare.endswith(".") and len(bare) > 1):
                found.append(bare)
    return tuple(found)


def _is_heading(line: str) -> bool:
    bare = line.strip().rstrip(":")
    return not bare or bare.isupper() or (len(bare.split()) <= _SHORTEST and bare[-1].isalpha())


def aci_visits(file: Path) -> tuple[Visit, ...]:
    return tuple(_read(each, each.note) for each in aci_bench(file))


def mts_visits(file: Path) -> tuple[Visit, ...]:
    return tuple(_read(each, " ".join(each.note.split())) for each in mts_dialog(file))


def _read(written: Written, note: str) -> Visit:
    return Visit(written.id, turns_of(written.dialogue, mended=False), sentences_of(note))
