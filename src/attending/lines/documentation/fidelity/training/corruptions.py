"""Ways of making a true sentence of a note false, each by changing one thing in it.

They are drawn at random with a given generator, so that the same seed gives the same
sentences. None of them is the generator of the seeded-error sets that measure the judge.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.fidelity.training import vocabulary
from attending.lines.documentation.quantities import in_figures

_NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.])")
_POSITIVE = re.compile(
    r"\b(is|are|was|were|has|have|had|does|do|did|will|can|could|should|would)\b(?! (?:not|no)\b)",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:(?:do|does|did) )?not (?=\w)|\bno longer (?=\w)", re.IGNORECASE)
_NO = re.compile(
    r"\b(?:no|without|denies any|negative for|no evidence of|absence of) ", re.IGNORECASE
)
_REPORTING = re.compile(
    r"\b(reports|endorses|has|notes|states|complains of|admits to|presents with)\b"
)
_DENYING = re.compile(r"\b(denies|denied)\b", re.IGNORECASE)
_AFFIRMING = ("reports", "endorses", "has", "admits to", "complains of", "notes")
_BASE = {
    "reports": "report", "has": "have", "takes": "take", "uses": "use", "feels": "feel",
    "notes": "note", "smokes": "smoke", "drinks": "drink", "lives": "live", "works": "work",
    "needs": "need", "wants": "want", "continues": "continue", "exercises": "exercise",
    "eats": "eat", "sleeps": "sleep", "experiences": "experience", "presents": "present",
}  # fmt: skip
_VERB = re.compile(rf"\b({'|'.join(_BASE)})\b")


@dataclass(frozen=True)
class Heard:
    """What a visit offers for errors that are hard to see: its own medicines and numbers."""

    drugs: tuple[str, ...]
    numbers: tuple[str, ...]


def heard_in(texts: Iterable[str]) -> Heard:
    whole = " ".join(texts)
    drugs = {mention.written for mention in drugs_in(whole)}
    return Heard(tuple(sorted(drugs)), tuple(sorted(set(_NUMBER.findall(in_figures(whole))))))


Corruption = Callable[[str, Heard, random.Random], str | None]


def _swap(sentence: str, pairs: Sequence[Sequence[str]], rng: random.Random) -> str | None:
    """One word of a row becomes another of the same row; None if the sentence has none."""
    found = [
        (match, [other for other in row if other != word])
        for row in pairs
        for word in row
        for match in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", sentence, re.IGNORECASE)
    ]
    if not found:
        return None
    match, others = rng.choice(found)
    return _put(sentence, match, rng.choice(others))


def _put(sentence: str, match: re.Match[str], text: str) -> str:
    written = text.capitalize() if match.group()[:1].isupper() else text
    return sentence[: match.start()] + written + sentence[match.end() :]


def _number(sentence: str, _: Heard, rng: random.Random) -> str | None:
    """A number becomes another of about its size."""
    found = list(_NUMBER.finditer(sentence))
    if not found:
        return None
    match = rng.choice(found)
    value = float(match.group())
    other = rng.choice(
        [value + rng.randint(1, 9), value * 2, value * 10, max(1, value - rng.randint(1, 9)),
         value / 2, rng.randint(1, 100)]
    )  # fmt: skip
    text = f"{other:.1f}" if "." in match.group() else f"{other:.0f}"
    return None if text == match.group() else _put(sentence, match, text)


def _number_said(sentence: str, heard: Heard, rng: random.Random) -> str | None:
    """A number becomes one that was said of something else."""
    found = list(_NUMBER.finditer(sentence))
    if not found or not heard.numbers:
        return None
    match, other = rng.choice(found), rng.choice(heard.numbers)
    return None if other == match.group() else _put(sentence, match, other)


def _drug(sentence: str, heard: Heard, rng: random.Random) -> str | None:
    return _other_drug(sentence, [d for d in vocabulary.DRUGS if d not in heard.drugs], rng)


def _drug_said(sentence: str, heard: Heard, rng: random.Random) -> str | None:
    return _other_drug(sentence, heard.drugs, rng)


def _other_drug(sentence: str, others: Sequence[str], rng: random.Random) -> str | None:
    named = [mention.written for mention in drugs_in(sentence)]
    new = [drug for drug in others if drug not in sentence.lower()]
    if not named or not new:
        return None
    match = re.search(re.escape(rng.choice(named)), sentence, re.IGNORECASE)
    return _put(sentence, match, rng.choice(new)) if match else None


def _polarity(sentence: str, _: Heard, rng: random.Random) -> str | None:
    """Denied becomes affirmed, affirmed denied."""
    ways = [way for way in (_deny, _affirm, _negate, _opposite) if rng.random() < _TRIED]
    rng.shuffle(ways)
    return next((made for way in ways if (made := way(sentence, rng))), None)


_TRIED = 0.85  # of the ways, so that none is always taken first


def _deny(sentence: str, rng: random.Random) -> str | None:
    match = _REPORTING.search(sentence)
    if match and match.group() in {"has", "notes", "states"} and rng.random() < _RARELY:
        return None
    return _put(sentence, match, "denies") if match else None


_RARELY = 0.5


def _affirm(sentence: str, rng: random.Random) -> str | None:
    if match := _DENYING.search(sentence):
        return _put(sentence, match, rng.choice(_AFFIRMING))
    match = _NEGATED.search(sentence) or _NO.search(sentence)
    if not match:
        return None
    rest = sentence[match.end() :]
    start = match.start() == 0
    return sentence[: match.start()] + (rest[:1].upper() + rest[1:] if start else rest)


def _negate(sentence: str, rng: random.Random) -> str | None:
    if match := _POSITIVE.search(sentence):
        return _put(sentence, match, f"{match.group()} not")
    if match := _VERB.search(sentence):
        return _put(sentence, match, f"does not {_BASE[match.group()]}")
    kinds = (vocabulary.FINDINGS, vocabulary.CONDITIONS)
    words = [word for kind in kinds for word in kind if word in sentence.lower()]
    if not words:
        return None
    word = rng.choice(words)
    match = re.search(rf"\b{re.escape(word)}", sentence, re.IGNORECASE)
    return _put(sentence, match, f"{rng.choice(('no', 'no', 'denies'))} {word}") if match else None


def _opposite(sentence: str, rng: random.Random) -> str | None:
    return _swap(sentence, vocabulary.OPPOSITES, rng)


def _of_kind(kind: Sequence[str]) -> Corruption:
    """One name becomes another of its kind."""

    def change(sentence: str, _: Heard, rng: random.Random) -> str | None:
        lowered = sentence.lower()
        named = [word for word in kind if re.search(rf"\b{re.escape(word)}\b", lowered)]
        if not named:
            return None
        others = [word for word in kind if word not in lowered]
        match = re.search(rf"\b{re.escape(rng.choice(named))}\b", sentence, re.IGNORECASE)
        return _put(sentence, match, rng.choice(others)) if match else None

    return change


def _of_rows(rows: Sequence[Sequence[str]]) -> Corruption:
    return lambda sentence, _, rng: _swap(sentence, rows, rng)


CORRUPTIONS: dict[str, Corruption] = {
    "polarity": _polarity,
    "number": _number,
    "number said": _number_said,
    "unit": _of_rows(vocabulary.UNITS),
    "time": _of_rows(vocabulary.TIMES),
    "drug": _drug,
    "drug said": _drug_said,
    "action": _of_rows(vocabulary.ACTIONS),
    "side": _of_rows(vocabulary.SIDES),
    "sex": _of_rows(vocabulary.SEXES),
    "kin": _of_kind(vocabulary.KIN),
    "finding": _of_kind(vocabulary.FINDINGS),
    "condition": _of_kind(vocabulary.CONDITIONS),
    "place": _of_kind(vocabulary.PLACES),
}
