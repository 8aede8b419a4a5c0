"""No source, no silence: each statement must cite words that were really heard."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.core.evidence import Evidence, TimeSpan
from attending.core.line import CheckCard
from attending.core.speech import Transcript
from attending.lines.documentation.characters import compared
from attending.lines.documentation.checks.examined import WAS_SAID, Examined, drafted, place_of
from attending.lines.documentation.fidelity.carried import Talk
from attending.lines.documentation.labels import is_label
from attending.lines.documentation.rendition import from_json


class MissingEvidence:
    """SERIOUS: a drafted statement that cites words that are not there; or that cites nothing,
    and nothing that was said is close to it.

    INFO: one that cites nothing, where the talk holds it all the same, or where there is
    nothing to hold.
    """

    name: str = "missing-evidence"
    card: CheckCard = CheckCard(
        "Source of a statement",
        "whether each statement cites words that were really heard.",
        (Severity.SERIOUS, Severity.INFO),
        asks=WAS_SAID,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        heard = from_json(rendition)
        talk = Talk(heard)
        return tuple(
            item.finding(self.name, *fault)
            for item in drafted(rendition, draft)
            if (fault := _uncited(item, talk, heard) or _miscited(item))
        )


Fault = tuple[Severity, str]


def _uncited(item: Examined, talk: Talk, heard: Transcript) -> Fault | None:
    if item.statement.evidence:
        return None
    if is_label(item.text):
        return Severity.INFO, "No source: this is a label, and says nothing by itself."
    if passage := talk.carrying(item.text):
        return (
            Severity.INFO,
            f"No source is cited. The closest words were said{place_of(passage, heard)}.",
        )
    return Severity.SERIOUS, "No source: nothing in the conversation is cited for this statement."


def _miscited(item: Examined) -> Fault | None:
    if not item.words() or not all(_heard(item, span) for span in item.statement.evidence):
        why = "No source: what is cited for this statement is not in the recording."
        return Severity.SERIOUS, why
    if any(_squeezed(compared(span.quote)) not in _squeezed(item.source()) for span in item.spans):
        why = f"The words that are cited are not the words that were heard. {item.listen()}"
        return Severity.SERIOUS, why
    return None


def _heard(item: Examined, evidence: Evidence) -> bool:
    """Whether it points into what was said: a reader is shown nothing else as a source."""
    return isinstance(evidence, TimeSpan) and evidence.utterance in item.utterances


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
