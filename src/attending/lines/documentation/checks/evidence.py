"""No source, no silence: each statement must cite words that were really heard."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.core.evidence import Evidence, TimeSpan
from attending.core.line import CheckCard
from attending.lines.documentation.characters import compared
from attending.lines.documentation.checks.examined import Examined, drafted


class MissingEvidence:
    """SERIOUS: a drafted statement that cites nothing, or words that are not there."""

    name: str = "missing-evidence"
    card: CheckCard = CheckCard(
        "Source of a statement",
        "whether each statement cites words that were really heard.",
        (Severity.SERIOUS,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(self.name, Severity.SERIOUS, fault)
            for item in drafted(rendition, draft)
            if (fault := _fault(item))
        )


def _fault(item: Examined) -> str:
    if not item.statement.evidence:
        return "No source: nothing in the conversation is cited for this statement."
    if not item.words() or not all(_heard(item, span) for span in item.statement.evidence):
        return "No source: what is cited for this statement is not in the recording."
    if any(_squeezed(compared(span.quote)) not in _squeezed(item.source()) for span in item.spans):
        return f"The words that are cited are not the words that were heard. {item.listen()}"
    return ""


def _heard(item: Examined, evidence: Evidence) -> bool:
    """Whether it points into what was said: a reader is shown nothing else as a source."""
    return isinstance(evidence, TimeSpan) and evidence.utterance in item.utterances


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
