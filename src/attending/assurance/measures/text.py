"""How close a text comes to another one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Overlap:
    """precision: of the candidate; recall: of the reference; f1: 2PR / (P + R). 0..1."""

    precision: float
    recall: float
    f1: float


def words(text: str) -> list[str]:
    """Runs of letters and figures in lower case, as ROUGE counts them; no stemming."""
    return _WORD.findall(text.lower())


def rouge_n(candidate: str, reference: str, n: int) -> Overlap:
    """Shared runs of n words, each counted as often as both have it.

    Formula: recall = matches / n-grams of the reference, precision = matches / n-grams of
    the candidate. Source: Lin 2004, ROUGE-N with one reference.
    """
    mine, theirs = _grams(words(candidate), n), _grams(words(reference), n)
    shared = sum((mine & theirs).values())
    return _overlap(shared, sum(mine.values()), sum(theirs.values()))


def rouge_l(candidate: str, reference: str) -> Overlap:
    """The longest common subsequence of words, over the whole text.

    Formula: recall = LCS / words of the reference, precision = LCS / words of the
    candidate. Source: Lin 2004, sentence-level ROUGE-L with beta 1.
    """
    mine, theirs = words(candidate), words(reference)
    return _overlap(common_length(mine, theirs), len(mine), len(theirs))


def common_length(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence; by bits, Hyyrö 2004."""
    at: dict[str, int] = {}
    for index, word in enumerate(a):
        at[word] = at.get(word, 0) | 1 << index
    full = (1 << len(a)) - 1
    open_ = full
    for word in b:
        shared = open_ & at.get(word, 0)
        open_ = ((open_ + shared) | (open_ - shared)) & full
    return len(a) - open_.bit_count()


def edit_distance(a: Sequence[object], b: Sequence[object]) -> int:
    """Fewest insertions, deletions and replacements that make b of a (Levenshtein 1966)."""
    longer, shorter = sorted(_unlike(a, b), key=len, reverse=True)
    row = list(range(len(shorter) + 1))
    for count, mine in enumerate(longer, 1):
        before, row[0] = row[0], count
        for index, other in enumerate(shorter, 1):
            best = min(row[index] + 1, row[index - 1] + 1, before + (mine != other))
            before, row[index] = row[index], best
    return row[-1]


def edit_share(a: Sequence[object], b: Sequence[object]) -> float:
    """Edits by the longer one's length: 0 is alike, 1 has nothing in common."""
    longer = max(len(a), len(b))
    return edit_distance(a, b) / longer if longer else 0.0


def _unlike(a: Sequence[object], b: Sequence[object]) -> tuple[Sequence[object], Sequence[object]]:
    """Without what both begin and end with: most of a note stays as it was."""
    shorter, start = min(len(a), len(b)), 0
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    return a[start : len(a) - end], b[start : len(b) - end]


def _grams(tokens: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _overlap(shared: int, mine: int, theirs: int) -> Overlap:
    precision = shared / mine if mine else 0.0
    recall = shared / theirs if theirs else 0.0
    return Overlap(precision, recall, 2 * shared / (mine + theirs) if mine + theirs else 0.0)
