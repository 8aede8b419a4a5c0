"""Text that breaks off in the middle of a sentence."""

from __future__ import annotations

import re

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.checks.wording import words

# After these words a sentence goes on.
_OPEN = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "of",
        "with",
        "to",
        "for",
        "from",
        "by",
        "at",
        "into",
        "that",
        "which",
        "who",
        "whose",
        "if",
        "because",
        "than",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "will",
        "would",
        "should",
        "can",
        "may",
        "her",
        "his",
        "their",
        "my",
        "your",
        "our",
        "this",
        "these",
        "those",
        "including",
        "such",
        "per",
        "not",
        "very",
        "also",
        "without",
        "between",
        "during",
        "until",
        "while",
        "when",
        "where",
        "due",
    ]
)
_HANGING = re.compile(
    r"[,:;(\[{/–—-]\s*[”\"']?$|\b(?:and|or|of|with|the|a|an)[.…]*$", re.IGNORECASE
)
_ENDED = re.compile(r"[.!?…][)\]”\"’']*$")
_SHORTEST = 5  # words: fewer before a colon are a label
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"))


class BrokenOff:
    """CAUTION: a statement that stops where a sentence must go on, and was not said so."""

    name: str = "broken-off"
    card: CheckCard = CheckCard(
        "Sentences that break off",
        "whether a statement stops in the middle.",
        (Severity.CAUTION,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.CAUTION,
                f"This breaks off at “{end}”: what should follow is missing. {item.listen()}",
                end,
            )
            for item in drafted(rendition, draft)
            if (end := _end(item))
        )


def _end(item: Examined) -> str:
    text = item.text.strip()
    if not text or _spoken_so(item, text):
        return ""
    last = re.sub(r"\W+$", "", text).rpartition(" ")[2]
    opened = any(text.count(begin) > text.count(end) for begin, end in _PAIRS)
    hanging = _HANGING.search(text) is not None and len(text.split()) >= _SHORTEST
    unended = not _ENDED.search(text) and last.lower() in _OPEN
    return text[-30:].strip() if hanging or unended or opened else ""


def _spoken_so(item: Examined, text: str) -> bool:
    """Speech breaks off, too: what ends as the cited words end is quoted."""
    tail = words(text)[-3:]
    return any(words(span.quote)[-3:] == tail for span in item.spans)
