"""Recheck: the guard over a section as a clinician edits it, and again as it is saved.

What is asked is read in one transaction; the checks run after it, so that none holds a
lock while it thinks. Nothing is stored by asking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from attending.core.case import Case, rewritten
from attending.core.draft import ALIKE, Draft, Section, Statement, likeness
from attending.core.errors import Conflict
from attending.core.guarding import Guarded, Outcome, Terms
from attending.core.ids import CaseId
from attending.core.ports import Unit
from attending.loop.decode import STEP as DECODE
from attending.loop.guard import guard
from attending.loop.parts import LoopParts

LIMIT = timedelta(seconds=5)  # for one check, while somebody waits for the answer


@dataclass(frozen=True)
class Edit:
    """A section as it would stand, and all that its checks need. terms: on which they work."""

    line: str
    section: str
    statements: tuple[Statement, ...]
    draft: Draft
    rendition: bytes
    terms: Terms


@dataclass(frozen=True)
class Checked:
    """What the guard said of the statements that are a clinician's own in an edited section."""

    statements: tuple[Statement, ...]
    guarded: Guarded
    terms: Terms


def take_up(unit: Unit, case_id: CaseId, section: str, text: str) -> Edit:
    """Raises NotFound, or Conflict while there is no draft."""
    case = unit.cases.case(case_id)
    run = unit.intake.run(case.source, DECODE)
    if run is None:
        raise Conflict("The source is not decoded yet.", state=case.state, version=case.version)
    return laid_out(case, section, text, run.output, unit.guards.terms(case.line))


def laid_out(case: Case, section: str, text: str, rendition: bytes, terms: Terms) -> Edit:
    """Pure. Raises NotFound for a section that the case has not."""
    standing = case.section(section)
    statements = rewritten(standing, text, case.revision(section) + 1)
    draft = _draft(case, section, statements)
    return Edit(case.line, section, statements, draft, rendition, terms)


def checked(parts: LoopParts, edit: Edit) -> Checked:
    """Findings on the clinician's own statements; and every check that gave no answer.

    What a large judge says of the others was kept with the draft.
    """
    checks = parts.line(edit.line).checks
    limit = min(LIMIT, parts.check_limit)
    made = guard(checks, edit.rendition, edit.draft, terms=edit.terms, limit=limit)
    unanswered = {*made.ended(Outcome.FAILED), *made.ended(Outcome.LATE)}
    own = {statement.id for statement in edit.statements if statement.human}
    findings = tuple(
        replace(finding, section=edit.section)
        for finding in made.findings
        if finding.statement in own or finding.check in unanswered
    )
    return Checked(edit.statements, replace(made, findings=findings, judgements=()), edit.terms)


def _draft(case: Case, key: str, statements: tuple[Statement, ...]) -> Draft:
    """The note with this section alone in it: what was drafted is not checked once more."""
    proposal = case.proposal()
    drafted = proposal.section(key).statements
    gone = [each for each in drafted if each not in statements]
    edited = tuple(_with_source(each, gone) if each.human else each for each in statements)
    return Draft(
        proposal.title,
        tuple(
            Section(each.key, each.title, edited if each.key == key else ())
            for each in proposal.sections
        ),
    )


def _with_source(statement: Statement, gone: list[Statement]) -> Statement:
    """An edited statement beside the words that what it replaces was drafted from.

    For the checks alone: what is stored as a clinician's own words cites nothing.
    """
    alike = max(gone, key=lambda each: likeness(each, statement), default=None)
    if alike is None or likeness(alike, statement) < ALIKE:
        return statement
    return replace(statement, evidence=alike.evidence, by=alike.by)
