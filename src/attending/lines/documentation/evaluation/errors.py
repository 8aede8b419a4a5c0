"""Errors of our own, put into a note's sentences: for sets that come without any.

One general change a sentence, chosen by the sentence itself and not by chance: the same note
has the same errors on every machine, whatever the conversation is read from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.quantities import numbers_in

_SIDES = {"left": "right", "right": "left"}
_SIDE = re.compile(r"\b(left|right)\b(?!\s+(?:now|away))", re.IGNORECASE)
_DENIED = (
    (re.compile(r"\bdenies\b", re.IGNORECASE), "reports"),
    (re.compile(r"\b(?:no|nil)\s+(?=[a-z])", re.IGNORECASE), ""),
    (re.compile(r"\breports\b", re.IGNORECASE), "denies"),
    (re.compile(r"\bis not\b", re.IGNORECASE), "is"),
    (re.compile(r"\bhas\b(?= (?:a|been|had|some))", re.IGNORECASE), "has not"),
)
_FIGURE = re.compile(r"(?<![\w.])\d+(?![\w.]*\d)")
_OTHERS = ("amlodipine", "warfarin", "sertraline", "omeprazole", "prednisolone", "gabapentin")


@dataclass(frozen=True)
class Seeded:
    """A sentence, made wrong. index: which of the note's."""

    index: int
    kind: str
    text: str


def seeded(sentences: Sequence[str], heard: str) -> tuple[Seeded, ...]:
    """Every error that the sentences can hold, one a sentence and kind.

    heard: the conversation as people wrote it down; a number or a medicine in it is no error.
    """
    found = []
    for index, sentence in enumerate(sentences):
        changed = {
            "laterality": _SIDE.sub(lambda m: _like(_SIDES[m[1].lower()], m[1]), sentence, count=1),
            "negation": _negated(sentence),
            "number": _other_number(sentence, heard),
            "drug": _other_drug(sentence, heard),
        }
        found += [Seeded(index, kind, text) for kind, text in changed.items() if text != sentence]
    return tuple(found)


def _negated(sentence: str) -> str:
    for pattern, instead in _DENIED:
        if pattern.search(sentence):
            return pattern.sub(instead, sentence, count=1).strip()
    return sentence


def _other_number(sentence: str, heard: str) -> str:
    known = {f"{number:f}" for number in numbers_in(heard)}
    match = _FIGURE.search(sentence)
    if match is None:
        return sentence
    tried = (int(match.group()) + step for step in (7, 11, 13, 17, 19, 23))
    other = next((str(number) for number in tried if str(number) not in known), match.group())
    return sentence[: match.start()] + other + sentence[match.end() :]


def _other_drug(sentence: str, heard: str) -> str:
    named = drugs_in(sentence)
    if not named:
        return sentence
    said = {mention.drug for mention in drugs_in(heard)}
    free = [drug for drug in _OTHERS if drug not in said]
    written = re.compile(re.escape(named[0].written), re.IGNORECASE)
    other = free[sha256(sentence.encode()).digest()[0] % len(free)] if free else named[0].written
    return written.sub(lambda match: _like(other, match.group()), sentence, count=1)


def _like(word: str, written: str) -> str:
    return word.capitalize() if written[:1].isupper() else word
