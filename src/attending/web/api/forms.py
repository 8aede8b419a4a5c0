"""What is sent and told about everything but a case."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StrictBool

from attending.core.case import CaseState, SourceState
from attending.core.entry import PatientIdentity
from attending.core.identity import Scope, StaffRole
from attending.core.ids import CaseId, PatientId, TargetId
from attending.core.work import CaseHead, Patient, Progress, Purpose, Source
from attending.web.api.types import Ask, Moment, Name, Reason, Told, Words

BIRTH_DATE = r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$"


class Health(Told):
    status: Literal["ok"] = "ok"


class TenantForm(Told):
    id: UUID
    name: str
    demo: bool


class Me(Told):
    """Who you are here, and what you may do with this token."""

    id: UUID
    name: str
    tenant: TenantForm
    roles: list[StaffRole]
    scopes: list[Scope]


class LogOut(Ask):
    """``everywhere``: every session of yours, not this one alone."""

    everywhere: StrictBool = False


class Ended(Told):
    """Tokens of this person that were issued until then no longer count."""

    principal: UUID
    everywhere: bool
    until: datetime


class PersonForm(Told):
    id: UUID
    name: str
    roles: list[StaffRole]


class TargetForm(Told):
    id: UUID
    kind: str
    address: str
    name: str


class IdentifierForm(Ask):
    system: Words
    value: Name


class IdentityForm(Ask):
    """A patient as the record system knows them."""

    reference: Annotated[Name, Field(description="In the record system: Patient/123.")]
    name: Name
    birth_date: Annotated[str, Field(pattern=BIRTH_DATE)] = ""
    identifiers: Annotated[tuple[IdentifierForm, ...], Field(max_length=100)] = ()

    def identity(self) -> PatientIdentity:
        pairs = tuple(sorted((each.system, each.value) for each in self.identifiers))
        return PatientIdentity(self.reference, self.name, self.birth_date, pairs)

    @classmethod
    def of(cls, known: PatientIdentity) -> IdentityForm:
        """As it stands, without judging again what the record system said."""
        pairs = tuple(
            IdentifierForm.model_construct(system=system, value=value)
            for system, value in known.identifiers
        )
        return cls.model_construct(
            reference=known.reference,
            name=known.name,
            birth_date=known.birth_date,
            identifiers=pairs,
        )


class RegisterPatient(Ask):
    target: TargetId
    identity: IdentityForm


class PatientForm(Told):
    id: UUID
    target: UUID
    identity: IdentityForm

    @classmethod
    def of(cls, patient: Patient) -> Self:
        return cls(id=patient.id, target=patient.target, identity=IdentityForm.of(patient.identity))


class ConsentAsk(Ask):
    granted: bool


class Consents(Told):
    """The last word on each purpose; a purpose that nobody asked about is absent."""

    patient: UUID
    consents: dict[Purpose, bool]


class OpenEncounter(Ask):
    patient: PatientId
    reference: Annotated[Words, Field(description="In the record system, or empty.")] = ""
    started_at: Moment


class EncounterForm(Told):
    id: UUID
    patient: UUID
    target: UUID
    reference: str
    started_at: datetime


class Received(Told):
    """The source stands; its case follows by itself."""

    source: UUID
    case: UUID
    state: CaseState


class SourceForm(Told):
    """``progress``: 0..1 within the present state. ``reason``: an error's code."""

    id: UUID
    encounter: UUID
    patient: UUID
    line: str
    media_type: str
    digest: str
    size: int
    state: SourceState
    version: int
    progress: float
    reason: str
    case: UUID
    case_state: CaseState

    @classmethod
    def of(cls, source: Source, now: Progress, case: CaseHead) -> Self:
        return cls(
            id=source.id,
            encounter=source.encounter,
            patient=source.patient,
            line=source.line,
            media_type=source.media_type,
            digest=source.digest,
            size=source.size,
            state=now.state,
            version=now.version,
            progress=now.done,
            reason=now.reason,
            case=case.id,
            case_state=case.state,
        )


class Event(Told):
    """``kind``: "state" for a step of a state machine, "span" for a piece of work."""

    at: datetime
    kind: str
    name: str
    process: str
    seconds: float | None
    outcome: str
    attributes: dict[str, Any]


class Timeline(Told):
    encounter: UUID
    events: list[Event]


class HandoverForm(Told):
    """A failure that one person gave to another."""

    giver: UUID
    owner: UUID
    note: str
    at: datetime


class FailureForm(Told):
    """Work that waits for a person."""

    id: UUID
    encounter: UUID
    subject: str
    subject_id: UUID
    step: str
    code: str
    explanation: str
    state: str
    resolution: str
    owner: UUID | None
    opened_at: datetime
    tries: int
    handed: HandoverForm | None


class HandoverAsk(Ask):
    """``to``: a person of this clinic who may work on failures."""

    to: UUID
    note: Annotated[Reason, Field(description="Shown to who may work on failures.")]


class Reopened(Told):
    case: CaseId
    state: CaseState
    version: int
