"""Written notes as datasets hold them, cut into statements under sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from attending.lines.documentation.soap import Part

_SECTIONS = (
    (r"chief complaint|presenting complaint|^cc$", Part.CHIEF_COMPLAINT),
    (r"review of systems|^ros$", Part.REVIEW_OF_SYSTEMS),
    (r"physical exam|^exam|examination|vitals|vital signs|^objective|^o/e", Part.EXAMINATION),
    (r"past|medical history|surgical history|social history|family history|^(pmh|sh|fh)$",
     Part.PAST_HISTORY),
    (r"medication|^dh$|^meds$", Part.MEDICATIONS),
    (r"allerg", Part.ALLERGIES),
    (r"history of present|^hpi$|subjective|^history", Part.HISTORY),
    (r"result|laborator|imaging|^labs?$|procedures?$", Part.RESULTS),
    (r"^assessment and plan|^assessment & plan|^a&p", Part.PLAN),
    (r"assessment|impression|diagnos|^imp$", Part.ASSESSMENT),
    (r"plan|instructions|follow|disposition|recommend", Part.PLAN),
)  # fmt: skip
_LONGEST_HEADING = 6  # words
_BULLET = re.compile(r"^[\s•\-*<>–—]+|^\d+[.)]\s+")
_LABEL = re.compile(r"^(?P<heading>[A-Za-z][A-Za-z /&]{1,40}):\s+(?=\S)")
_SENTENCE = re.compile(r"(?<=[a-z0-9)%\"”][.?!])\s+(?=[A-Z0-9•“\"-])")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|St|vs|e\.g|i\.e|No)\.$")


@dataclass(frozen=True)
class Line:
    """A sentence of a note under its section; ``heading``: it names a section, and asserts nothing."""

    section: str
    text: str
    heading: bool = False


def lines_of(note: str) -> tuple[Line, ...]:
    """The sentences of a note, in order."""
    return sectioned(_sentences(note))


def sectioned(sentences: Iterable[str]) -> tuple[Line, ...]:
    """Sentences that were cut elsewhere, each under the heading that stands above it."""
    section, found = "", []
    for sentence in sentences:
        named = _section_of(sentence)
        section = section if named is None else named
        found.append(Line(section, sentence, heading=named is not None))
    return tuple(found)


def _section_of(sentence: str) -> str | None:
    """The section that a heading names ("" for one of no section); None for a sentence."""
    bare = _BULLET.sub("", sentence).strip(" :*#")
    short = 0 < len(bare.split()) <= _LONGEST_HEADING and sentence.rstrip()[-1:] not in ".?!;,"
    if not short or any(character.isdigit() for character in bare):
        return None
    if not (bare.isupper() or sentence.rstrip().endswith(":")):
        return None
    return _part(bare)


def _part(heading: str) -> str:
    low = heading.lower()
    return next((part.value for cue, part in _SECTIONS if re.search(cue, low)), "")


def _sentences(note: str) -> Iterator[str]:
    for line in note.splitlines():
        yield from _line_sentences(_BULLET.sub("", line).strip())


def _line_sentences(line: str) -> Iterator[str]:
    label = _LABEL.match(line)
    if label and _part(label["heading"]):
        yield label["heading"] + ":"
        line = line[label.end() :]
    held = ""
    for piece in _SENTENCE.split(line):
        held = f"{held} {piece}".strip()
        if held and not _ABBREVIATION.search(held):
            yield held
            held = ""
    if held:
        yield held
