"""Review: what a clinician sees and decides. Every write carries the version it saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from attending.core.case import (
    Case,
    CaseState,
    Decision,
    DecisionKind,
    Revision,
    View,
    check_decision,
    require_state,
    require_version,
    rewritten,
)
from attending.core.errors import Conflict, InvalidInput, NotFound
from attending.core.identity import Principal
from attending.core.ids import CaseId
from attending.core.ports import Unit
from attending.loop.recheck import Checked


@dataclass(frozen=True)
class Choice:
    """A decision as it is asked for.

    text: the section's new text, for an edit; checked: what the guard said of it, without
    which no edit is kept.
    """

    section: str
    revision: int
    kind: DecisionKind
    reason: str = ""
    text: str = ""
    checked: Checked | None = None


def see(
    unit: Unit, case_id: CaseId, section: str, revision: int, statement: str | None, by: Principal
) -> None:
    """Record that this was on the clinician's screen; with ``statement``: was opened."""
    case = unit.cases.case(case_id)
    standing = case.section(section)
    if revision != case.revision(section):
        raise Conflict(
            "The section was edited since it was loaded.",
            state=case.state,
            version=case.version,
            revision=case.revision(section),
        )
    known = {s.id for s in standing.statements} | case.serious(section)
    if statement is not None and statement not in known:
        raise NotFound("The section has no such statement.", statement=statement)
    unit.cases.add_view(case, View(section, revision, by.id, statement))


def decide(unit: Unit, case_id: CaseId, version: int, choice: Choice, by: Principal) -> Case:
    """Accept, edit or reject one section. Raises Conflict, NotSeen, InvalidInput."""
    case = unit.cases.case(case_id, lock=True)
    require_version(case, version)
    check_decision(case, choice.section, choice.revision, choice.kind, choice.reason, by.id)
    revision = _revision(case, choice, by) if choice.kind is DecisionKind.EDIT else None
    made = unit.cases.advance(case.id, version, CaseState.IN_REVIEW)
    unit.cases.add_decision(
        case,
        Decision(
            choice.section,
            choice.revision,
            choice.kind,
            choice.reason,
            by.id,
            made,
            datetime.now(UTC),
        ),
    )
    if revision is not None and choice.checked is not None:
        unit.cases.add_revision(case, revision)
        guarded, terms = choice.checked.guarded, choice.checked.terms
        unit.guards.keep(case.id, revision.section, revision.number, guarded, terms)
    unit.audit(str(by.id), f"section.{choice.kind}", case.id, section=choice.section, version=made)
    return unit.cases.case(case_id)


def _revision(case: Case, choice: Choice, by: Principal) -> Revision:
    standing, number = case.section(choice.section), choice.revision + 1
    statements = rewritten(standing, choice.text, number)
    if statements == standing.statements:
        raise InvalidInput(
            "The edit changes nothing.", remedy="Accept the section, or change its text."
        )
    if choice.checked is None or choice.checked.statements != statements:
        raise InvalidInput("An edit is kept with what the guard says of just that text.")
    findings = choice.checked.guarded.findings
    return Revision(choice.section, number, statements, by.id, datetime.now(UTC), findings)


def reject_case(unit: Unit, case_id: CaseId, version: int, reason: str, by: Principal) -> Case:
    """Nothing of this draft will be written. It stays readable."""
    case = unit.cases.case(case_id, lock=True)
    require_version(case, version)
    require_state(case, CaseState.IN_REVIEW)
    if not reason.strip():
        raise InvalidInput("A rejection needs a reason.")
    if not all(release.untouched for release in unit.signing.releases(case_id)):
        raise Conflict(
            "A signed entry of this case stands, or may stand, in the record: retract that.",
            state=case.state,
            version=case.version,
        )
    made = unit.cases.advance(case.id, version, CaseState.REJECTED)
    unit.cases.add_rejection(case, made, reason, by.id)
    unit.audit(str(by.id), "case.rejected", case.id, version=version + 1)
    return unit.cases.case(case_id)


def reopen(unit: Unit, case_id: CaseId, version: int, by: Principal) -> Case:
    """Back into review, to amend what was released; the record keeps it until then."""
    case = unit.cases.case(case_id, lock=True)
    require_version(case, version)
    require_state(case, CaseState.RELEASED)
    unit.cases.advance(case.id, version, CaseState.IN_REVIEW, "amendment")
    unit.audit(str(by.id), "case.reopened", case.id, version=version + 1)
    return unit.cases.case(case_id)
