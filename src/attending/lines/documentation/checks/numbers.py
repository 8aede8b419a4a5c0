"""Numbers and doses that nobody said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import WAS_SAID, Examined, drafted, edited
from attending.lines.documentation.checks.unsaid import unsaid
from attending.lines.documentation.fidelity.claims import Signal
from attending.lines.documentation.fidelity.signals.number import UnsaidNumber
from attending.lines.documentation.quantities import doses_in, numbers_in


class UnheardNumbers:
    """SERIOUS: a number that nobody said, in no reading; or with another unit of medicine.

    CAUTION: one that a clinician wrote in an edit. "One forty five" is 145, two weeks are 14
    days. What was said, but of something else, is the business of ``fidelity``.
    """

    name: str = "unheard-number"
    card: CheckCard = CheckCard(
        "Numbers and doses",
        "whether each number and dose was said in the conversation.",
        (Severity.SERIOUS, Severity.CAUTION),
        asks=WAS_SAID,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return (*self._drafted(rendition, draft), *self._edited(rendition, draft))

    def _drafted(self, rendition: bytes, draft: Draft) -> Iterator[Finding]:
        items = [item for item in drafted(rendition, draft) if numbers_in(item.text)]
        found = unsaid(rendition, items, UnsaidNumber())
        for item in items:
            if fault := _fault(item, found):
                yield item.finding(self.name, Severity.SERIOUS, f"{fault} {item.listen()}")

    def _edited(self, rendition: bytes, draft: Draft) -> Iterator[Finding]:
        for item in edited(rendition, draft):
            if slip := _slip(item):
                yield item.finding(self.name, Severity.CAUTION, slip)


def _fault(item: Examined, found: Mapping[str, Signal]) -> str:
    if signal := found.get(item.statement.id):
        return signal.explanation
    dose = _strange_dose(item)
    return f"“{dose}” is not the dose that was said." if dose else ""


def _slip(item: Examined) -> str:
    unheard = numbers_in(item.text) - numbers_in(item.conversation())
    if unheard:
        listed = ", ".join(f"{number:f}" for number in sorted(unheard))
        return f"You wrote the number {listed}. Nobody said it in the conversation: is it meant?"
    dose = _strange_dose(item)
    return f"You wrote “{dose}”. Nobody said that dose: is it meant?" if dose else ""


def _strange_dose(item: Examined) -> str:
    """The first dose whose amount was said, but with other units alone."""
    stated = doses_in(item.text)
    heard = doses_in(item.conversation()) if stated else ()
    for dose in stated:
        units = {each.unit for each in heard if each.amount == dose.amount}
        if units and dose.unit not in units:
            return dose.written
    return ""
