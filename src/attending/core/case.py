"""The case: a draft under review, and the state machine that it moves through.

drafting ──► in_review ──► signed ──► released ──► in_review (an amendment)
   │  ▲          │            │  ▲        │
   ▼  │          ▼            ▼  │        └──► signed ──► retracted
  failed      rejected       failed

Every change carries the version it saw. Functions here are pure: they take a case
and say what may be done, or raise; storage and the database check the same again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attending.core.characters import legible, legible_lines
from attending.core.draft import Draft, Finding, Section, Severity, Statement, Text
from attending.core.errors import Conflict, InvalidInput, NotFound, NotSeen
from attending.core.ids import CaseId, EncounterId, PatientId, PrincipalId, SourceId, TenantId


class CaseState(StrEnum):
    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    SIGNED = "signed"
    RELEASED = "released"
    REJECTED = "rejected"
    FAILED = "failed"
    RETRACTED = "retracted"


class SourceState(StrEnum):
    RECEIVED = "received"
    TRANSCRIBING = "transcribing"  # or decoding, for what is not speech
    TRANSCRIBED = "transcribed"
    FAILED = "failed"


class ReleaseState(StrEnum):
    PENDING = "pending"
    WRITING = "writing"
    WRITTEN = "written"  # and read back, and equal
    FAILED = "failed"


class DecisionKind(StrEnum):
    ACCEPT = "accept"
    EDIT = "edit"
    REJECT = "reject"


CASE_TRANSITIONS: frozenset[tuple[CaseState, CaseState]] = frozenset(
    {
        (CaseState.DRAFTING, CaseState.IN_REVIEW),
        (CaseState.DRAFTING, CaseState.FAILED),
        (CaseState.IN_REVIEW, CaseState.SIGNED),
        (CaseState.IN_REVIEW, CaseState.REJECTED),
        (CaseState.SIGNED, CaseState.RELEASED),
        (CaseState.SIGNED, CaseState.RETRACTED),
        (CaseState.SIGNED, CaseState.FAILED),
        (CaseState.FAILED, CaseState.DRAFTING),
        (CaseState.FAILED, CaseState.SIGNED),
        (CaseState.FAILED, CaseState.IN_REVIEW),
        (CaseState.RELEASED, CaseState.IN_REVIEW),
        (CaseState.RELEASED, CaseState.SIGNED),
    }
)
SOURCE_TRANSITIONS: frozenset[tuple[SourceState, SourceState]] = frozenset(
    {
        (SourceState.RECEIVED, SourceState.TRANSCRIBING),
        (SourceState.TRANSCRIBING, SourceState.TRANSCRIBED),
        (SourceState.RECEIVED, SourceState.FAILED),
        (SourceState.TRANSCRIBING, SourceState.FAILED),
        (SourceState.FAILED, SourceState.RECEIVED),
    }
)
RELEASE_TRANSITIONS: frozenset[tuple[ReleaseState, ReleaseState]] = frozenset(
    {
        (ReleaseState.PENDING, ReleaseState.WRITING),
        (ReleaseState.WRITING, ReleaseState.WRITTEN),
        (ReleaseState.PENDING, ReleaseState.FAILED),
        (ReleaseState.WRITING, ReleaseState.FAILED),
        (ReleaseState.FAILED, ReleaseState.PENDING),
    }
)


@dataclass(frozen=True)
class ModelUse:
    """Which model made what: everything that explains an output (design, invariant 10)."""

    step: str
    name: str
    version: str
    engine: str = "local"
    prompt_version: str = ""


@dataclass(frozen=True)
class View:
    """That a clinician had this on the screen. ``statement``: a finding that was opened."""

    section: str
    revision: int
    by: PrincipalId
    statement: str | None = None


@dataclass(frozen=True)
class Decision:
    """On one section as it was shown: its ``revision``, at the case's ``version``."""

    section: str
    revision: int
    kind: DecisionKind
    reason: str
    by: PrincipalId
    version: int
    at: datetime


@dataclass(frozen=True)
class Decided:
    """A decision as its maker is reminded of it: in which case, on what."""

    case: CaseId
    section: str
    kind: DecisionKind
    at: datetime


