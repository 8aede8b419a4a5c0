"""A medicine that was said, but not with these words: another one was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.amounts import DOSES, Amount
from attending.lines.documentation.fidelity.signals.drug import drugs
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.medicines import indications, medicines
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.fidelity.signals.words import BODY, Word, stem, words

_AFTER = 6  # words between a medicine and its dose
_DOSED = 9  # the same, where people talk
_ENOUGH = 3  # words around a medicine, from which its place is known
_HARMS = frozenset({"caus", "react", "allergy", "intoler", "side"})  # no indication follows
_VAGUE = BODY | {stem(word) for word in listed("pain mouth injection injury rate fluid numb")}
_LISTED = 0.3  # by which another medicine must fit better still, in a list
_MILLIGRAMS = {"mg": 1.0, "mcg": 0.001, "g": 1000.0}


@dataclass(frozen=True)
class _Fit:
    """How well a medicine that was said fits a statement, 0..1, and where it was said."""

    name: str
    score: float
    place: int


class DrugOfSomethingElse:
    """By the dose and the words around it, by what it is for, by the doses it has."""

    name: str = "drug_in"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        found = [
            signal
            for index, word in enumerate(stated.words)
            if word.drug and (signal := self._doubt(reading, stated, index))
        ]
        return max(found, key=lambda signal: signal.strength, default=None)

    def _doubt(self, reading: Reading, stated: Stated, index: int) -> Signal | None:
        word, said = stated.words[index], reading.said
        dose = _dose(stated, index)
        odd = _odd_dose(word, dose) if dose else ""
        other = _other_indication(word, stated)
        wrong = 0.25 if other else 0.0
        if word.stem not in said.places:
            return Signal(self.name, 0.7, odd, word.text) if odd else None
        context = stated.around(index, index + 1, reach=9) - {w.stem for w in drugs(stated)}
        own = _fit(said, word.stem, context, dose)
        rivals = [
            _fit(said, name, context, dose, bonus=_missing(reading, stated, name))
            for name in {w.stem for w in said.words if w.drug} - {w.stem for w in drugs(stated)}
        ]
        best = max(rivals, key=lambda fit: fit.score, default=_Fit("", 0.0, 0))
        lead = best.score - own.score - (_LISTED if dose is None and _others(stated) else 0.0)
        lead = max(0.0, lead * _told(said, context, dose))
        strength = (0.35 + lead if lead else 0.0) + wrong + (0.4 if odd else 0.0)
        if not strength or (not lead and not odd and stem(other) in _VAGUE):
            return None
        why = f"{word.text} was said, but here {best.name} fits better." if lead else odd
        why = why or f"{word.text} is not usual for {other}."
        quote = said.quote(best.place if lead else own.place)
        return Signal(self.name, min(0.95, strength), why, quote)


def _told(said: Said, context: frozenset[str], dose: Amount | None) -> float:
    """How much the words around a medicine tell of it: a dose and two that were said, all."""
    known = sum(stem in said.places for stem in context)
    return min(1.0, (known + 2 * (dose is not None)) / _ENOUGH)


def _others(stated: Stated) -> bool:
    """Whether it lists several medicines: then no word around one is its own."""
    return len({word.stem for word in drugs(stated)}) > 1


def _dose(stated: Stated, index: int) -> Amount | None:
    """The amount that follows the medicine, or stands just before it."""
    after = [a for a in stated.amounts if 0 < a.start - index <= _AFTER and a.unit in DOSES]
    before = [a for a in stated.amounts if 0 < index - a.end <= 2 and a.unit in DOSES]  # noqa: PLR2004
    between = stated.words[index + 1 : after[0].start] if after else ()
    if after and not any(word.drug for word in between):
        return after[0]
    return before[0] if before else None


def _odd_dose(word: Word, dose: Amount) -> str:
    """Why the dose is none of this medicine, or ""."""
    medicine = medicines().get(word.stem)
    if medicine is None or not medicine.high or dose.unit not in _MILLIGRAMS:
        return ""
    amount = float(dose.value) * _MILLIGRAMS[dose.unit]
    if medicine.low <= amount <= medicine.high:
        return ""
    return f"{dose.written} {dose.unit} is no usual dose of {word.text}."


def _other_indication(word: Word, stated: Stated) -> str:
    """A problem that the statement, or its heading, names; "" if one of its own is named, too."""
    medicine = medicines().get(word.stem)
    if medicine is None or any(word.stem in _HARMS for word in stated.words):
        return ""
    near = (*words(stated.heading), *stated.words)
    named = {w.stem: w.text for w in near if w.stem in indications()}
    return "" if set(named) & medicine.indications else next(iter(named.values()), "")


def _fit(
    said: Said, name: str, context: frozenset[str], dose: Amount | None, bonus: float = 0.0
) -> _Fit:
    fits = (
        _Fit(name, _score(said, place, context, dose) + bonus, place) for place in said.places[name]
    )
    return max(fits, key=lambda fit: fit.score)


def _score(said: Said, place: int, context: frozenset[str], dose: Amount | None) -> float:
    likeness = said.likeness(context, place)
    if dose is None:
        return likeness
    dosed = any(
        abs(amount.start - place) <= _DOSED and dose.value in amount.values
        for amount in said.amounts
    )
    return 0.5 * likeness + (0.5 if dosed else 0.0)


def _missing(reading: Reading, stated: Stated, name: str) -> float:
    """A small bonus for a medicine that was said and stands nowhere else in the note."""
    elsewhere = (other for other in reading.stated if other is not stated)
    return 0.0 if any(name in other.telling for other in elsewhere) else 0.1
