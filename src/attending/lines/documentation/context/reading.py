"""A sentence read around one concept: what stands to its left, in it, and to its right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

_COUNT = (
    r"(?:(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|few|several|couple)"
    r"(?:[- ]?(?:to|or|-|of)[- ]?(?:\d+|two|three|four|five|six|seven))?)"
)
_TOKEN = re.compile(
    r"\*\*+(?P<masked>[a-z-]+)(?:\[[^\]]*\]+)?"
    r"|(?P<years>" + _COUNT + r"[- ]+years?\b(?!-old| old|-o| of age| ago))"
    r"|(?P<duration>" + _COUNT + r"[- ]+(?:hour|day|week|month)s?\b(?! ago))"
    r"|(?P<figure>\d+(?:[./:,-]\d+)*)"
    r"|[-+]ve\b|(?:[a-z]\.){2,}"
    r"|(?:[hsr]/[opx])\b"
    r"|[^\W\d_]+(?:['’][a-z]+)?(?:-[^\W\d_]+)*"
    r"|(?P<mark>[,;:.?!()/]|-(?=\s))"
)
_YEAR = re.compile(r"(?:19|20)\d\d$")
_HEADER = re.compile(
    r"(?:^|(?<=[.;:]\s)|(?<=[\d)]\s))\s*(?:\d+[.)]+\s*)*([A-Za-z][A-Za-z/&,' ]{1,48}?)\s*(?::| - )"
    r"|(?<=\s)([A-Z]{3,}(?: [A-Z]{3,})+)\s*:"
)
_NUMBERED = re.compile(r"^\W*\d+\s*[.)]")


class Heading(StrEnum):
    """What a section's heading says of what stands under it."""

    PAST = "past"
    PRESENT = "present"
    SOCIAL = "social"
    FAMILY = "family"
    ALLERGIES = "allergies"
    EXAMINATION = "examination"
    IMPRESSION = "impression"
    SYSTEMS = "systems"
    PLAN = "plan"
    INDICATION = "indication"
    OTHER = "other"
    NONE = "none"


_HEADINGS: dict[Heading, re.Pattern[str]] = {
    heading: re.compile(pattern)
    for heading, pattern in {
        Heading.FAMILY: r"\bfamily\b|^fh$",
        Heading.SOCIAL: r"\bsocial\b|\bhabits\b|^sh$|\btobacco\b|\bsubstance",
        Heading.ALLERGIES: r"allerg",
        Heading.SYSTEMS: r"review of systems|^ros$|^(?:gi|gu|constitutional|musculoskeletal|"
        r"psycholog\w*|endocrine|hematolog\w*|ophthalmolog\w*)$",
        Heading.PRESENT: r"present illness|^hpi$|chief complaint|^cc$|subjective|interval history",
        Heading.PAST: r"past|previous|prior|^pmh|^psh|medical history|surgical history|"
        r"psychiatric history|^history$|medical problems|comorbid|problem list",
        Heading.INDICATION: r"indication|reason|clinical history",
        Heading.EXAMINATION: r"exam|heent|^neck|chest|lungs?$|heart|abdomen|extremit|skin|neuro|"
        r"cardiovascular|pulmonary|respiratory|general|eyes?$|back|vital|musculo|head|pelvis|"
        r"findings|procedure|x-?ray|ct\b|ekg",
        Heading.IMPRESSION: r"impression|diagnos|assessment|conclusion",
        Heading.PLAN: r"plan|instruction|disposition|follow|discharge|recommend|activity",
    }.items()
}


@dataclass(frozen=True)
class Reading:
    """Words in lower case; marks are words too; dates, years and names stand as ``<...>``."""

    left: tuple[str, ...]
    concept: tuple[str, ...]
    right: tuple[str, ...]
    header: str
    numbered: bool
    capitalised: bool  # the concept begins with a capital, as it was given

    @cached_property
    def heading(self) -> Heading:
        if not self.header:
            return Heading.NONE
        return next((h for h, form in _HEADINGS.items() if form.search(self.header)), Heading.OTHER)

    @property
    def alone(self) -> bool:
        """Whether the concept is all that the sentence says."""
        return not any(word[0].isalnum() for word in self.left + self.right)


def reading(sentence: str, concept: str, start: int | None = None) -> Reading:
    """The sentence around the concept that begins at ``start``, or where its text is found.

    A concept that stands nowhere in the sentence is taken to follow all of it.
    """
    begin, end = located(sentence, concept, start)
    before = sentence[:begin]
    header, text = _headed(before)
    return Reading(
        words(text),
        words(sentence[begin:end] or concept),
        words(sentence[end:]),
        header,
        _NUMBERED.match(sentence) is not None,
        concept[:1].isupper(),
    )


def located(sentence: str, concept: str, start: int | None) -> tuple[int, int]:
    """Where the concept stands: as upper case among lower case, as it is, or its longest part."""
    if start is not None and start + len(concept) <= len(sentence):
        return start, start + len(concept)
    if (found := _whole(sentence, concept)) is not None:
        return found
    wanted = concept.split()
    for size in range(len(wanted) - 1, 0, -1):
        for first in range(len(wanted) - size + 1):
            if (found := _whole(sentence, " ".join(wanted[first : first + size]))) is not None:
                return found
    return len(sentence), len(sentence)


def _whole(sentence: str, concept: str) -> tuple[int, int] | None:
    shouted = concept.upper()
    if not (shouted in sentence and sentence.upper() != sentence):
        sentence, shouted = sentence.lower(), concept.lower()
    places = [
        (match.start(), match.end())
        for match in re.finditer(re.escape(shouted), sentence)
        if not _inside(sentence, match.start()) and not _inside(sentence, match.end())
    ]
    said = (place for place in places if not sentence.startswith((":", " - "), place[1]))
    return next(said, places[0] if places else None)


def _inside(text: str, at: int) -> bool:
    """Whether a word goes on across this place."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _headed(before: str) -> tuple[str, str]:
    """The last heading before the concept, in lower case, and what follows it."""
    headings = list(_HEADER.finditer(before))
    if not headings:
        return "", before
    last = headings[-1]
    return (last.group(1) or last.group(2)).strip().lower(), before[last.end() :]


def words(text: str) -> tuple[str, ...]:
    """Some transcripts part "don't" into "do n't": it is one word here."""
    plain = text.lower().replace("’", "'").replace(" n't", "n't")
    return tuple(_word(match) for match in _TOKEN.finditer(plain))


def _word(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "masked":
        return f"<{match['masked'].split('-')[0]}>"
    if kind in {"years", "duration"}:
        return f"<{kind}>"
    if kind == "figure":
        return "<year>" if _YEAR.match(match["figure"]) else "<figure>"
    return match.group()