@dataclass(frozen=True)
class Revision:
    """A clinician's words in place of what stood before, which stays beside it.

    findings: what the guard said of the clinician's own statements in it.
    """

    section: str
    number: int  # 1, 2, …; 0 is the draft
    statements: tuple[Statement, ...]
    by: PrincipalId
    at: datetime
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Case:
    id: CaseId
    tenant: TenantId
    patient: PatientId
    encounter: EncounterId
    source: SourceId
    line: str
    state: CaseState
    version: int
    reason: str = ""
    draft: Draft | None = None
    findings: tuple[Finding, ...] = ()
    views: tuple[View, ...] = ()
    decisions: tuple[Decision, ...] = ()
    revisions: tuple[Revision, ...] = ()
    models: tuple[ModelUse, ...] = ()

    def proposal(self) -> Draft:
        """The draft; raises Conflict while there is none."""
        if self.draft is None:
            raise Conflict("There is no draft yet.", state=self.state, version=self.version)
        return self.draft

    def section(self, key: str) -> Section:
        """A section as it stands now, the last revision in place."""
        for section in self.proposal().sections:
            if section.key == key:
                number = self.revision(key)
                return section if number == 0 else self._revised(section, number)
        raise NotFound("The case has no such section.", section=key)

    def _revised(self, section: Section, number: int) -> Section:
        revision = next(
            r for r in self.revisions if r.section == section.key and r.number == number
        )
        return Section(section.key, section.title, revision.statements)

    def revision(self, key: str) -> int:
        """Number of the present revision of a section; 0 is the draft itself."""
        return max((r.number for r in self.revisions if r.section == key), default=0)

    def decision(self, key: str, *, until: int | None = None) -> Decision | None:
        """The last decision on a section (up to a case version, if given)."""
        made = [
            d for d in self.decisions if d.section == key and (until is None or d.version <= until)
        ]
        return max(made, key=lambda d: d.version, default=None)

    def said(self, key: str) -> tuple[Finding, ...]:
        """What was found in a section: of the draft, and of the edit that stands."""
        number = self.revision(key)
        edited = (r for r in self.revisions if (r.section, r.number) == (key, number))
        return (
            *(finding for finding in self.findings if finding.section == key),
            *(finding for revision in edited for finding in revision.findings),
        )

    def serious(self, key: str) -> frozenset[str]:
        """Statements of a section that must be opened before it is decided.

        What is said of the section as a whole stands open at its head.
        """
        return frozenset(
            f.statement for f in self.said(key) if f.severity is Severity.SERIOUS and f.statement
        )

    def opened(self, key: str, by: PrincipalId) -> frozenset[str]:
        return frozenset(
            v.statement
            for v in self.views
            if v.section == key and v.by == by and v.statement is not None
        )

    def seen(self, key: str, by: PrincipalId) -> bool:
        """Whether ``by`` saw, or wrote, the section as it stands, its warnings opened."""
        number = self.revision(key)
        shown = any(v.section == key and v.revision == number and v.by == by for v in self.views)
        wrote = any(r.section == key and r.number == number and r.by == by for r in self.revisions)
        return (shown or wrote) and self.serious(key) <= self.opened(key, by)

    def undecided(self) -> tuple[str, ...]:
        return tuple(s.key for s in self.proposal().sections if self.decision(s.key) is None)


def require_version(case: Case, version: int) -> None:
    """One winner: raises Conflict with the present state if the caller saw another version."""
    if case.version != version:
        raise Conflict(
            "The case was changed since you read it.",
            case=case.id,
            state=case.state,
            version=case.version,
            seen=version,
        )


def require_state(case: Case, *states: CaseState) -> None:
    if case.state not in states:
        raise Conflict(
            f"This is not possible while the case is {case.state.replace('_', ' ')}.",
            case=case.id,
            state=case.state,
            version=case.version,
        )


def require_move(case: Case, to: CaseState) -> None:
    """Raises Conflict unless the state machine has this step."""
    if (case.state, to) not in CASE_TRANSITIONS:
        require_state(case)


def check_decision(
    case: Case, key: str, revision: int, kind: DecisionKind, reason: str, by: PrincipalId
) -> None:
    """May ``by`` decide this on what was shown? Raises Conflict, NotSeen, InvalidInput."""
    require_state(case, CaseState.IN_REVIEW)
    case.section(key)
    if revision != case.revision(key):
        raise Conflict(
            "The section was edited since you saw it.",
            section=key,
            state=case.state,
            version=case.version,
            revision=case.revision(key),
        )
    if not case.seen(key, by):
        raise NotSeen(
            "The section, or a serious warning in it, was not opened by you.",
            section=key,
            unopened=sorted(case.serious(key) - case.opened(key, by)),
        )
    if kind is DecisionKind.REJECT and not reason.strip():
        raise InvalidInput("A rejection needs a reason.", section=key)


def check_signable(case: Case, by: PrincipalId) -> None:
    """May ``by`` sign the case as it stands? Raises Conflict or NotSeen."""
    require_state(case, CaseState.IN_REVIEW)
    undecided = case.undecided()
    if undecided:
        raise Conflict(
            "Sections are undecided.",
            sections=undecided,
            state=case.state,
            version=case.version,
        )
    unseen = [s.key for s in case.proposal().sections if not case.seen(s.key, by)]
    if unseen:
        raise NotSeen("You have not seen every section as it stands.", sections=unseen)


def retained(case: Case) -> tuple[Section, ...]:
    """What will be written: every section that was not rejected, as it stands."""
    return tuple(
        case.section(section.key)
        for section in case.proposal().sections
        if (decision := case.decision(section.key)) is not None
        and decision.kind is not DecisionKind.REJECT
    )


def rewritten(section: Section, text: str, number: int) -> tuple[Statement, ...]:
    """A clinician's text as statements, one a line, with nothing in it that is not seen.

    A line that was left as it stood keeps its statement, and with it its evidence;
    any other is the clinician's own and needs no source.
    """
    standing = {legible(statement.text): statement for statement in section.statements}
    lines = [line for line in legible_lines(text).splitlines() if line]
    return tuple(
        standing.get(line) or Statement(f"{section.key}.r{number}.{index}", Text(line), human=True)
        for index, line in enumerate(lines, 1)
    )
