"""Sentences of true notes made wrong, one detail each, in many ways: what the guard must doubt.

Fitted with the seeded errors of others beside these, each kind with the same weight, so that no
one generator's habits decide.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.fidelity.fitting.corpus import Visit

Join = Callable[[str, str, random.Random], str | None]
Alter = Callable[[str, Visit, random.Random], str | None]
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)")
_DRUGS = (
    "lisinopril", "metformin", "amlodipine", "atorvastatin", "omeprazole", "levothyroxine",
    "gabapentin", "sertraline", "warfarin", "prednisone", "albuterol", "furosemide", "tramadol",
    "hydrochlorothiazide", "losartan", "clopidogrel", "amoxicillin", "naproxen", "insulin",
    "carvedilol", "citalopram", "allopurinol", "doxycycline", "cephalexin", "meloxicam",
)  # fmt: skip
_TURNED = {
    "left": "right", "right": "left", "he": "she", "she": "he", "his": "her", "her": "his",
    "male": "female", "female": "male", "mother": "father", "father": "mother",
    "brother": "sister", "sister": "brother", "wife": "husband", "husband": "wife",
    "son": "daughter", "daughter": "son",
}  # fmt: skip
_OPPOSITES = {
    "start": "stop", "stop": "start", "continue": "stop", "increase": "decrease",
    "decrease": "increase", "initiate": "discontinue", "discontinue": "continue",
    "increased": "decreased", "decreased": "increased", "started": "stopped",
    "stopped": "started", "improved": "worsened", "worsening": "improving", "better": "worse",
    "worse": "better", "elevated": "low", "high": "low", "low": "high", "mild": "severe",
    "severe": "mild", "moderate": "severe", "acute": "chronic", "chronic": "acute",
    "normal": "abnormal", "stable": "unstable", "positive": "negative", "negative": "positive",
    "always": "never", "constant": "intermittent", "intermittent": "constant",
    "before": "after", "after": "before", "upper": "lower", "lower": "upper",
    "compliant": "noncompliant", "intact": "impaired", "regular": "irregular",
}  # fmt: skip
_TIMES = {
    "day": "week", "days": "weeks", "week": "month", "weeks": "months", "month": "year",
    "months": "years", "year": "month", "years": "months", "hours": "days", "mg": "mcg",
    "daily": "weekly", "once": "twice", "twice": "once", "morning": "evening", "mcg": "mg",
    "pounds": "kilograms", "minutes": "hours", "inches": "feet", "grams": "milligrams",
}  # fmt: skip
_PLACES = (
    "knee", "shoulder", "elbow", "wrist", "ankle", "hip", "chest", "back", "neck", "abdomen",
    "foot", "hand", "thigh", "calf", "jaw",
)  # fmt: skip
_FEWEST = 4  # words of a sentence that claims something
_CLAUSE = re.compile(r"(?:, | and | with | but |; |: )")
_TELLING = re.compile(r"\b[A-Za-z]{5,}\b")
_DENIED = re.compile(r"\b(denies|deny|denied)\b(?: any| having)?", re.IGNORECASE)
_NO = re.compile(r"\b(?:no|without|not) (?=[a-z])", re.IGNORECASE)
_VERB = re.compile(r"\b(is|are|was|were|has|have|had|will|does|can|should)\b(?! not)")
_SAID = re.compile(
    r"\b(reports|endorses|notes|states|complains of|has|demonstrates|shows|reveals)\b"
)


@dataclass(frozen=True)
class Corrupted:
    """``place``: the index in the visit's note. An added sentence follows it."""

    kind: str
    place: int
    text: str
    added: bool = False


def corruptions(visits: Sequence[Visit], seed: int, each: int = 2) -> dict[str, list[Corrupted]]:
    """By the visit's id, up to ``each`` of every kind; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret  # nosec B311
    return {visit.id: list(_of_visit(visit, visits, chance, each)) for visit in visits}


def _of_visit(
    visit: Visit, visits: Sequence[Visit], chance: random.Random, each: int
) -> Iterator[Corrupted]:
    for kind, alter in _KINDS.items():
        places = chance.sample(range(len(visit.note)), len(visit.note))
        altered = ((p, alter(visit.note[p][1], visit, chance)) for p in places)
        wrong = ((p, text) for p, text in altered if text and text != visit.note[p][1])
        for _, (place, text) in zip(range(each), wrong, strict=False):
            yield Corrupted(kind, place, text)
    foreign = _foreign(visit, visits, chance)
    for _ in range(2 * each if len(visits) > 1 and visit.note else 0):
        yield from foreign("foreign", _whole)
        yield from foreign("spliced", _spliced)
        yield from foreign("word", _one_word)


def _foreign(
    visit: Visit, visits: Sequence[Visit], chance: random.Random
) -> Callable[[str, Join], Iterator[Corrupted]]:
    """Draws what stands in another patient's note, in the same section."""
    others = [other for other in visits if other.id != visit.id and other.note]

    def drawn(kind: str, join: Join) -> Iterator[Corrupted]:
        place = chance.randrange(len(visit.note))
        section, own = visit.note[place]
        theirs = chance.choice(others).note
        alike = [t for key, t in theirs if key == section and len(t.split()) >= _FEWEST]
        text = join(own, chance.choice(alike), chance) if alike else None
        if text:
            yield Corrupted(kind, place, text, added=join is _whole)

    return drawn


