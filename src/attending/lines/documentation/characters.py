"""Letters that pass for others: compared in one form, and found where two alphabets mix."""

from __future__ import annotations

import re
import unicodedata

from attending.core.characters import legible, unseen

__all__ = ["compared", "legible", "mixed", "unseen"]

_WORD = re.compile(r"[^\W\d_]+")
_ALIKE = ("LATIN", "GREEK", "CYRILLIC")  # scripts whose letters pass for each other's


def compared(text: str) -> str:
    """``legible`` in one form for each letter and figure (ｌｏｓａｒｔａｎ ５０ is losartan 50)."""
    return legible(unicodedata.normalize("NFKC", text))


def mixed(text: str) -> tuple[str, ...]:
    """Words with letters of two scripts that look the same: a Cyrillic "о" in "lоsartan"."""
    return tuple(word for word in _WORD.findall(text) if len(_scripts(word)) > 1)


def _scripts(word: str) -> frozenset[str]:
    """µ is no Greek letter here: its name is MICRO SIGN."""
    names = (unicodedata.name(letter, "") for letter in word)
    return frozenset(script for name in names for script in _ALIKE if name.startswith(script))
