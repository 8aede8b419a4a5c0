"""How much of a written statement was said, by its words alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.linking import Linker
from attending.lines.documentation.fidelity.terms import plain, terms

SERIOUS_BELOW, CAUTION_BELOW = 0.5, 0.75  # share of telling words that were said
_SAID = 0.2  # a word that what was said accounts for by less was not said
_WORD = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*")


def unsaid_words(text: str, said: Sequence[Turn]) -> tuple[float, tuple[str, ...]]:
    """The share of telling words that were said, 0..1, and those that were not."""
    linker = Linker(said)
    heard = linker.heard.union(*(terms(word) for turn in said for word in _words(turn.text)))
    wanted = [word for word in dict.fromkeys(_words(text)) if terms(word)]
    missing = tuple(
        word
        for word in wanted
        if not any(term in heard or linker.explained(term) > _SAID for term in terms(word))
    )
    return (1 - len(missing) / len(wanted) if wanted else 1.0), missing


def _words(text: str) -> list[str]:
    return _WORD.findall(plain(text))
