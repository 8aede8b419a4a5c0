"""Cases made in this process by the loop's own steps, without speech."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from attending import app
from attending.adapters.storage.blobs import ObjectBlobs
from attending.adapters.storage.database import Database
from attending.core.entry import PatientIdentity
from attending.core.identity import Principal
from attending.core.ids import CaseId, EncounterId, PatientId, TenantId
from attending.core.line import Engines
from attending.core.work import CaseHead, Job, Purpose, Source, Step
from attending.demo.installation import PEOPLE, Installation
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.intake import Upload, open_encounter, record_consent, register_patient
from attending.loop.parts import LoopParts
from attending.loop.propose import propose

_LIMIT = 1 << 20


class _Quiet:
    """No telemetry: what is prepared is not measured."""

    def span(
        self, name: str, tenant: TenantId, encounter: EncounterId, **attributes: str | float
    ) -> AbstractContextManager[None]:
        del name, tenant, encounter, attributes
        return nullcontext()


@dataclass(frozen=True)
class ReadyClinic:
    installation: Installation
    web: LoopParts
    inference: LoopParts
    by: Principal
    patient: PatientId

    @classmethod
    @contextmanager
    def opened(cls, installation: Installation) -> Iterator[ReadyClinic]:
        """Prepares the installation too, with one patient who agreed to everything."""
        installation.prepare()
        databases = {name: _connected(installation, name) for name in ("web", "inference")}
        web, inference = (_parts(installation, each) for each in databases.values())
        by = installation.principal(PEOPLE[0])
        try:
            yield cls(installation, web, inference, by, _registered(installation, web, by))
        finally:
            for database in databases.values():
                database.close()

    @property
    def tenant(self) -> TenantId:
        return self.installation.tenant

    def received(self, committing: list[float] | None = None) -> tuple[Source, CaseHead]:
        """A source enters the loop. ``committing``: gets the time just before the commit."""
        with self.web.storage.transaction(self.tenant, str(self.by.id)) as unit:
            visit = open_encounter(unit, self.patient, "", datetime.now(UTC), self.by)
            upload = Upload.begin(
                self.web, unit, visit.id, "documentation", "audio/wav", (), _LIMIT
            )
        upload.write(uuid4().bytes)
        upload.finish()
        with self.web.storage.transaction(self.tenant, str(self.by.id)) as unit:
            entered = upload.enter(unit, self.by)
            if committing is not None:
                committing.append(datetime.now(UTC).timestamp())
        return entered

    def of_patient(self, number: int) -> ReadyClinic:
        """The same clinic, with another patient."""
        reference = f"Patient/bench-{number}"
        patient = _registered(self.installation, self.web, self.by, reference)
        return replace(self, patient=patient)

    def in_review(self) -> CaseId:
        """A case whose draft waits for a clinician."""
        source, head = self.received()
        decode(self.inference, Job(Step.DECODE, self.tenant, source.id, 1))
        infer(self.inference, Job(Step.INFER, self.tenant, head.id, 1))
        propose(self.inference, Job(Step.PROPOSE, self.tenant, head.id, 1))
        return head.id


def _connected(installation: Installation, process: str) -> Database:
    return app.connect(process, installation.settings(process))


def _parts(installation: Installation, database: Database) -> LoopParts:
    settings = installation.settings("web")
    lines = app.lines(settings, Engines())
    return LoopParts(database, ObjectBlobs(settings.blobs_url), _Quiet(), lines)


def _registered(
    installation: Installation, web: LoopParts, by: Principal, reference: str = "Patient/bench"
) -> PatientId:
    identity = PatientIdentity(reference, "Bench Patient", "1970-01-01", ())
    with web.storage.transaction(installation.tenant, str(by.id)) as unit:
        patient = register_patient(unit, installation.target, identity, by).id
        for purpose in Purpose:
            record_consent(unit, patient, purpose, granted=True, by=by)
    return patient
