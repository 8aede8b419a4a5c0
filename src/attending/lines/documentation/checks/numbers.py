"""Numbers and doses that the cited words do not hold."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.quantities import doses_in, numbers_in


class UnheardNumbers:
    """SERIOUS: a number, or a number with another unit, that the source does not state."""

    name: str = "unheard-number"

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(self.name, Severity.SERIOUS, fault)
            for item in drafted(rendition, draft)
            if (fault := _fault(item))
        )


def _fault(item: Examined) -> str:
    source = item.source()
    unheard = numbers_in(item.text) - numbers_in(source)
    if unheard:
        listed = ", ".join(f"{number:f}" for number in sorted(unheard))
        return f"The number {listed} is not in the words that are cited. {item.listen()}"
    heard = {(dose.amount, dose.unit) for dose in doses_in(source)}
    strange = [d.written for d in doses_in(item.text) if (d.amount, d.unit) not in heard]
    if strange:
        return f"“{strange[0]}” is not the dose that was said. {item.listen()}"
    return ""
