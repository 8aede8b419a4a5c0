"""What is sent and told about a case: its sections, what was decided, signed and released."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from pydantic import Field

from attending.core.case import Case, CaseState, Decided, DecisionKind, ReleaseState
from attending.core.draft import Body, Finding, Section, Severity
from attending.core.entry import Action, EntryPayload, Signature, digest
from attending.core.evidence import Evidence
from attending.core.guarding import BudgetKept, CheckOff, Outcome
from attending.core.ids import CaseId, PrincipalId
from attending.core.pause import Pause, StopScope, paused
from attending.core.work import Release
from attending.loop.recheck import Checked
from attending.loop.review import Choice
from attending.loop.sign import Request
from attending.web.api.proof_forms import PreparedForm, ProvedAsk
from attending.web.api.types import (
    Ask,
    Name,
    Passage,
    Reason,
    RevisionNumber,
    Told,
    Version,
)

Form = TypeVar("Form", bound=Told)
_WORST_FIRST = (Severity.SERIOUS, Severity.CAUTION, Severity.INFO)


class CaseHeadForm(Told):
    id: UUID
    encounter: UUID
    source: UUID
    line: str
    state: CaseState
    version: int
    reason: str
    opened_at: datetime
    changed_at: datetime


class StatementForm(Told):
    """``text`` is the body as it is read; ``human``: written by a clinician."""

    id: str
    text: str
    body: Annotated[Body, Field(discriminator="kind")]
    evidence: list[Annotated[Evidence, Field(discriminator="kind")]]
    by: str | None
    human: bool


class FindingForm(Told):
    check: str
    statement: str
    severity: Severity
    explanation: str
    quote: str


class RevisionForm(Told):
    number: int
    statements: list[StatementForm]
    by: UUID
    at: datetime


class DecisionForm(Told):
    """On ``revision`` as it was shown; it made the case's ``version``."""

    section: str
    revision: int
    kind: DecisionKind
    reason: str
    by: UUID
    version: int
    at: datetime


class ModelForm(Told):
    step: str
    name: str
    version: str
    engine: str
    prompt_version: str


class SectionForm(Told):
    """A section as the model drafted it (``drafted``) and as it stands (``statements``).

    ``seen``: by you, as it stands; ``unopened``: statements whose serious findings you
    still have to open before you can decide.
    """

    key: str
    title: str
    revision: int
    statements: list[StatementForm]
    drafted: list[StatementForm]
    findings: list[FindingForm]
    revisions: list[RevisionForm]
    decision: DecisionForm | None
    seen: bool
    unopened: list[str]

    @classmethod
    def of(cls, case: Case, drafted: Section, reader: PrincipalId) -> Self:
        key = drafted.key
        made = case.decision(key)
        return cls(
            key=key,
            title=drafted.title,
            revision=case.revision(key),
            statements=_each(StatementForm, case.section(key).statements),
            drafted=_each(StatementForm, drafted.statements),
            findings=_each(FindingForm, worst_first(case, key)),
            revisions=_each(RevisionForm, (r for r in case.revisions if r.section == key)),
            decision=DecisionForm.model_validate(made) if made else None,
            seen=case.seen(key, reader),
            unopened=sorted(case.serious(key) - case.opened(key, reader)),
        )


class ReleaseForm(Told):
    """One delivery to one record system. ``resource``: as read back from it."""

    id: UUID
    case: UUID
    signature: UUID
    target: UUID
    action: Action
    digest: str
    state: ReleaseState
    version: int
    attempts: int
    reference: str
    reason: str
    resource: dict[str, Any] | None
    changed_at: datetime


class PausedForm(Told):
    """The case's line, or a model of it, was stopped. What is in review stays reviewable."""

    scope: StopScope
    name: str
    version: str
    reason: str
    everywhere: bool
    at: datetime

    @classmethod
    def of(cls, pause: Pause) -> Self:
        return cls(
            scope=pause.stop.scope,
            name=pause.stop.name,
            version=pause.stop.version,
            reason=pause.reason,
            everywhere=pause.everywhere,
            at=pause.at,
        )


class CheckOffForm(Told):
    """A check of the guard that was off when the draft, or an edit of it, was checked."""

    check: str
    reason: str
    by: UUID
    at: datetime


class BudgetForm(Told):
    """Findings on a draft without errors, about, that a check kept to.

    by, reason and at: of who chose it; null for the usual one.
    """

    check: str
    flags: float
    by: UUID | None
    reason: str | None
    at: datetime | None

    @classmethod
    def of(cls, kept: BudgetKept) -> Self:
        act = kept.act
        return cls(
            check=kept.check,
            flags=kept.flags,
            by=act.by if act else None,
            reason=act.reason if act else None,
            at=act.at if act else None,
        )


