"""Names of persons that nobody named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import WAS_SAID, Examined, drafted
from attending.lines.documentation.checks.wording import talk, words

_NAME = r"[A-Z][a-z]+(?:[-'’][A-Z][a-z]+)?"
_LIKE = 0.75  # a name as a recogniser spells it
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:Dr|Doctor|Prof|Professor|Nurse)\.? (?:{_NAME} )?(?P<name>{_NAME})\b",
        rf"\b(?P<name>{_NAME}), (?:MD|M\.D\.|DO|NP|PA-C|PA|RN|PhD|DPT|FNP)\b",
        (
            rf"\b(?:[Pp]atient(?:'s)? name|[Nn]ame|[Ss]igned(?: by)?|[Ee]lectronically signed by|[Aa]ttending|"
            rf"[Pp]rovider|[Pp]hysician|[Dd]ictated by)\s*(?::|is)\s*(?:Dr\.? )?(?:{_NAME} )?(?P<name>{_NAME})\b"
        ),
        rf"\b(?:my|your|his|her|their) (?:name is|friend|neighbou?r|boss|colleague) (?P<name>{_NAME})\b",
    )
)
_NO_NAMES = frozenset(
    {
        "the",
        "patient",
        "today",
        "unknown",
        "practice",
        "manager",
        "she",
        "he",
        "office",
        "clinic",
        "physician",
    }
)


class UnheardPersons:
    """SERIOUS: a person whose name nobody said, nor anything that sounds like it."""

    name: str = "unheard-person"
    card: CheckCard = CheckCard(
        "Names of persons",
        "whether a person is named whom nobody named.",
        (Severity.SERIOUS,),
        asks=WAS_SAID,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"Nobody named “{person}”. Check who is meant.",
                person,
            )
            for item in drafted(rendition, draft)
            for person in dict.fromkeys(_unheard(item))
        )


def _unheard(item: Examined) -> Iterator[str]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(item.text):
            name = match["name"]
            if name.lower() not in _NO_NAMES and not _named(name, talk(item)):
                yield match.group()


def _named(name: str, said: str) -> bool:
    spoken = words(said)
    wanted = "".join(words(name))
    pairs = (first + second for first, second in pairwise(spoken))
    return any(_sounds(wanted, word) for word in (*spoken, *pairs))


def _sounds(wanted: str, word: str) -> bool:
    if wanted == word:
        return True
    alike = abs(len(wanted) - len(word)) <= 2 and wanted[0] == word[0]  # noqa: PLR2004 - letters
    return alike and SequenceMatcher(None, wanted, word).ratio() >= _LIKE
