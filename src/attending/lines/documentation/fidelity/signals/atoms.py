"""What a statement affirms and denies, thing by thing: "Denies cough, reports some fever"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from attending.lines.documentation.fidelity.signals import polarity
from attending.lines.documentation.fidelity.signals.kinship import KIN
from attending.lines.documentation.fidelity.signals.lexicon import EXAMINED, FINDINGS
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.reading import Stated
from attending.lines.documentation.fidelity.signals.words import BODY, Word, stem

PAIN = "pain"  # said of so much that it needs its context
FOUND = FINDINGS | EXAMINED | {PAIN}
_ENDS = frozenset({",", ";", ".", "and", "or", "nor", "without", "but", "however"})
VAGUE = frozenset(
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
    previous previously prior yet specific anything further ever area region aspect
    """)
)
_AFFIRMS = frozenset(
    {"reports", "reported", "endorses", "having", "has", "had", "experiencing", "taking", "feeling",
     "hearing", "admits", "notes", "states", "confirms", "seen", "noticed", "have"}
)  # fmt: skip
_LISTS = _AFFIRMS | {"endorsed", "positive", "complains", "describes", "with"}
_UNLICENSED = frozenset(
    {"stop", "avoid", "if", "without", "no", "not", "denies", "should", "before"}
)
_DENYING = frozenset({"any", "anything", "anyone", "ever"})  # words of denials and questions
_HEDGES = frozenset(
    listed("other additional new further issues issue problems problem trouble difficulty concerns")
)
_PAST = frozenset(listed("ever never previous previously prior past before history"))
_TOLD = frozenset(listed("denies denied reports reported endorses endorsed admits complains"))
_WITH = 4  # words after a "with" that may be what is found
_FAMILY = KIN | {"famil", "par", "sibl"}


@dataclass(frozen=True)
class Atom:
    """One thing that a statement affirms or denies.

    sign: -1 denied, 1 affirmed. any: "reports any …", "has a or b": the wording of a denial, affirmed.
    hedged: "issues with …" says nothing of whether it is there. sites: the parts of the body
    that it stands beside. relative: whether it is said of somebody of the family. told: whether
    it stands as what the patient told. past: whether it speaks of former times.
    """

    stems: tuple[str, ...]
    sign: float
    written: str
    any: bool
    hedged: bool
    sites: frozenset[str] = frozenset()
    relative: bool = False
    told: bool = False
    past: bool = False


def atoms(stated: Stated) -> Iterator[Atom]:
    words = stated.words
    signs = polarity.written(words)
    words = words[: _while(words)]
    start, either = stated.label, _either(words, signs)
    for end in range(start, len(words) + 1):
        if end < len(words) and not _parts(words, signs, end):
            continue
        if atom := _atom(words, signs, start, end):
            yield replace(atom, any=True) if either and _complaint(atom) else atom
        start = end


def unlicensed(texts: Sequence[str]) -> bool:
    """Whether "any" or "ever" stands right after a verb that affirms."""
    places = [place for place, text in enumerate(texts) if text in _DENYING and place]
    return any(texts[p - 1] in _AFFIRMS and not _UNLICENSED & set(texts[:p]) for p in places)


def _either(words: Sequence[Word], signs: Sequence[float]) -> bool:
    """Whether complaints are affirmed in a list with "or", as denials list them."""
    for place, word in enumerate(words):
        before, after = words[max(0, place - _WITH + 1) : place], words[place + 1 : place + _WITH]
        if word.text == "or" and signs[place] > 0 and _found(before) and _found(after):
            return any(each.text in _LISTS for each in words[:place])
    return False


def _found(words: Sequence[Word]) -> bool:
    return any(word.stem in FOUND for word in words)


def _complaint(atom: Atom) -> bool:
    return atom.sign > 0 and bool(FOUND & set(atom.stems))


def of_family(words: Sequence[Word]) -> bool:
    return any(word.stem in _FAMILY for word in words)


def _while(words: Sequence[Word]) -> int:
    """The place where the circumstances begin, which are neither affirmed nor denied."""
    places = (
        p for p, w in enumerate(words) if w.text in ("while", "when", "during", "unless") and p
    )
    return next(places, len(words))


def _parts(words: Sequence[Word], signs: Sequence[float], place: int) -> bool:
    """Whether another atom begins at a word."""
    if words[place].text == "with":
        return _found(words[place + 1 : place + _WITH])
    return words[place].text in _ENDS or signs[place] != signs[place - 1]


def _atom(words: Sequence[Word], signs: Sequence[float], start: int, end: int) -> Atom | None:
    telling = [p for p in range(start, end) if words[p].telling and words[p].stem not in VAGUE]
    if not telling or not signs[telling[0]] or all(words[p].stem in BODY for p in telling):
        return None
    sign = signs[telling[0]]
    texts = [word.text for word in words[start:end]]
    return Atom(
        tuple(dict.fromkeys(words[p].stem for p in telling)),
        sign,
        " ".join(texts),
        sign > 0 and unlicensed(texts),
        bool(_HEDGES & set(texts)),
        frozenset(word.stem for word in words[:end]) & BODY,
        of_family(words[:end]),
        any(word.text in _TOLD for word in words[:end]),
        any(word.text in _PAST for word in words[max(0, start - _WITH) : end]),
    )
