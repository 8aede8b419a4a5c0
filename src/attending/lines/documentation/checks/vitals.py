"""Values that no living patient has, and units that a recogniser is known to mishear."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import examined
from attending.lines.documentation.vitals import doubts


class ImplausibleValues:
    """SERIOUS: a vital sign or result outside what any living patient has, in any section.

    A clinician's own words are examined too: a slip of the pen looks the same.
    """

    name: str = "implausible-value"
    card: CheckCard = CheckCard(
        "Values that cannot be",
        "whether vital signs and results are such as a living patient can have, in a unit that fits.",
        (Severity.SERIOUS,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"{'The note says' if item.statement.human else 'The recogniser heard'} "
                f"“{doubt.quote}”. {doubt.why} {'' if item.statement.human else item.listen()}".strip(),
                doubt.quote,
            )
            for item in examined(rendition, draft)
            for doubt in doubts(item.text)
        )


__all__ = ["ImplausibleValues", "doubts"]
