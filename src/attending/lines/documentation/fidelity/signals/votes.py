"""What a talk says of one thing: how far it affirms it, and how far it denies it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attending.core.speech import Role
from attending.lines.documentation.fidelity.signals.atoms import (
    FOUND,
    PAIN,
    VAGUE,
    Atom,
    of_family,
)
from attending.lines.documentation.fidelity.signals.reading import Said, Stated
from attending.lines.documentation.fidelity.signals.words import BODY, stem, telling

_LEAST = 0.55  # of an atom's weight that must be said in one place
_FEW, _LEAST_OF_MANY = 3, 0.45  # a long denial is seldom said in its own words
_UNSAID = 1.0  # the weight of a stem that was not said
_COVER_EACH = 3  # places that count, the closest
_SELDOM = 2  # times that a word was said
_NEAR = 8  # words around a place that say of what, and of whom, it is said
_STATED = 0.95  # affirmed outright, not by an answer
_NOT_TOLD = 0.5  # what counts of the clinician's own words against what the patient told
_LATER = 0.4  # and against what is said of former times
_SIDES = (
    ("left", "right"), ("lateral", "medial"), ("upper", "lower"), ("anterior", "posterior"),
)  # fmt: skip
_ELSEWHERE = 0.4  # what counts of a place that speaks of another part, or another person


@dataclass(frozen=True)
class Votes:
    """``against`` and ``agreeing``: of the place that says so most surely, 0..1.

    more: what further places add against it, 0..2. like: how much of the statement's other words
    was said beside the strongest vote against, 0..1. place: where that was said, or -1.
    seldom: whether its words were said once or twice in all.
    """

    against: float = 0.0
    more: float = 0.0
    agreeing: float = 0.0
    like: float = 0.0
    place: int = -1
    seldom: bool = False


@dataclass(frozen=True)
class _Vote:
    share: float  # how surely it is this that was spoken of, 0..1
    sign: float
    place: int

    @property
    def sure(self) -> float:
        return self.share * abs(self.sign)


def votes(said: Said, stated: Stated, atom: Atom) -> Votes:
    known = [stem for stem in atom.stems if stem in said.places]
    if not known:
        return Votes()
    heads = [one for one in known if one in FOUND] or known
    places = {place for head in heads for place in said.places[head]}
    context = telling(stated.words[stated.label :]) - set(atom.stems) - VAGUE
    found = [
        _Vote(share, min(said.signs[p] for p in _beside(said, heads, place)), place)
        for place in places
        if (share := _share(said, atom, known, context, place)) > 0
    ]
    against = _surest(vote for vote in found if vote.sign * atom.sign < 0)
    agreeing = _surest(vote for vote in found if vote.sign * atom.sign > 0)
    if not against:
        return Votes(agreeing=agreeing[0].sure if agreeing else 0.0)
    return Votes(
        against[0].sure,
        sum(vote.sure for vote in against[1:_COVER_EACH]),
        agreeing[0].sure if agreeing else 0.0,
        said.likeness(context, against[0].place),
        against[0].place,
        sum(len(said.places[stem]) for stem in known) <= _SELDOM * len(atom.stems),
    )


def _surest(found: Iterable[_Vote]) -> list[_Vote]:
    return sorted(found, key=lambda vote: (-vote.sure, vote.place))


def _share(
    said: Said, atom: Atom, known: Sequence[str], context: frozenset[str], place: int
) -> float:
    total = sum(said.weight(stem) if stem in said.places else _UNSAID for stem in atom.stems)
    cover = sum(said.weight(stem) * said.closeness(stem, place) for stem in known) / total
    least = _LEAST_OF_MANY if atom.sign < 0 and len(atom.stems) > _FEW else _LEAST
    if cover < least or _other_side(said, atom, place):
        return 0.0
    likeness = said.likeness(context, place)
    near = 0.6 + 0.4 * likeness if context else 1.0
    if set(atom.stems) == {PAIN}:
        near = 0.3 + 0.7 * likeness
    return near * cover * cover * _of_this(said, atom, place) * _told(said, atom, place)


def _told(said: Said, atom: Atom, place: int) -> float:
    """Less where a clinician states it outright, and the note says what the patient told."""
    clinician = said.roles[said.turn_of[place]] is Role.CLINICIAN
    if not clinician or said.signs[place] < _STATED or not (atom.told or atom.past):
        return 1.0
    return _NOT_TOLD * (_LATER if atom.past and atom.sign < 0 else 1.0)


def _of_this(said: Said, atom: Atom, place: int) -> float:
    """Less where another part of the body, or another person, is spoken of."""
    turn = said.turn_of[place]
    around = [said.words[p] for p in said.near(place, _NEAR) if said.turn_of[p] == turn]
    share = _ELSEWHERE if of_family(around) != atom.relative else 1.0
    sites = {word.stem for word in around} & BODY
    return share * _ELSEWHERE if sites and atom.sites and not sites & atom.sites else share


def _beside(said: Said, stems: Sequence[str], place: int) -> list[int]:
    """The places of the stems right around a place, itself among them."""
    return [p for p in said.near(place, 4) if said.words[p].stem in stems]


def _other_side(said: Said, atom: Atom, place: int) -> bool:
    """Whether the other side of the body, or of a part, was spoken of there."""
    near = {said.words[p].text for p in said.near(place, _NEAR)}
    for pair in _SIDES:
        for side, other in (pair, pair[::-1]):
            if stem(side) in atom.stems and other in near and side not in near:
                return True
    return False
