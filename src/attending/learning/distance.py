"""How far a text is from another: the edits that lead from one to the other."""

from __future__ import annotations

from collections.abc import Sequence


def edits(one: Sequence[str], other: Sequence[str]) -> int:
    """The least number of insertions, deletions and replacements (Levenshtein)."""
    one, other = _unlike(one, other)
    if len(one) < len(other):
        one, other = other, one
    row = list(range(len(other) + 1))
    for index, item in enumerate(one, 1):
        before, row[0] = row[0], index
        for place, against in enumerate(other, 1):
            change = before + (item != against)
            before = row[place]
            row[place] = min(change, before + 1, row[place - 1] + 1)
    return row[-1]


def share(one: Sequence[str], other: Sequence[str]) -> float:
    """Edits by the longer one's length: 0 is alike, 1 has nothing in common."""
    longer = max(len(one), len(other))
    return edits(one, other) / longer if longer else 0.0


def _unlike(one: Sequence[str], other: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Without what both begin and end with: most of a note stays as it was."""
    shorter, start = min(len(one), len(other)), 0
    while start < shorter and one[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]
