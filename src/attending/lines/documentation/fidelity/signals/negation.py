"""Denied in the note and affirmed in the talk, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals import polarity
from attending.lines.documentation.fidelity.signals.lexicon import EXAMINED, FINDINGS
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.fidelity.signals.words import BODY, Word, stem

_ENDS = frozenset({",", ";", ".", "and", "or", "nor", "without", "but", "however"})
_LEAST = 0.55  # of an atom's weight that must be said in one place
_FEW, _LEAST_OF_MANY = 3, 0.45  # a long denial is seldom said in its own words
_VAGUE = frozenset(
    stem(word)
    for word in listed("""
    history symptom symptoms issue issues problem problems time day days week month year years today
    significant evidence complaint noted current currently recent recently past personal medical
    other additional new usual change changes associated any having feel feels feeling presents
    denies reports experiencing experienced experience notice noticed question questions concern
    concerns discuss discussed agree agrees understand understands call clinic contact consider
    considered recommend recommended order ordered suggest suggested treatment plan evaluation
    positive mild slight slightly moderate severe intermittent occasional occasionally continual
    presence general unintentional acute chronic unexplained frequent obvious some
    testing test findings diagnosis determine evaluate will see seen sign signs
    """)
)
_AFFIRMS = frozenset(
    {"reports", "reported", "endorses", "having", "has", "had", "experiencing", "taking", "feeling",
     "hearing", "admits", "notes", "states", "confirms", "seen", "noticed", "have"}
)  # fmt: skip
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
_UNLICENSED = frozenset(
    {"stop", "avoid", "if", "without", "no", "not", "denies", "should", "before"}
)
_DENYING = frozenset({"any", "anything", "anyone", "ever"})  # words of denials and questions
_HEDGES = frozenset(
    {
        "other",
        "additional",
        "new",
        "further",
        "previous",
        "issues",
        "issue",
        "problems",
        "problem",
        "trouble",
        "difficulty",
        "concerns",
    }
)
_SPOKEN_OF = {  # how else one speaks of a complaint
    "insomnia": ("sleep",), "hematuria": ("blood", "urinate"), "palpitation": ("pound", "rac", "beat"),
    "thyromegaly": ("thyroid",), "hematochezia": ("blood",), "melena": ("black", "dark"),
    "depress": ("mood", "sad"), "dysuria": ("urinate", "burn"), "weight loss": ("weight", "los"),
    "weight gain": ("weight", "gain"), "chest pain": ("chest",), "joint pain": ("joint",),
    "sputum": ("cough",), "myalgia": ("musc",), "murmur": ("heart",),
    "syncope": ("consc",), "dyspnea": ("breath", "breathe"), "erythema": ("rash",),
}  # fmt: skip
_UNSAID = 1.0  # the weight of a stem that was not said
_WORDING = "“Any” belongs to a denial; the statement affirms."
_DENIED, _AFFIRMED = 0.75, 0.45  # trust in what is no complaint: "has not been running"
_COVER_EACH = 3  # places that count, the closest


@dataclass(frozen=True)
class _Atom:
    """One thing that a statement affirms or denies."""

    stems: tuple[str, ...]
    sign: float
    written: str
    any: bool  # "reports any …": the wording of a denial, affirmed
    hedged: bool  # "issues with …" says nothing of whether it is there


@dataclass(frozen=True)
class _Votes:
    affirmed: float = 0.0
    denied: float = 0.0
    place: int = -1  # of the strongest vote against


class OtherPolarity:
    name: str = "negation"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        if stated.title:
            return None
        found = [self._doubt(reading, stated, atom) for atom in _atoms(stated)]
        if _unlicensed([word.text for word in stated.words]):
            found.append(Signal(self.name, 0.6, _WORDING, stated.claim.text))
        return max((s for s in found if s), key=lambda s: s.strength, default=None)

    def _doubt(self, reading: Reading, stated: Stated, atom: _Atom) -> Signal | None:
        votes = _votes(reading.said, stated, atom)
        against, agreeing = (
            (votes.denied, votes.affirmed) if atom.sign > 0 else (votes.affirmed, votes.denied)
        )
        written = _written(reading, stated, atom)
        trust = _trust(stated, atom)
        against *= trust
        against += (
            0.5 * written[0] + (0.8 if atom.any else 0.0) + _unspoken(reading.said, stated, atom)
        )
        agreeing += 0.5 * written[1]
        if against <= agreeing:
            return None
        strength = (0.5 + 0.5 * trust) * against / (against + 1.5 * agreeing + 0.33)
        what = "affirmed" if atom.sign > 0 else "denied"
        other = "denied" if atom.sign > 0 else "affirmed"
        why = f"“{atom.written}” is {what} here, but was {other} in the conversation."
        quote = reading.said.quote(votes.place) if votes.place >= 0 else ""
        return Signal(self.name, strength, why, quote)


def _trust(stated: Stated, atom: _Atom) -> float:
    """How far the opposite in the talk counts: most where a complaint is affirmed or denied."""
    if atom.hedged or stated.telling & _PLANS:
        return 0.35
    told = any(word.text in _TOLD for word in stated.words)
    found = (FINDINGS | EXAMINED) & set(atom.stems)
    if set(atom.stems) == {"pain"}:
        return 0.6  # which pain?
    return 1.0 if told or found else _DENIED if atom.sign < 0 else _AFFIRMED


def _unspoken(said: Said, stated: Stated, atom: _Atom) -> float:
    """A complaint that the patient is said to report, and that was never spoken of."""
    reports = any(word.text in _REPORTS for word in stated.words)
    known = FINDINGS | EXAMINED if reports else EXAMINED
    findings = [stem for stem in atom.stems if stem in known]
    if atom.sign < 0 or not findings:
        return 0.0
    spoken = (part in said.places for one in findings for part in (one, *_SPOKEN_OF.get(one, ())))
    return 0.0 if any(spoken) else 0.6


def _atoms(stated: Stated) -> Iterator[_Atom]:
    words = stated.words
    signs = polarity.written(words)
    words = words[: _while(words)]
    start = stated.label
    for end in range(start, len(words) + 1):
        if end < len(words) and not _parts(words, signs, end):
            continue
        if atom := _atom(words[start:end], signs[start:end]):
            yield atom
        start = end


def _while(words: Sequence[Word]) -> int:
    """The place where the circumstances begin, which are neither affirmed nor denied."""
    places = (
        p for p, w in enumerate(words) if w.text in ("while", "when", "during", "unless") and p
    )
    return next(places, len(words))


def _parts(words: Sequence[Word], signs: Sequence[float], place: int) -> bool:
    """Whether another atom begins at a word."""
    return words[place].text in _ENDS or signs[place] != signs[place - 1]


def _atom(words: Sequence[Word], signs: Sequence[float]) -> _Atom | None:
    telling = [p for p, w in enumerate(words) if w.telling and w.stem not in _VAGUE]
    if not telling or not signs[telling[0]] or all(words[p].stem in BODY for p in telling):
        return None
    stems = tuple(dict.fromkeys(words[p].stem for p in telling))
    sign = signs[telling[0]]
    texts = [word.text for word in words]
    return _Atom(
        stems, sign, " ".join(texts), sign > 0 and _unlicensed(texts), bool(_HEDGES & set(texts))
    )


def _unlicensed(texts: Sequence[str]) -> bool:
    """Whether "any" or "ever" stands right after a verb that affirms."""
    places = [place for place, text in enumerate(texts) if text in _DENYING and place]
    return any(texts[p - 1] in _AFFIRMS and not _UNLICENSED & set(texts[:p]) for p in places)


def _votes(said: Said, stated: Stated, atom: _Atom) -> _Votes:
    context = stated.telling - set(atom.stems) - _VAGUE
    known = [stem for stem in atom.stems if stem in said.places]
    if not known:
        return _Votes()
    total = sum(said.weight(stem) if stem in said.places else _UNSAID for stem in atom.stems)
    signs = said.signs
    least = _LEAST_OF_MANY if atom.sign < 0 and len(atom.stems) > _FEW else _LEAST
    found: list[tuple[float, float, int]] = []
    heads = [one for one in known if one in FINDINGS | EXAMINED or one == "pain"] or known
    for place in {place for head in heads for place in said.places[head]}:
        cover = sum(said.weight(s) * said.closeness(s, place) for s in known) / total
        if cover >= least and not _other_side(said, atom, place):
            near = 0.6 + 0.4 * said.likeness(context, place) if context else 1.0
            sign = min(signs[p] for p in _beside(said, heads, place))
            found.append((near * cover * cover, sign, place))
    return _sum(found, atom)


def _beside(said: Said, stems: Sequence[str], place: int) -> list[int]:
    """The places of the stems right around a place, itself among them."""
    return [p for p in said.near(place, 4) if said.words[p].stem in stems]


def _other_side(said: Said, atom: _Atom, place: int) -> bool:
    """Whether the other side of the body was spoken of there."""
    for side, other in (("left", "right"), ("right", "left")):
        if side in atom.stems:
            near = {said.words[p].text for p in said.near(place, 8)}
            return other in near and side not in near
    return False


def _sum(found: Sequence[tuple[float, float, int]], atom: _Atom) -> _Votes:
    affirmed = sorted((share * sign for share, sign, _ in found if sign > 0), reverse=True)
    denied = sorted((-share * sign for share, sign, _ in found if sign < 0), reverse=True)
    against = [(abs(share * sign), place) for share, sign, place in found if sign * atom.sign < 0]
    place = max(against, default=(0.0, -1))[1]
    return _Votes(sum(affirmed[:_COVER_EACH]), sum(denied[:_COVER_EACH]), place)


def _written(reading: Reading, stated: Stated, atom: _Atom) -> tuple[int, int]:
    """How many other statements say the opposite of the same, and how many the same."""
    others = [
        other.sign
        for claim in reading.stated
        if claim is not stated and set(atom.stems) <= claim.telling
        for other in _atoms(claim)
        if set(other.stems) == set(atom.stems)
    ]
    against = sum(sign != atom.sign for sign in others)
    return min(against, 1), min(len(others) - against, 1)
