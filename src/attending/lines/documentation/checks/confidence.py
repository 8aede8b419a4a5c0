"""Words that the recogniser hardly heard."""

from __future__ import annotations

import re

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.core.speech import Word
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.hearing import is_figure, is_unsure

GUESSED = 0.3  # a number or a medicine below this was guessed
_SHORTEST = 4  # letters of a word that carries meaning
_NEGATIONS = frozenset({"no", "not", "never", "without", "none", "isn't", "don't", "doesn't"})
_COMMON = frozenset(
    {"that", "this", "with", "have", "been", "from", "they", "them", "your", "you're", "just",
     "like", "well", "okay", "then", "there", "what", "when", "about", "will", "would", "some",
     "going", "really", "kind", "know", "it's", "that's", "i've", "also", "were", "very", "here",
     "because", "doctor", "gonna", "where", "which", "could", "should"}
)  # fmt: skip


class UnsureWords:
    """CAUTION: content words below 0.5, numbers and medicines below 0.6; one a statement.

    SERIOUS: a number or a medicine below 0.3, which is a guess.
    """

    name: str = "unsure-words"
    card: CheckCard = CheckCard(
        "Words hardly heard",
        "whether the recogniser was sure of the words that carry meaning.",
        (Severity.SERIOUS, Severity.CAUTION),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            finding for item in drafted(rendition, draft) if (finding := self._finding(item))
        )

    def _finding(self, item: Examined) -> Finding | None:
        unsure = [word for word in item.words() if _unsure(word)]
        if not unsure:
            return None
        guessed = any(word.confidence < GUESSED and is_figure(word) for word in unsure)
        listed = ", ".join(f"“{_bare(word)}” ({word.confidence:.0%})" for word in unsure)
        return item.finding(
            self.name,
            Severity.SERIOUS if guessed else Severity.CAUTION,
            f"The recogniser was unsure of {listed}. {item.listen()}",
            _bare(unsure[0]),
        )


def _unsure(word: Word) -> bool:
    return is_unsure(word) and _telling(word)


def _telling(word: Word) -> bool:
    bare = _bare(word).lower()
    if is_figure(word) or bare in _NEGATIONS:
        return True
    return len(bare) >= _SHORTEST and bare not in _COMMON


def _bare(word: Word) -> str:
    return re.sub(r"^\W+|\W+$", "", word.text)