class CaseForm(Told):
    """``checks_off``: show it with the draft. What they look for, nobody looked for.

    ``budgets``: under which checks read the draft, and its edits.
    """

    id: UUID
    patient: UUID
    encounter: UUID
    source: UUID
    line: str
    state: CaseState
    version: int
    reason: str
    title: str | None
    sections: list[SectionForm]
    decisions: list[DecisionForm]
    undecided: list[str]
    models: list[ModelForm]
    releases: list[ReleaseForm]
    paused: PausedForm | None
    checks_off: list[CheckOffForm]
    budgets: list[BudgetForm]

    @classmethod
    def of(
        cls,
        case: Case,
        releases: Iterable[Release],
        reader: PrincipalId,
        pauses: Iterable[Pause],
        off: Iterable[CheckOff],
        budgets: Iterable[BudgetKept],
    ) -> Self:
        """Complete, or without sections while there is no draft. ``pauses``: that stand."""
        held = paused(pauses, case.line, case.models)
        draft = case.draft
        return cls(
            id=case.id,
            patient=case.patient,
            encounter=case.encounter,
            source=case.source,
            line=case.line,
            state=case.state,
            version=case.version,
            reason=case.reason,
            title=draft.title if draft else None,
            sections=[SectionForm.of(case, s, reader) for s in draft.sections] if draft else [],
            decisions=_each(DecisionForm, case.decisions),
            undecided=list(case.undecided()) if draft else [],
            models=_each(ModelForm, case.models),
            releases=_each(ReleaseForm, releases),
            paused=PausedForm.of(held) if held else None,
            checks_off=_each(CheckOffForm, off),
            budgets=[BudgetForm.of(each) for each in budgets],
        )


class ViewAsk(Ask):
    """``statement``: one whose finding was opened; absent, the section was shown."""

    section: Name
    revision: RevisionNumber
    statement: Name | None = None


class ViewForm(Told):
    """Whether the section counts as seen by you, and what is left to open."""

    section: str
    revision: int
    seen: bool
    unopened: list[str]


class DecisionAsk(Ask):
    """``text``: for an edit, the section's new text, one statement a line."""

    version: Version
    section: Name
    revision: RevisionNumber
    kind: DecisionKind
    reason: Reason = ""
    text: Passage = ""

    def choice(self) -> Choice:
        return Choice(self.section, self.revision, self.kind, self.reason, self.text)


class CheckAsk(Ask):
    """``text``: the section's new text, one statement a line, as it is being typed."""

    section: Name
    text: Passage = ""


class CheckedForm(Told):
    """``statements``: as the text would stand. unchecked: checks that gave no answer; off:

    those that are turned off at this clinic. budgets: by check, the findings on a draft without
    errors, about, that it kept to.
    """

    statements: list[StatementForm]
    findings: list[FindingForm]
    unchecked: list[str]
    off: list[str]
    budgets: dict[str, float]

    @classmethod
    def of(cls, checked: Checked) -> Self:
        made = checked.guarded
        return cls(
            statements=_each(StatementForm, checked.statements),
            findings=_each(FindingForm, made.findings),
            unchecked=[*made.ended(Outcome.FAILED), *made.ended(Outcome.LATE)],
            off=list(made.ended(Outcome.OFF)),
            budgets=dict(made.budgets),
        )


class RejectionAsk(Ask):
    version: Version
    reason: Reason


class AmendmentAsk(Ask):
    version: Version


class DecidedForm(Told):
    case: UUID
    section: str
    kind: DecisionKind
    at: datetime


class EntryForm(PreparedForm):
    """Exactly what would be written. ``digest`` is the nonce that the proof must carry.

    decided: what was decided in the signer's name, in any case, since the last log-in or
    signature. Show it: somebody else may have sat at an open screen.
    """

    case: UUID
    version: int
    payload: EntryPayload
    decided: tuple[DecidedForm, ...]

    @classmethod
    def of(cls, case: CaseId, payload: EntryPayload, decided: tuple[Decided, ...]) -> Self:
        return cls(
            case=case,
            version=payload.version,
            digest=digest(payload),
            prepared_at=payload.prepared_at,
            payload=payload,
            decided=tuple(DecidedForm(**vars(each)) for each in decided),
        )


class SignatureAsk(ProvedAsk):
    """``digest`` and ``prepared_at`` as the entry had them."""

    version: Version
    retract: bool = False

    def request(self, case: CaseId) -> Request:
        return Request(case, self.version, self.retract, self.prepared_at)


class SignatureForm(Told):
    """``state``: of the case. The release follows by itself."""

    id: UUID
    case: UUID
    state: CaseState
    version: int
    action: Action
    digest: str
    by: UUID
    signed_at: datetime
    releases: list[ReleaseForm]

    @classmethod
    def of(cls, signature: Signature, case: Case, releases: Iterable[Release]) -> Self:
        return cls(
            id=signature.id,
            case=case.id,
            state=case.state,
            version=case.version,
            action=signature.payload.action,
            digest=signature.digest,
            by=signature.by,
            signed_at=signature.signed_at,
            releases=_each(ReleaseForm, releases),
        )


def worst_first(case: Case, key: str) -> list[Finding]:
    """The findings of a section, serious ones first."""
    return sorted(case.said(key), key=lambda finding: _WORST_FIRST.index(finding.severity))


def _each(form: type[Form], known: Iterable[object]) -> list[Form]:
    return [form.model_validate(each) for each in known]
