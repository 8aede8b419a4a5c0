"""Text as words that can be compared: lower case, without endings, synonyms made one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from attending.lines.documentation.drugs import COMBINED, generic
from attending.lines.documentation.fidelity.signals.lexicon import SYNONYMS
from attending.lines.documentation.fidelity.signals.listed import listed

_TOKEN = re.compile(
    r"\d+(?:,\d{3})+(?!\d)|\d+\.\d+|\.\d+|\d+|[a-zµ]+\d+[a-z\d]*|[a-zµ]+(?:'[a-z]+)?|[.,;:?!/%+]"
)
_DECIMAL = re.compile(r"(\d)\s+(\.\d)")  # a recogniser writes "98 .4"
_NOT = re.compile(r"\s?n't\b")
_CODE = re.compile(r"\b([a-z]{1,5})-(\d+)\b")  # COVID-19, B-12, CA-125: names, no quantities
_LEVEL = re.compile(r"\b([clts]\d{1,2})(?:-|/)([clts]?\d{1,2})\b")  # of the spine: C5-6, L5-S1
_CONTRACTED = {
    "can't": "can not", "won't": "will not", "cannot": "can not", "gonna": "going to",
    "unable": "not able", "afebrile": "no fever", "nontender": "not tender",
    "nondistended": "not distended",
}  # fmt: skip
_CONTRACTION = re.compile(
    r"\b(?:ca ?n't|wo ?n't|cannot|gon ?na|unable|afebrile|non[ -]?(?:tender|distended))\b"
)

STOP = frozenset(
    listed("""
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could d did do does doing done down during each few for from further
    get gets getting go goes going gonna gone got had has have having he her here hers him his how
    i if in into is it its just kind know let like ll look m made make makes making me mean more
    most much my na nor now of off oh okay ok on once one only or other our out over own patient
    re really right s said same say says see she should so some still such sure take takes taking
    than that the their them then there these they thing things think this those through to too
    um uh under until up us ve very want was we well went were what when where which while who
    will with would yeah yes you your yours doctor hey alright actually maybe may might today
    mr mrs ms dr however additionally regarding therefore since upon per via whether although
    medical treatment reasoning education counseling agreements testing
    report reports reported reporting deny denies denied denying note notes noted endorse endorses
    endorsed state states stated admit admits continue continues no not without never none
    """)
)
_SUFFIXES = (
    "ations", "ation", "ically", "ingly", "ments", "ment", "ness", "ings", "ing", "edly", "ities",
    "ity", "ions", "ion", "ies", "ied", "ally", "ers", "est", "ed", "er", "es", "al", "ly", "ic",
    "ia", "y", "s", "e",
)  # fmt: skip
_IRREGULAR = {
    "tender": "tender", "tenderness": "tender", "fell": "fall", "fallen": "fall", "broke": "break", "broken": "break", "hurts": "hurt",
    "feet": "foot", "teeth": "tooth", "women": "woman", "men": "man", "children": "child",
    "ate": "eat", "eaten": "eat", "slept": "sleep", "felt": "feel", "took": "take",
    "taken": "take", "gave": "give", "given": "give", "told": "tell", "ran": "run", "saw": "see",
    "seen": "see", "began": "begin", "begun": "begin", "lost": "lose", "worse": "worsen",
    "drank": "drink", "kept": "keep", "diagnoses": "diagnos", "diagnosis": "diagnos",
    "diagnosed": "diagnos", "diagnose": "diagnos", "worst": "worsen", "worsened": "worsen",
    "worsening": "worsen", "bought": "buy", "brought": "bring", "grew": "grow", "woke": "wake",
}  # fmt: skip
_SHORTEST = 3  # letters that a stem keeps
_LONGEST = max(len(phrase) for phrase in SYNONYMS)


@dataclass(frozen=True)
class Word:
    """One word, number or mark. ``stem``: what is compared; "" for marks."""

    text: str
    stem: str
    drug: bool = False  # then the stem is the generic name

    @property
    def telling(self) -> bool:
        """Whether it carries meaning of its own; a number does not."""
        return bool(self.stem) and self.stem not in _STOP_STEMS and not self.text[0].isdigit()


@cache
def stem(word: str) -> str:
    """A word without its ending: "coughing", "coughed" and "coughs" are one."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST:
            short = word[: -len(suffix)]
            doubled = len(short) > _SHORTEST and short[-1] == short[-2] and short[-1] not in "lsz"
            return short[:-1] if doubled else short
    return word


_STOP_STEMS = STOP | frozenset(stem(word) for word in STOP)


# Parts of the body that have a side, and what is found there.
BODY = frozenset(
    stem(part)
    for part in listed("""
    head eyes nose neck throat chest breast heart lung back abdomen flank side arm elbow wrist hand
    finger thumb shoulder hip leg knee ankle foot toe skin kidney joint muscle groin thigh calf shin
    heel ear cheek jaw tooth temple temporal scalp rib quadrant lobe base ventricle ventricular
    atrium atrial ovary adnexal testicle tonsil forearm bicep tricep clavicle patella femur femoral
    tibia fibula humerus extremity extremities costovertebral sinus nostril buttock axilla armpit
    pelvis malleolus metatarsal phalanx index middle ring acl mcl meniscus ligament cuff carotid
    border lesion mass stone bruit hemisphere breasts eye ears kidneys murmur hernia
    """)
)


def words(text: str) -> tuple[Word, ...]:
    """The words of a text with its marks, synonyms made one ("short of breath": dyspnea)."""
    return tuple(_made(text))


def telling(found: Sequence[Word]) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return frozenset(word.stem for word in found if word.telling)


@cache
def _phrases() -> dict[tuple[str, ...], str]:
    return {tuple(stem(part) for part in phrase): name for phrase, name in SYNONYMS.items()}


def _tokens(text: str) -> list[str]:
    plain = _DECIMAL.sub(r"\1\2", text.lower().replace("’", "'").replace("‘", "'"))
    plain = _CONTRACTION.sub(lambda match: _CONTRACTED[re.sub("[ -]", "", match.group())], plain)
    plain = _LEVEL.sub(r"\1x\2", _CODE.sub(r"\1\2", _NOT.sub(" not", plain))).replace("-", " ")
    return [part for found in _TOKEN.findall(plain) for part in _parts(found)]


def _parts(token: str) -> Iterator[str]:
    head, mark, tail = token.partition("'")
    yield head
    if mark and tail != "s":
        yield "'" + tail


def _plain(token: str) -> Word:
    if not token[0].isalpha():
        return Word(token.replace(",", "") if len(token) > 1 else token, "")
    name = _named(token)
    return Word(token, name, drug=True) if name else Word(token, stem(token))


@cache
def _named(token: str) -> str:
    """The generic name, if the word names a medicine."""
    if token in COMBINED:
        return COMBINED[token]
    return (generic(token) or generic(token.removesuffix("s")) or "").lower()


def _made(text: str) -> Iterator[Word]:
    tokens = _tokens(text)
    stems = [stem(token) for token in tokens]
    index, phrases = 0, _phrases()
    while index < len(tokens):
        for length in range(min(_LONGEST, len(tokens) - index), 0, -1):
            name = phrases.get(tuple(stems[index : index + length]))
            if name is not None:
                yield Word(" ".join(tokens[index : index + length]), name)
                index += length
                break
        else:
            yield _plain(tokens[index])
            index += 1