def _whole(_: str, other: str, __: random.Random) -> str | None:
    return other


def _spliced(own: str, other: str, chance: random.Random) -> str | None:
    """A clause of the other sentence at the end of this one."""
    clauses = [each.strip(" .") for each in _CLAUSE.split(other) if len(each.split()) > 1]
    if len(own.split()) < _FEWEST or not clauses:
        return None
    clause = " ".join(chance.choice(clauses).split()[:6])
    return own.rstrip(". ") + chance.choice([", ", " and ", ", with "]) + clause + "."


def _one_word(own: str, other: str, chance: random.Random) -> str | None:
    """One telling word of this sentence becomes one of the other."""
    mine, theirs = _TELLING.findall(own), _TELLING.findall(other)
    theirs = [word for word in theirs if word.lower() not in own.lower()]
    if not mine or not theirs:
        return None
    return own.replace(chance.choice(mine), chance.choice(theirs), 1)


def _number(text: str, _: Visit, chance: random.Random) -> str | None:
    """Another number, near in size."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = chance.choice(found)
    value = float(match.group())
    other = chance.choice(
        [value * 2, value * 10, value + 1, value + 3, max(1, value // 2), value + 10]
    )
    shown = f"{other:.1f}" if "." in match.group() else f"{int(other)}"
    return text[: match.start()] + shown + text[match.end() :]


def _number_said(text: str, visit: Visit, chance: random.Random) -> str | None:
    """A number that stands elsewhere in the same note."""
    found = list(_NUMBER.finditer(text))
    others = {m.group() for _, t in visit.note for m in _NUMBER.finditer(t)} - {
        match.group() for match in found
    }
    if not found or not others:
        return None
    match = chance.choice(found)
    return text[: match.start()] + chance.choice(sorted(others)) + text[match.end() :]


def _drug(text: str, visit: Visit, chance: random.Random) -> str | None:
    known = {m.drug for turn in visit.turns for m in drugs_in(turn.text)}
    return _other_drug(text, [name for name in _DRUGS if name not in known], chance)


def _drug_said(text: str, visit: Visit, chance: random.Random) -> str | None:
    said = {m.written for _, sentence in visit.note for m in drugs_in(sentence)}
    own = {m.drug for m in drugs_in(text)}
    return _other_drug(text, sorted(n for n in said if drugs_in(n)[0].drug not in own), chance)


def _other_drug(text: str, names: Sequence[str], chance: random.Random) -> str | None:
    named = drugs_in(text)
    if not named or not names:
        return None
    written = re.compile(rf"\b{re.escape(chance.choice(named).written)}\b", re.IGNORECASE)
    return written.sub(chance.choice(names), text, count=1)


def _replaced(table: dict[str, str]) -> Alter:
    pattern = re.compile(rf"\b(?:{'|'.join(table)})\b", re.IGNORECASE)

    def alter(text: str, _: Visit, chance: random.Random) -> str | None:
        found = list(pattern.finditer(text))
        if not found:
            return None
        match = chance.choice(found)
        other = table[match.group().lower()]
        shown = other.capitalize() if match.group()[0].isupper() else other
        return text[: match.start()] + shown + text[match.end() :]

    return alter


def _affirmed(text: str, _: Visit, chance: random.Random) -> str | None:
    """A denial that becomes a complaint."""
    if _DENIED.search(text):
        return _DENIED.sub(chance.choice(["reports", "endorses", "complains of"]), text, count=1)
    return _NO.sub("", text, count=1) if _NO.search(text) else None


def _denied(text: str, _: Visit, chance: random.Random) -> str | None:
    """A complaint that becomes a denial."""
    if _SAID.search(text) and chance.random() < 0.5:  # noqa: PLR2004
        return _SAID.sub(chance.choice(["denies", "has no", "does not have"]), text, count=1)
    return _VERB.sub(r"\1 not", text, count=1) if _VERB.search(text) else None


def _place(text: str, _: Visit, chance: random.Random) -> str | None:
    found = list(re.finditer(rf"\b(?:{'|'.join(_PLACES)})\b", text))
    if not found:
        return None
    match = chance.choice(found)
    other = chance.choice([place for place in _PLACES if place != match.group()])
    return text[: match.start()] + other + text[match.end() :]


_KINDS: dict[str, Alter] = {
    "number": _number,
    "number said": _number_said,
    "drug": _drug,
    "drug said": _drug_said,
    "turned": _replaced(_TURNED),
    "opposite": _replaced(_OPPOSITES),
    "time or unit": _replaced(_TIMES),
    "affirmed": _affirmed,
    "denied": _denied,
    "place": _place,
}
