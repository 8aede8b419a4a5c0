"""The same said again: a statement twice in a section, or words that go round in a circle."""

from __future__ import annotations

import re
from collections import Counter

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.checks.wording import was_said, words

_SHORTEST = 4  # words of a statement that is worth comparing
_ALIKE = 0.9  # share of words that two statements have in common
_LOOP = re.compile(r"\b(?P<run>(?:\w+ ){2,12}\w+)(?: (?P=run)){2,}\b")
_STUTTER = re.compile(r"\b(?P<word>\w+)(?: (?P=word)){3,}\b")
_LONG, _FEW = 24, 0.4  # words, and the share of different ones below which they circle
_THRICE = 3
_PHRASE = 4  # words that, thrice and half of a statement, circle

_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "of",
        "in",
        "on",
        "to",
        "for",
        "with",
        "at",
        "by",
        "is",
        "was",
        "are",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "she",
        "he",
        "they",
        "it",
        "her",
        "his",
        "their",
        "its",
        "this",
        "that",
        "also",
        "patient",
        "as",
    ]
)


class Repetition:
    """SERIOUS: words that go round within a statement. CAUTION: a statement again, in its section."""

    name: str = "repetition"
    card: CheckCard = CheckCard(
        "Repetition",
        "whether a statement says the same again.",
        (Severity.SERIOUS, Severity.CAUTION),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        before: list[tuple[str, list[str]]] = []
        for item in drafted(rendition, draft):
            said = words(item.text)
            if circle := _circles(item, said):
                why = f"The same words go round here: “{circle}”. {item.listen()}"
                findings.append(item.finding(self.name, Severity.SERIOUS, why, circle))
            elif any(section == item.section and _alike(said, other) for section, other in before):
                why = "This says again what a statement above in this section says."
                findings.append(item.finding(self.name, Severity.CAUTION, why))
            before.append((item.section, said))
        return tuple(findings)


def _alike(one: list[str], other: list[str]) -> bool:
    """The same words but for small ones: another figure, side or "no" makes another statement."""
    if min(len(one), len(other)) < _SHORTEST:
        return one == other
    left, right = Counter(one), Counter(other)
    shared = sum((left & right).values()) / max(len(one), len(other))
    return shared >= _ALIKE and (set(left) ^ set(right)) <= _SMALL


def _circles(item: Examined, said: list[str]) -> str:
    """What goes round, unless somebody spoke so."""
    found = _LOOP.search(" ".join(said)) or _STUTTER.search(" ".join(said))
    if found:
        return "" if was_said(item, found.group()) else found.group()[:80]
    source = " ".join(words(item.source()))
    few = len(said) >= _LONG and len(set(said)) / len(said) < _FEW
    circle = _thrice(said) or (" ".join(said[:_PHRASE]) if few else "")
    return "" if circle and source.count(circle) >= _THRICE else circle


def _thrice(said: list[str]) -> str:
    runs = Counter(tuple(said[n : n + _PHRASE]) for n in range(len(said) - _PHRASE + 1))
    run, count = runs.most_common(1)[0] if runs else ((), 0)
    most = count * _PHRASE >= len(said) / 2
    return " ".join(run) if most and count >= _THRICE else ""
