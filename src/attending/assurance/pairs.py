"""Two answers to one encounter, compared by figures alone: no clinical text leaves here."""

from __future__ import annotations

from dataclasses import dataclass

from attending.core.draft import Draft


@dataclass(frozen=True)
class Compared:
    """Statements that both have, by section and text, and that one of them has alone."""

    both: int
    shown_alone: int
    beside_alone: int

    @property
    def agreement(self) -> float:
        """0..1: of all statements, the share that both have; 1 if neither has any."""
        total = self.both + self.shown_alone + self.beside_alone
        return self.both / total if total else 1.0


def compared(shown: Draft, beside: Draft) -> Compared:
    ours, theirs = _statements(shown), _statements(beside)
    return Compared(len(ours & theirs), len(ours - theirs), len(theirs - ours))


def _statements(draft: Draft) -> frozenset[tuple[str, str]]:
    return frozenset(
        (section.key, " ".join(statement.text.lower().split()))
        for section in draft.sections
        for statement in section.statements
    )
