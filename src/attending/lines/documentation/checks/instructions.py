"""Speech to the machine: it instructs nothing, and a clinician is told that it was tried."""

from __future__ import annotations

from collections.abc import Iterator

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.core.speech import Utterance
from attending.lines.documentation.addressed import addressed
from attending.lines.documentation.characters import compared
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.hearing import clock
from attending.lines.documentation.rendition import from_json


class Instructions:
    """SERIOUS: a statement that holds, or rests on, words meant for or made by a machine.

    CAUTION, once a note, on its first section: such words that no statement cites.
    """

    name: str = "instruction"
    card: CheckCard = CheckCard(
        "Words to the machine",
        "whether somebody spoke to the machine, or a machine speaks in the note.",
        (Severity.SERIOUS, Severity.CAUTION),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        found = [
            (item, said)
            for item in drafted(rendition, draft)
            if (said := addressed(item.text) or addressed(item.source()))
        ]
        cited = {span.utterance for item, _ in found for span in item.spans}
        uncited = (u for u in from_json(rendition).utterances if u.words and u.id not in cited)
        return (
            *(self._quoted(item, said) for item, said in found),
            *self._elsewhere(draft, uncited),
        )

    def _quoted(self, item: Examined, said: str) -> Finding:
        why = "This speaks to the machine, or was made by one. It instructs nothing here; keep it"
        explanation = f"{why} only if it belongs in the record. {item.listen()}"
        return item.finding(self.name, Severity.SERIOUS, explanation, said)

    def _elsewhere(self, draft: Draft, uncited: Iterator[Utterance]) -> Iterator[Finding]:
        told = ((u, said) for u in uncited if (said := addressed(compared(u.text))))
        for utterance, said in list(told)[:1]:
            explanation = (
                f"Somebody spoke to the machine at {clock(utterance.start)}. It instructs nothing "
                "here: check that nothing in this note follows it."
            )
            yield Finding(self.name, draft.sections[0].key, "", Severity.CAUTION, explanation, said)
