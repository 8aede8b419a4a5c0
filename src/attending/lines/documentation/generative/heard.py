"""How much of a written statement was said, by its words alone."""

from __future__ import annotations

import re

from attending.lines.documentation.quantities import in_figures

SERIOUS_BELOW, CAUTION_BELOW = 0.5, 0.75  # share of telling words that were said
_WORD = re.compile(r"[a-z0-9]+")
# What a note adds to what was said, and small words.
_OF_NOTES = frozenset(
    [
        "patient",
        "patients",
        "reports",
        "reported",
        "states",
        "stated",
        "denies",
        "denied",
        "endorses",
        "presents",
        "presenting",
        "complains",
        "complaining",
        "describes",
        "describing",
        "notes",
        "noted",
        "history",
        "currently",
        "symptoms",
        "associated",
        "including",
        "recently",
        "examination",
        "reveals",
        "revealed",
        "continue",
        "advised",
        "recommended",
        "discussed",
        "prescribed",
        "daily",
        "today",
        "male",
        "female",
        "years",
        "year-old",
        "year",
        "old",
        "also",
        "with",
        "without",
        "from",
        "that",
        "this",
        "have",
        "has",
        "had",
        "been",
        "being",
        "were",
        "was",
        "will",
        "would",
        "which",
        "while",
        "when",
        "there",
        "their",
        "them",
        "they",
        "his",
        "her",
        "him",
        "she",
        "the",
        "and",
        "for",
        "are",
        "not",
        "but",
        "who",
        "any",
        "all",
        "can",
    ]
)


def unsaid_words(text: str, said: str) -> tuple[float, tuple[str, ...]]:
    """The share of telling words that were said, 0..1, and those that were not."""
    wanted = [w for w in _words(text) if w not in _OF_NOTES and (len(w) > 2 or w.isdigit())]  # noqa: PLR2004
    spoken = {_stem(word) for word in _words(said)}
    missing = [word for word in dict.fromkeys(wanted) if _stem(word) not in spoken]
    if not wanted:
        return 1.0, ()
    return 1 - len(missing) / len(set(wanted)), tuple(missing)


def _words(text: str) -> list[str]:
    return _WORD.findall(in_figures(text).lower())


def _stem(word: str) -> str:
    return word if word.isdigit() else word[:5].rstrip("s")
