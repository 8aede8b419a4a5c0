"""Sections that hold as many statements as they may."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Section, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.checks.examined import drafted
from attending.lines.documentation.extractive import LIMIT, LIMITS
from attending.lines.documentation.soap import Part


class FullSections:
    """INFO: a section at its limit, where much talk may have kept something else out.

    The limits are the extractive engine's, which never goes beyond them.
    """

    name: str = "full-section"
    card: CheckCard = CheckCard(
        "Full sections",
        "whether a section holds as many statements as it may, so that more may have been said.",
        (Severity.INFO,),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        last = {item.section: item for item in drafted(rendition, draft)}
        return tuple(
            last[section.key].finding(
                self.name,
                Severity.INFO,
                f"This section is full with {len(section.statements)} statements. "
                "More may have been said: read the transcript.",
            )
            for section in draft.sections
            if section.key in last and _full(section)
        )


def _full(section: Section) -> bool:
    limit = LIMITS.get(Part(section.key), LIMIT)
    return 1 < limit == len(section.statements)
