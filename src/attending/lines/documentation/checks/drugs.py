"""Medicines that nobody named."""

from __future__ import annotations

from collections.abc import Iterator

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import WAS_SAID, Examined, drafted, edited
from attending.lines.documentation.checks.unsaid import unsaid
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.fidelity.signals.drug import UnsaidDrug


class UnheardDrugs:
    """SERIOUS: a medicine that nobody named in the conversation, brand or generic.

    CAUTION: one that a clinician wrote in an edit. One that was named, but for something else,
    is the business of ``fidelity``.
    """

    name: str = "unheard-drug"
    card: CheckCard = CheckCard(
        "Medicines that were named",
        "whether each medicine is named in the conversation.",
        (Severity.SERIOUS, Severity.CAUTION),
        asks=WAS_SAID,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return (*self._drafted(rendition, draft), *self._edited(rendition, draft))

    def _drafted(self, rendition: bytes, draft: Draft) -> Iterator[Finding]:
        items = [item for item in drafted(rendition, draft) if drugs_in(item.text)]
        found = unsaid(rendition, items, UnsaidDrug())
        for item in items:
            if told := found.get(item.statement.id):
                explanation = f"{told.explanation} {item.listen()}"
                yield item.finding(self.name, Severity.SERIOUS, explanation, told.quote)

    def _edited(self, rendition: bytes, draft: Draft) -> Iterator[Finding]:
        for item in edited(rendition, draft):
            for name in _unheard(item):
                explanation = (
                    f"You wrote “{name}”. Nobody named it in the conversation: is it meant?"
                )
                yield item.finding(self.name, Severity.CAUTION, explanation, name)


def _unheard(item: Examined) -> tuple[str, ...]:
    heard = {mention.drug for mention in drugs_in(item.conversation())}
    named = {m.drug: m.written for m in drugs_in(item.text) if m.drug not in heard}
    return tuple(named.values())
