"""What was said as turns, and a note's text as claims: the forms that fidelity compares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.core.speech import Transcript
from attending.lines.documentation.characters import compared
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.soap import Part

# The first word that a heading holds says where its sentences go.
_HEADINGS: tuple[tuple[re.Pattern[str], Part], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), part)
    for words, part in (
        (r"complaint|cc|reason for visit", Part.CHIEF_COMPLAINT),
        (r"present(?:ing)? illness|hpi|genhx|subjective|interval history", Part.HISTORY),
        (r"allerg\w*|nkda", Part.ALLERGIES),
        (r"review of systems|ros", Part.REVIEW_OF_SYSTEMS),
        (r"exam\w*|vitals?|objective", Part.EXAMINATION),
        (r"results?|labs?|imaging|data|procedures?|x-?rays?", Part.RESULTS),
        (r"instructions?|disposition|follow-?up|plan|edcourse", Part.PLAN),
        (r"assessment|impression|imp|diagnos[ie]s", Part.ASSESSMENT),
        (r"medications?|meds|dh|drug history", Part.MEDICATIONS),
        (r"history|pmh|psh|fh|sh|past(?:medicalhx|surgical)|fam/sochx|gynhx|other_history", Part.PAST_HISTORY),
        (r"immunizations?|social|family|surgical|medical", Part.PAST_HISTORY),
    )
)  # fmt: skip
_HEADING_WORDS = frozenset(
    re.findall(
        r"\w+",
        """chief complaint cc hpi history of present illness past medical surgical social family drug
        medications medication meds current allergies review systems ros physical exam examination
        vitals vital signs reviewed results result labs imaging procedure procedures diagnostic
        studies assessment and plan impression instructions follow up subjective objective diagnosis
        diagnoses gynecologic birth obstetric opioid pain disposition reason for visit""",
    )
)
_OPENING = 4  # words by which a piece is found again
_LONGEST_HEADING = 6  # words
_BULLET = re.compile(r"^\s*(?:[-•*·▪–]|\d{1,2}[.)])\s+")
_SENTENCE = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!\bMrs)(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\d)[.?!]+"
    r"[\"”’)]*\s+(?=[\"“(]?[A-Z0-9•])|(?<=\d)[.?!]\s+(?=[\"“(]?[A-Z•])"
)
_WORDED = re.compile(r"[^\W_]")


def turns(transcript: Transcript) -> tuple[Turn, ...]:
    """One turn an utterance that holds a word, with nothing unseen in it."""
    worded = (each for each in transcript.utterances if each.words)
    return tuple(
        Turn(index, each.role, compared(each.text), each.id) for index, each in enumerate(worded)
    )


def begins(turn: Turn, transcript: Transcript) -> float | None:
    """When a turn, or a piece of one, begins: seconds; None if its utterance is not there."""
    utterance = next((each for each in transcript.utterances if each.id == turn.utterance), None)
    if utterance is None or not utterance.words:
        return None
    opening = turn.text.split()[:_OPENING]
    words = [compared(word.text) for word in utterance.words]
    at = (i for i in range(len(words)) if words[i : i + len(opening)] == opening)
    return utterance.words[next(at, 0)].start


def is_heading(text: str) -> bool:
    """Whether a line of a note names a section, and claims nothing."""
    words = re.findall(r"[a-z]+", text.lower())
    if not _WORDED.search(text):
        return True
    if len(words) > _LONGEST_HEADING or re.search(r"[.?!]$", text):
        return False
    return text.rstrip().endswith(":") or _HEADING_WORDS.issuperset(words)


def section_of(heading: str) -> str:
    """The key of the section that a heading stands for; "" if it names none that we know."""
    return next((part.value for named, part in _HEADINGS if named.search(heading)), "")


def cut_note(text: str, section: str = "") -> tuple[tuple[str, str], ...]:
    """A note as (section key, sentence), in order; headings are left out.

    section: where sentences before the first heading stand.
    """
    return tuple(
        (key, said) for key, said in sectioned(_lines(text), section) if not is_heading(said)
    )


def sectioned(sentences: Iterator[str], section: str = "") -> Iterator[tuple[str, str]]:
    """Each sentence, headings among them, with the key of the section that it stands in."""
    for sentence in sentences:
        if is_heading(sentence):
            section = section_of(sentence) or section
        yield section, sentence


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        stripped = _BULLET.sub("", line).strip()
        if stripped:
            yield from sentences(stripped)


def sentences(line: str) -> tuple[str, ...]:
    """The sentences of one line of a note; abbreviations and decimals are not cut."""
    cut = _SENTENCE.sub(lambda match: match.group().rstrip() + "\n", line)
    return tuple(each.strip() for each in cut.split("\n") if each.strip())
