"""Characters that a reader cannot see, or takes for others."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.characters import mixed, unseen
from attending.lines.documentation.checks.examined import drafted


class HiddenCharacters:
    """SERIOUS: a statement with unseen characters, or with words of two alphabets.

    The record gets the statement without the unseen ones; the words of two alphabets stay.
    """

    name: str = "hidden-character"
    card: CheckCard = CheckCard(
        "Characters that are not seen",
        "whether characters stand in the note that a reader cannot see, or takes for others.",
        (Severity.SERIOUS,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(self.name, Severity.SERIOUS, f"{doubt} {item.listen()}")
            for item in drafted(rendition, draft)
            if (doubt := _doubt(item.statement.text))
        )


def _doubt(text: str) -> str:
    if signs := unseen(text):
        return f"Characters that cannot be seen stand in this: {', '.join(signs[:5])}."
    if words := mixed(text):
        return f"Letters of two alphabets stand in one word: {', '.join(words[:3])}."
    return ""
