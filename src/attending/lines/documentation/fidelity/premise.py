"""The premise: the few words of a conversation that a claim is judged against.

A judge reads at most a few hundred tokens, so it gets what shares the rarest words with
the claim, and with a question its answer. Training and judging use this same choice.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.quantities import in_figures

WORDS = 110  # of a premise, about
ENOUGH = 40  # words, after which what adds little is left out
FAINT = 0.2  # of what the best unit tells
LONGEST_UNIT = 26  # words; an unpunctuated monologue is cut there
_SHORT_ANSWER = 7  # words, up to which an answer means nothing without its question
_SPLIT = re.compile(r"(?<=[.?!])\s+")
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_PUNCTUATED = re.compile(r"\s+([.,?!])")
_APART = re.compile(r"\b(do|does|did|is|was|are|were|have|has|had|would|could|should|ca|wo) n't\b")
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "she",
        "so",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "was",
        "we",
        "were",
        "what",
        "when",
        "which",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
        "yeah",
        "okay",
        "uh",
        "um",
        "mm",
        "hmm",
        "patient",
        "reports",
        "states",
        "notes",
        "no",
        "not",
        "any",
        "denies",
        "endorses",
    ]
)
# What notes write, beside what people say. Both become the first of their row.
_SAME = (
    ("breath", "dyspnea", "breathing", "dyspneic", "breathless"),
    ("pressure", "hypertension", "hypertensive"),
    ("sugar", "glucose", "diabetes", "diabetic", "a1c"),
    ("vomit", "emesis", "vomiting", "threw", "throwing"),
    ("belly", "abdomen", "abdominal", "stomach", "tummy"),
    ("swelling", "edema", "swollen", "swell"),
    (
        "pain",
        "tenderness",
        "tender",
        "hurt",
        "hurts",
        "hurting",
        "ache",
        "aching",
        "sore",
        "painful",
    ),
    ("pee", "urinary", "urine", "urination", "urinate", "dysuria"),
    ("period", "menstrual", "menses", "menstruation"),
    ("depressed", "depression", "depressive"),
    ("heart", "cardiac", "cardiovascular"),
    ("lung", "pulmonary", "respiratory", "chest"),
    ("kidney", "renal", "nephropathy"),
    ("liver", "hepatic"),
    ("skin", "dermatologic", "rash"),
    ("fever", "febrile", "temperature", "chills"),
    ("tired", "fatigue", "fatigued", "exhausted", "energy", "tiredness", "malaise"),
    ("dizzy", "dizziness", "lightheaded", "lightheadedness", "vertigo"),
    ("bowel", "stool", "stools", "constipation", "constipated", "diarrhea"),
    ("operation", "surgery", "surgical", "surgeries", "operated"),
    ("shot", "vaccine", "vaccination", "vaccinated", "immunization", "injection"),
    ("smoke", "smoking", "smoker", "tobacco", "cigarettes", "cigarette"),
    ("drink", "alcohol", "drinking", "beer", "wine"),
    ("numb", "numbness", "tingling", "paresthesia"),
    ("cholesterol", "hyperlipidemia", "lipid", "statin"),
    ("thyroid", "hypothyroidism", "hyperthyroidism"),
    ("xray", "radiograph", "radiographs", "imaging"),
    ("mom", "mother", "maternal"),
    ("dad", "father", "paternal"),
    ("kids", "children", "child", "kid", "son", "daughter"),
    ("doctor", "physician", "provider"),
    ("medicine", "medication", "medications", "medicines", "meds", "pill", "pills"),
    ("test", "tests", "labs", "lab", "bloodwork"),
    ("stop", "discontinue", "discontinued", "stopped"),
    ("begin", "start", "started", "initiate", "initiated", "began"),
    ("walk", "ambulate", "ambulation", "gait", "walking"),
    ("allergy", "allergies", "allergic"),
    ("weight", "obesity", "overweight", "pounds"),
    ("sleep", "insomnia", "sleeping", "asleep"),
    ("worry", "anxiety", "anxious", "worried", "nervous"),
    ("bend", "flexion", "bending", "motion"),
    ("reflux", "heartburn", "gerd"),
    ("arthritis", "joint", "joints", "osteoarthritis"),
    ("throat", "pharynx", "pharyngeal"),
    ("nose", "nasal", "congestion", "congested", "stuffy"),
    ("cough", "coughing"),
    ("week", "weeks"),
    ("month", "months"),
    ("year", "years"),
    ("day", "days", "daily"),
)
_CANON = {word: row[0] for row in _SAME for word in row}


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """What word forms share: enough to find words again, no more."""
    if word in _CANON:
        return _CANON[word]
    for ending in ("ations", "ation", "ings", "ing", "ness", "ies", "ied", "ed", "es", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3:  # noqa: PLR2004 - a stem
            return word[: -len(ending)]
    return word


def stems(text: str) -> frozenset[str]:
    """The telling words of a text, in the form in which note and talk are compared."""
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP)


def spoken(text: str) -> str:
    """Words as a judge reads them: lower case, numbers in figures, no blanks before signs."""
    joined = _APART.sub(r"\1n't", _PUNCTUATED.sub(r"\1", text.lower().replace("’", "'")))
    return " ".join(in_figures(joined).split())


@dataclass(frozen=True)
class Unit:
    """A sentence of a turn, or a stretch of an unpunctuated one."""

    role: Role
    text: str

    @cached_property
    def stems(self) -> frozenset[str]:
        return stems(self.text)

    @cached_property
    def words(self) -> int:
        return len(self.text.split())


def units(turns: Sequence[Turn]) -> tuple[Unit, ...]:
    """A conversation in the pieces of which premises are made."""
    return tuple(Unit(turn.role, piece) for turn in turns for piece in _pieces(spoken(turn.text)))


def _pieces(text: str) -> Iterator[str]:
    for sentence in _SPLIT.split(text):
        words = sentence.split()
        count = max(1, math.ceil(len(words) / LONGEST_UNIT))
        size = math.ceil(len(words) / count)
        for start in range(0, len(words), max(1, size)):
            yield " ".join(words[start : start + size])


class Premises:
    """Chooses premises from one conversation."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._units = units(turns)
        seen = Counter(stem for unit in self._units for stem in unit.stems)
        self._rarity = {
            stem: math.log(1 + len(self._units) / count) for stem, count in seen.items()
        }
        self._holding: dict[str, list[int]] = {}
        for index, unit in enumerate(self._units):
            for stem in unit.stems:
                self._holding.setdefault(stem, []).append(index)

    def of(self, claim: str, words: int = WORDS) -> str:
        """The premise for a claim, in order of time, each change of speaker marked."""
        chosen = self._chosen(stems(spoken(claim)), words)
        return told([self._units[index] for index in sorted(chosen)])

    def _chosen(self, wanted: frozenset[str], words: int) -> set[int]:
        left = {index for stem in wanted for index in self._holding.get(stem, ())}
        chosen: set[int] = set()
        covered: Counter[str] = Counter()
        length, first = 0, 0.0
        while left and length < words:
            best = max(left, key=lambda index: (self._gain(index, wanted, covered), -index))
            gain = self._gain(best, wanted, covered)
            first = first or gain
            if length >= ENOUGH and gain < first * FAINT:
                break
            left.remove(best)
            fresh = {best, *self._needed(best)} - chosen
            chosen |= fresh
            length += sum(self._units[index].words for index in fresh)
            covered.update(wanted & self._units[best].stems)
        return chosen

    def _gain(self, index: int, wanted: frozenset[str], covered: Counter[str]) -> float:
        """What is told that was not told yet counts whole, what was told once a third."""
        unit = self._units[index]
        shared = wanted & unit.stems
        # Exact, so that a tie is one in whatever order a process holds its sets.
        return math.fsum(self._rarity[stem] / (1 + 2 * covered[stem]) for stem in shared)

    def _needed(self, index: int) -> tuple[int, ...]:
        """A question is read with its answer, a short answer with its question."""
        unit = self._units[index]
        before = index - 1 if index and unit.words <= _SHORT_ANSWER else None
        after = index + 1 if index + 1 < len(self._units) and _asks(unit) else None
        return tuple(each for each in (before, after) if each is not None)


def _asks(unit: Unit) -> bool:
    return unit.text.endswith("?") or (
        unit.role is Role.CLINICIAN and re.match(_QUESTION, unit.text) is not None
    )


_QUESTION = r"(?:and |so |okay |now |well )*(?:any|do|does|did|have|has|are|is|was|were|how|what|when|where|can)\b"
_MARKS = {Role.CLINICIAN: "doctor:", Role.PATIENT: "patient:", Role.UNKNOWN: "speaker:"}


def told(units: Sequence[Unit]) -> str:
    """As a judge reads it: each change of speaker is marked."""
    parts: list[str] = []
    role: Role | None = None
    for unit in units:
        parts += ([_MARKS[unit.role]] if unit.role is not role else []) + [unit.text]
        role = unit.role
    return " ".join(parts)
