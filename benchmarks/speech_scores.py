"""Comparing what was heard with what was said: words, medicines, negations, speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from attending.core.speech import Role, Transcript, Utterance
from attending.lines.documentation.drugs import drugs_in

STEP = 0.01  # seconds between two looks at who speaks
_NUMBERS = {
    word: str(number)
    for number, word in (
        *enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight")),
        *enumerate(("nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"), 9),
        *enumerate(("sixteen", "seventeen", "eighteen", "nineteen", "twenty"), 16),
        *((30, "thirty"), (40, "forty"), (50, "fifty"), (60, "sixty"), (70, "seventy")),
        *((80, "eighty"), (90, "ninety")),
    )
}
_NEGATIONS = frozenset({"no", "not", "never", "none", "without", "nothing", "neither", "nor"})
_WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")


@dataclass(frozen=True)
class Said:
    """One word that was said, by whom."""

    word: str
    role: str


@dataclass(frozen=True)
class Heard:
    """One word that was heard, to whom it was given, and for how long it lasted."""

    word: str
    role: str
    seconds: float


@dataclass(frozen=True)
class Score:
    """Counts, so that several recordings can be added up."""

    words: int
    errors: int
    drugs: int
    drugs_heard: int
    negations: int
    negations_heard: int


def words(text: str) -> list[str]:
    """Lower case, without punctuation, simple numbers as digits."""
    return [each.word for each in _with_digits(Heard(word, "", 0.0) for word in _tokens(text))]


def said(turns: Iterable[tuple[str, str]]) -> list[Said]:
    """``turns``: role and text of each."""
    return [Said(word, role) for role, text in turns for word in words(text)]


def heard(transcript: Transcript) -> list[Heard]:
    return [each for utterance in transcript.utterances for each in _heard(utterance)]


def score(truth: Sequence[Said], found: Sequence[Heard]) -> Score:
    """Recall asks for the word at its place: a "no" elsewhere makes up for nothing."""
    pairs = aligned([s.word for s in truth], [h.word for h in found])
    right = {i for i, j in pairs if j is not None and truth[i].word == found[j].word}
    errors = len(truth) - len(right) + len(found) - sum(j is not None for _, j in pairs)
    drugs = {i for i, s in enumerate(truth) if drugs_in(s.word)}
    negations = {i for i, s in enumerate(truth) if _negates(s.word)}
    return Score(
        len(truth), errors, len(drugs), len(drugs & right), len(negations), len(negations & right)
    )


def aligned(said: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int | None]]:
    """For each word that was said, the index of the one that was heard for it, if any."""
    cost = np.zeros((len(said) + 1, len(heard) + 1), dtype=np.int32)
    cost[:, 0], cost[0, :] = np.arange(len(said) + 1), np.arange(len(heard) + 1)
    for i, word in enumerate(said, 1):
        for j, other in enumerate(heard, 1):
            swapped = cost[i - 1, j - 1] + (word != other)
            cost[i, j] = min(swapped, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    return _walked_back(cost, said, heard)


def speaker_time_wrong(turns: Sequence[tuple[Role, float, float]], found: Transcript) -> float:
    """Share of the time of the true turns (role, start, end) that another role was given.

    Moments that nobody was given count as wrong too.
    """
    wrong = total = 0
    for role, start, end in turns:
        for at in np.arange(start, end, STEP):
            total += 1
            wrong += _role_at(found, float(at)) != role
    return wrong / max(total, 1)


def word_time_wrong(truth: Sequence[Said], found: Sequence[Heard]) -> float:
    """The same where the truth has no times: by the seconds of the words that were heard.

    Only words of a clinician or a patient count: a third voice has no role here.
    """
    pairs = aligned([s.word for s in truth], [h.word for h in found])
    known = {Role.CLINICIAN, Role.PATIENT}
    counted = [(truth[i].role, found[j]) for i, j in pairs if j is not None]
    counted = [(role, word) for role, word in counted if role in known]
    total = sum(word.seconds for _, word in counted)
    wrong = sum(word.seconds for role, word in counted if word.role != role)
    return wrong / total if total else 0.0


def _heard(utterance: Utterance) -> list[Heard]:
    found = []
    for word in utterance.words:
        parts = _tokens(word.text)
        found += [Heard(p, utterance.role, (word.end - word.start) / len(parts)) for p in parts]
    return _with_digits(found)


def _tokens(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def _with_digits(spelled: Iterable[Heard]) -> list[Heard]:
    """Makes "five hundred" and "500" one word; "one forty-five" is left to be an error."""
    result: list[Heard] = []
    for each in spelled:
        last = result[-1] if result else None
        if each.word == "hundred" and last and last.word in "123456789":
            joined = Heard(f"{last.word}00", last.role, last.seconds + each.seconds)
            result[-1] = joined
        else:
            result.append(replace(each, word=_NUMBERS.get(each.word, each.word)))
    return result


def _walked_back(
    cost: np.ndarray[tuple[int, int], np.dtype[np.int32]],
    said: Sequence[str],
    heard: Sequence[str],
) -> list[tuple[int, int | None]]:
    i, j = len(said), len(heard)
    pairs: list[tuple[int, int | None]] = []
    while i > 0:
        if j > 0 and cost[i, j] == cost[i - 1, j - 1] + (said[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif j > 0 and cost[i, j] == cost[i, j - 1] + 1:
            j -= 1
        else:
            i -= 1
            pairs.append((i, None))
    return pairs[::-1]


def _negates(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")


def _role_at(found: Transcript, at: float) -> Role | None:
    for utterance in found.utterances:
        if utterance.start <= at <= utterance.end:
            return utterance.role
    return None
