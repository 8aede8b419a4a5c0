"""Denied in the note and affirmed in the talk, or the other way round."""

from __future__ import annotations

from collections.abc import Mapping

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.atoms import (
    FOUND,
    PAIN,
    Atom,
    atoms,
    unlicensed,
)
from attending.lines.documentation.fidelity.signals.lexicon import EXAMINED, FINDINGS
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.fidelity.signals.votes import Votes, votes
from attending.lines.documentation.fidelity.signals.words import stem

_REPORTS = frozenset(
    {"reports", "endorses", "positive", "reported", "endorsed", "admits", "complains"}
)
_TOLD = _REPORTS | {"denies", "denied", "negative", "no", "evidence", "some"}
_PLANS = frozenset(
    stem(word)
    for word in listed(
        "recommend advise advised encourage encouraged instructed prescribe refer schedule follow plan order"
    )
)
_SPOKEN_OF = {  # how else one speaks of a complaint
    "insomnia": ("sleep",), "hematuria": ("blood", "urinate"), "palpitation": ("pound", "rac", "beat"),
    "thyromegaly": ("thyroid",), "hematochezia": ("blood",), "melena": ("black", "dark"),
    "depress": ("mood", "sad"), "dysuria": ("urinate", "burn"), "weight loss": ("weight", "los"),
    "weight gain": ("weight", "gain"), "chest pain": ("chest",), "joint pain": ("joint",),
    "sputum": ("cough",), "myalgia": ("musc",), "murmur": ("heart",),
    "syncope": ("consc",), "dyspnea": ("breath", "breathe"), "erythema": ("rash",),
}  # fmt: skip
_WORDING = "It is worded as a denial, with “any” or “or”; the statement affirms."
# Log-odds, fitted once to what notes of the training and validation visits affirm and deny, true
# and turned round in several wordings; rounded.
_SURE = 5.0  # log-odds of a doubt that is as good as certain
_LEAST = 0.15  # a doubt that is worth telling
_HEARD = 0.3  # a vote that counts as one


class OtherPolarity:
    name: str = "negation"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        if stated.title:
            return None
        found = [self._doubt(reading, stated, atom) for atom in atoms(stated)]
        if unlicensed([word.text for word in stated.words]):
            found.append(Signal(self.name, 0.6, _WORDING, stated.claim.text))
        return max((s for s in found if s), key=lambda s: s.strength, default=None)

    def _doubt(self, reading: Reading, stated: Stated, atom: Atom) -> Signal | None:
        told = votes(reading.said, stated, atom)
        strength = min(1.0, _odds(reading, stated, atom, told) / _SURE)
        if strength < _LEAST:
            return None
        what = "affirmed" if atom.sign > 0 else "denied"
        other = "denied" if atom.sign > 0 else "affirmed"
        why = f"“{atom.written}” is {what} here, but was {other} in the conversation."
        if told.place < 0:
            why = _WORDING if atom.any else _elsewhere(reading, stated, atom)
        quote = reading.said.quote(told.place) if told.place >= 0 else ""
        return Signal(self.name, strength, why, quote)


def _elsewhere(reading: Reading, stated: Stated, atom: Atom) -> str:
    """Why it is doubted where nobody said the opposite."""
    if _written(reading, stated, atom)[0]:
        return f"The note says the opposite of “{atom.written}” elsewhere."
    return f"Nobody spoke of “{atom.written}”."


def _odds(reading: Reading, stated: Stated, atom: Atom, told: Votes) -> float:
    """How much likelier than before the note is wrong here, in log-odds."""
    found = bool(FOUND & set(atom.stems)) and atom.sign > 0
    weight = (
        _trust(stated, atom)
        + 1.2 * (len(atom.stems) > 1)
        + 1.0 * told.like
        + 1.7 * told.seldom
        + 1.4 * found
    )
    against, agreeing = _written(reading, stated, atom)
    return (
        told.against * weight
        + 1.1 * (told.against > _HEARD)
        + 0.8 * told.more
        - 2.0 * told.agreeing
        - 0.5 * (told.agreeing > _HEARD)
        + 1.9 * against
        - 1.4 * agreeing
        + 3.1 * atom.any
        + _unspoken(reading.said, stated, atom)
    )


def _trust(stated: Stated, atom: Atom) -> float:
    """How far the opposite in the talk counts: most where it is said of a complaint."""
    if set(atom.stems) == {PAIN}:
        return 0.9
    told = any(word.text in _TOLD for word in stated.words)
    planned = atom.hedged or bool(stated.telling & _PLANS)
    return 0.6 if not planned and (told or FOUND & set(atom.stems)) else 0.4


def _unspoken(said: Said, stated: Stated, atom: Atom) -> float:
    """A complaint that the patient is said to report, and that was never spoken of."""
    reports = any(word.text in _REPORTS for word in stated.words)
    known = FINDINGS | EXAMINED if reports else EXAMINED
    findings = [stem for stem in atom.stems if stem in known]
    if atom.sign < 0 or not findings:
        return 0.0
    spoken = (part in said.places for one in findings for part in (one, *_SPOKEN_OF.get(one, ())))
    return 0.0 if any(spoken) else 2.4


def _written(reading: Reading, stated: Stated, atom: Atom) -> tuple[int, int]:
    """How many other statements say the opposite of the same, and how many the same."""
    others = [
        other.sign
        for claim in reading.stated
        if claim is not stated and set(atom.stems) <= claim.telling
        for other in atoms(claim)
        if set(other.stems) == set(atom.stems)
    ]
    against = sum(sign != atom.sign for sign in others)
    return min(against, 1), min(len(others) - against, 1)
