"""What is sent and told about stopping: what runs, what is paused, and how it is resumed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from attending.core.ids import PauseId
from attending.core.pause import ANY, Pause, Resumption, Stop, StopScope, digest
from attending.core.ports import Unit
from attending.loop.stop import Known, ResumeRequest
from attending.web.api.proof_forms import PreparedForm, ProvedAsk
from attending.web.api.types import Ask, Name, Reason, Told


class LineForm(Told):
    name: str
    title: str


class ModelVersionForm(Told):
    name: str
    version: str


class PauseForm(Told):
    """``by``: the officer, or null for an administrator who stopped it for every clinic."""

    id: UUID
    scope: StopScope
    name: str
    version: str
    reason: str
    everywhere: bool
    by: UUID | None
    by_name: str
    at: datetime

    @classmethod
    def of(cls, unit: Unit, pause: Pause) -> Self:
        name = "" if pause.by is None else unit.people.principal_by_id(pause.by).name
        return cls(
            id=pause.id,
            scope=pause.stop.scope,
            name=pause.stop.name,
            version=pause.stop.version,
            reason=pause.reason,
            everywhere=pause.everywhere,
            by=pause.by,
            by_name=name,
            at=pause.at,
        )


class StopsForm(Told):
    """What may be stopped, what is, and how many cases wait for it."""

    lines: list[LineForm]
    models: list[ModelVersionForm]
    pauses: list[PauseForm]
    waiting: int

    @classmethod
    def of(cls, unit: Unit, known: Known) -> Self:
        return cls(
            lines=[LineForm(name=name, title=title) for name, title in known.lines.items()],
            models=[ModelVersionForm(name=n, version=v) for n, v in known.models],
            pauses=[PauseForm.of(unit, pause) for pause in unit.pauses.pauses()],
            waiting=len(unit.pauses.waiting()),
        )


class PauseAsk(Ask):
    """``version``: of a model; `*` is every version, and all that a line has."""

    scope: StopScope
    name: Name
    version: Name = ANY
    reason: Annotated[Reason, Field(description="Shown to all who review: name no patient.")]

    def stop(self) -> Stop:
        return Stop(self.scope, self.name, self.version)


class ResumptionForm(PreparedForm):
    pause: UUID
    payload: Resumption

    @classmethod
    def of(cls, resumption: Resumption) -> Self:
        return cls(
            pause=UUID(resumption.pause),
            digest=digest(resumption),
            prepared_at=resumption.prepared_at,
            payload=resumption,
        )


class ResumptionAsk(ProvedAsk):
    def request(self, pause: PauseId) -> ResumeRequest:
        return ResumeRequest(pause, self.prepared_at, self.digest, self.proof.made())
