"""A section of a draft as the review page shows it: each finding at its statement."""

from __future__ import annotations

from dataclasses import dataclass

from attending.core.case import Case, Decision
from attending.core.differences import Piece, differences
from attending.core.draft import Finding, Section, Severity, Statement
from attending.core.ids import PrincipalId
from attending.core.ports import Unit
from attending.web.api.case_forms import worst_first
from attending.web.console.shown import sealed
from attending.web.seals import Seals

_WORST_FIRST = (Severity.SERIOUS, Severity.CAUTION, Severity.INFO)


@dataclass(frozen=True)
class Concern:
    """The findings on one statement, worst first; opened together.

    ``about``: its words, where it no longer stands in the section. ``closed``: one is
    serious, and this clinician has not opened it yet.
    """

    statement: str
    about: str
    findings: list[Finding]
    closed: bool

    @property
    def severity(self) -> Severity:
        return self.findings[0].severity


@dataclass(frozen=True)
class StatementView:
    statement: Statement
    concern: Concern | None


@dataclass(frozen=True)
class SectionView:
    """A section as it stands; ``drafted`` is what it replaces, if it was edited.

    ``concerns``: of the whole section, or of what was edited away.
    """

    section: Section
    drafted: Section | None
    revision: int
    decision: Decision | None
    decided_by: str
    statements: list[StatementView]
    concerns: list[Concern]
    seen: bool
    shown: str

    @property
    def changes(self) -> tuple[Piece, ...]:
        """From the model's words to those that stand."""
        return differences((self.drafted or self.section).text, self.section.text)

    @property
    def all_concerns(self) -> list[Concern]:
        return self.concerns + [s.concern for s in self.statements if s.concern]

    @property
    def closed(self) -> int:
        return sum(concern.closed for concern in self.all_concerns)


@dataclass(frozen=True)
class Jump:
    """An entry of the summary: where a concern stands, in the words of the page."""

    anchor: str
    label: str
    severity: Severity
    closed: bool


def sections_of(unit: Unit, seals: Seals, case: Case, reader: PrincipalId) -> list[SectionView]:
    """In the note's order; none while there is no draft."""
    drafted = case.draft.sections if case.draft else ()
    return [_section(unit, seals, case, section, reader) for section in drafted]


def jumps(sections: list[SectionView]) -> list[Jump]:
    """To every concern of a note, worst first, then in the note's order."""
    found = [jump for view in sections for jump in _jumps(view)]
    return sorted(found, key=lambda jump: _WORST_FIRST.index(jump.severity))


def _jumps(view: SectionView) -> list[Jump]:
    title = view.section.title
    section = [_jump(concern, f"section-{view.section.key}", title) for concern in view.concerns]
    return section + [
        _jump(each.concern, f"statement-{each.statement.id}", f"{title} {place}")
        for place, each in enumerate(view.statements, 1)
        if each.concern
    ]


def _jump(concern: Concern, anchor: str, label: str) -> Jump:
    return Jump(anchor, label, concern.severity, concern.closed)


def _section(
    unit: Unit, seals: Seals, case: Case, drafted: Section, reader: PrincipalId
) -> SectionView:
    key, number = drafted.key, case.revision(drafted.key)
    made, standing = case.decision(key), case.section(key)
    concerns = _concerns(case, key, reader)
    here = {statement.id for statement in standing.statements}
    return SectionView(
        section=standing,
        drafted=drafted if number else None,
        revision=number,
        decision=made,
        decided_by=unit.people.principal_by_id(made.by).name if made else "",
        statements=[StatementView(each, concerns.get(each.id)) for each in standing.statements],
        concerns=[concern for name, concern in concerns.items() if name not in here],
        seen=case.seen(key, reader),
        shown=sealed(seals, case.id, key, number, reader),
    )


def _concerns(case: Case, key: str, reader: PrincipalId) -> dict[str, Concern]:
    """By statement, the worst first; "" is the section as a whole."""
    texts = {s.id: s.text for s in case.proposal().section(key).statements}
    closed = case.serious(key) - case.opened(key, reader)
    grouped: dict[str, list[Finding]] = {}
    for finding in worst_first(case, key):
        grouped.setdefault(finding.statement, []).append(finding)
    return {
        name: Concern(name, texts.get(name, ""), findings, name in closed)
        for name, findings in grouped.items()
    }
