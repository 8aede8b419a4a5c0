"""What changed between two texts, word by word: for somebody who reads it, not for a machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

AT_MOST = 500  # words and spaces that may differ before a passage is shown as replaced whole
BESIDE = 5  # words that stayed, shown beside a change where not all are
_WORD = re.compile(r"\S+")
# A number or a word with what stands inside it ("2.5", "130/85", "don't") is one; so is a space.
_TOKEN = re.compile(r"\n|[^\S\n]+|\w+(?:[.,:/'’-]\w+)*|[^\w\s]")


class Change(StrEnum):
    SAME = "same"
    DELETED = "deleted"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    """A stretch of text, never empty, and what became of it."""

    change: Change
    text: str


_Token = tuple[Change, str]


def differences(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces of both texts in reading order; what was deleted stands before what was added.

    All but the added give ``before``, all but the deleted give ``after``. Neighbours differ
    in kind. Time is bounded by AT_MOST, whatever the texts are.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = _script(old[start : len(old) - end], new[start : len(new) - end])
    same = [(Change.SAME, token) for token in old[:start]]
    rest = [(Change.SAME, token) for token in old[len(old) - end :]]
    return tuple(_pieces([*same, *middle, *rest]))


def in_brief(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The changes whole, and of what stayed a few words beside them; "…" stands for the rest."""
    last = len(pieces) - 1
    return tuple(
        _cut(piece, after=at > 0, before=at < last) if piece.change is Change.SAME else piece
        for at, piece in enumerate(pieces)
    )


def _cut(piece: Piece, *, after: bool, before: bool) -> Piece:
    """Unless that would spare the reader next to nothing. after, before: a change."""
    words = list(_WORD.finditer(piece.text))
    if len(words) <= 3 * BESIDE:
        return piece
    head = piece.text[: words[BESIDE - 1].end()] if after else ""
    tail = piece.text[words[-BESIDE].start() :] if before else ""
    return Piece(Change.SAME, f"{head} … {tail}")


def _common(old: list[str], new: list[str]) -> int:
    """How many tokens both begin with."""
    shorter = min(len(old), len(new))
    return next((i for i in range(shorter) if old[i] != new[i]), shorter)


def _script(old: list[str], new: list[str]) -> list[_Token]:
    """A shortest way from one to the other (Myers 1986); all replaced if it is too long."""
    reached: dict[int, int] = {1: 0}  # on each diagonal, how far into ``old``
    steps: list[dict[int, int]] = []
    for cost in range(min(len(old) + len(new), AT_MOST) + 1):
        steps.append(dict(reached))
        for diagonal in range(-cost, cost + 1, 2):
            at = _furthest(reached, diagonal, cost)
            while at < len(old) and at - diagonal < len(new) and old[at] == new[at - diagonal]:
                at += 1
            reached[diagonal] = at
            if at >= len(old) and at - diagonal >= len(new):
                return _way_back(old, new, steps)
    return [*((Change.DELETED, t) for t in old), *((Change.ADDED, t) for t in new)]


def _adds(reached: dict[int, int], diagonal: int, cost: int) -> bool:
    """Whether this diagonal is best come to by adding a token, and not by deleting one."""
    if diagonal == -cost:
        return True
    return diagonal != cost and reached[diagonal - 1] < reached[diagonal + 1]


def _furthest(reached: dict[int, int], diagonal: int, cost: int) -> int:
    if _adds(reached, diagonal, cost):
        return reached[diagonal + 1]
    return reached[diagonal - 1] + 1


def _way_back(old: list[str], new: list[str], steps: list[dict[int, int]]) -> list[_Token]:
    way: list[_Token] = []
    at, to = len(old), len(new)
    for cost in range(len(steps) - 1, 0, -1):
        adds = _adds(steps[cost], at - to, cost)
        diagonal = at - to + (1 if adds else -1)
        start = steps[cost][diagonal]
        same = min(at - start, to - start + diagonal)
        way += [(Change.SAME, token) for token in old[at - same : at][::-1]]
        way.append(
            (Change.ADDED, new[to - same - 1]) if adds else (Change.DELETED, old[at - same - 1])
        )
        at, to = start, start - diagonal
    way += [(Change.SAME, token) for token in old[:at][::-1]]
    return way[::-1]


def _pieces(script: list[_Token]) -> Iterator[Piece]:
    """Neighbours put together; a lone space between two changes belongs to both."""
    runs = [
        (is_same, list(run))
        for is_same, run in groupby(script, lambda each: each[0] is Change.SAME)
    ]
    deleted = added = ""
    for index, (is_same, run) in enumerate(runs):
        text = "".join(token for _change, token in run)
        if not is_same:
            deleted += "".join(token for change, token in run if change is Change.DELETED)
            added += "".join(token for change, token in run if change is Change.ADDED)
        elif (
            0 < index < len(runs) - 1 and deleted and added and text.isspace() and "\n" not in text
        ):
            deleted, added = deleted + text, added + text
        else:
            yield from _changed(deleted, added)
            deleted = added = ""
            yield Piece(Change.SAME, text)
    yield from _changed(deleted, added)


def _changed(deleted: str, added: str) -> Iterator[Piece]:
    if deleted:
        yield Piece(Change.DELETED, deleted)
    if added:
        yield Piece(Change.ADDED, added)
