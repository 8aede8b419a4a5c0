"""Cues found among words, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from attending.lines.documentation.context.lexicon import Cue, phrases

_DENIALS = frozenset({Cue.DENIED, Cue.NOT})
_DENIABLE = frozenset({Cue.AFFIRMED, Cue.UNCERTAIN})
_FILLING = frozenset({"any", "definite", "clearly", "really", "significant", "in", "definitely"})


@dataclass(frozen=True)
class Found:
    """A phrase at words ``begin`` to ``end`` (exclusive), with all it may mean."""

    phrase: str
    cues: tuple[Cue, ...]
    begin: int
    end: int


def cues_in(words: tuple[str, ...]) -> tuple[Found, ...]:
    """The longest phrases, from left to right, none across another."""
    known = phrases()
    found: list[Found] = []
    at = 0
    while at < len(words):
        hit = _longest(known.get(words[at], {}), words, at)
        if hit is not None:
            found.append(hit)
        at = hit.end if hit is not None else at + 1
    return tuple(_joined(found, words))


def _joined(found: list[Found], words: tuple[str, ...]) -> Iterator[Found]:
    """A denial and the finding verb that it denies are one phrase: "did not" + "reveal any"."""
    held: Found | None = None
    for each in found:
        if held is not None and _denies(held, each, words):
            held = Found(held.phrase, (Cue.DENIED,), held.begin, each.end)
            continue
        if held is not None:
            yield held
        held = each
    if held is not None:
        yield held


def _denies(first: Found, second: Found, words: tuple[str, ...]) -> bool:
    between = words[first.end : second.begin]
    return (
        not _DENIALS.isdisjoint(first.cues)
        and not _DENIABLE.isdisjoint(second.cues)
        and Cue.END not in second.cues
        and len(between) <= 1
        and all(word in _FILLING for word in between)
    )


def _longest(
    of_first: dict[tuple[str, ...], tuple[Cue, ...]], words: tuple[str, ...], at: int
) -> Found | None:
    best: Found | None = None
    for phrase, cues in of_first.items():
        end = at + len(phrase)
        if (best is None or end > best.end) and words[at:end] == phrase:
            best = Found(" ".join(phrase), cues, at, end)
    return best
