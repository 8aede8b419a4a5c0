"""Phrases that no conversation holds and only a text of its own making does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attending.core.speech import Role
from attending.lines.documentation.characters import compared
from attending.lines.documentation.checks.examined import Examined

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Its words in lower case, without any sign between them."""
    return _WORD.findall(text.lower().replace("’", "'").replace("'", ""))


def unsaid(item: Examined, patterns: Sequence[re.Pattern[str]]) -> str:
    """The first place of a statement that a pattern finds and that nobody said; else "".

    Who says "please note" in a consultation is quoted, and quoting is no fault.
    """
    text = item.text.replace("’", "'")
    for pattern in patterns:
        for found in pattern.finditer(text):
            if not was_said(item, found.group()):
                return found.group().strip()
    return ""


def was_said(item: Examined, phrase: str) -> bool:
    """Whether these words, in this order, are among those that the statement cites."""
    wanted = words(phrase)
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(words(item.source()))} "


def talk(item: Examined) -> str:
    """All that anybody said, cited or not."""
    return compared(" ".join(item.said_by(role) for role in Role))
