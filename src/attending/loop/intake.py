"""Intake: a source arrives, with consent, whole, and once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from attending.core.entry import PatientIdentity
from attending.core.errors import InvalidInput, SourceTooLarge, UnsupportedSource
from attending.core.identity import Principal
from attending.core.ids import (
    BlobId,
    CaseId,
    EncounterId,
    PatientId,
    SourceId,
    TargetId,
    derived,
    fresh,
)
from attending.core.ports import BlobWriter, Unit
from attending.core.record import is_reference
from attending.core.work import CaseHead, Encounter, Job, Patient, Purpose, Source, Step, blob_key
from attending.loop.parts import LoopParts
from attending.loop.sweep import SAFE_AGE
from attending.privacy import consent

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # a name could be shown as another's


def register_patient(
    unit: Unit, target: TargetId, identity: PatientIdentity, by: Principal
) -> Patient:
    """The patient under this reference of the record system, as it knows them now.

    Raises InvalidInput if it is no reference to a patient, or the name turns itself around.
    """
    _require_reference(identity.reference, "Patient")
    if _TURNING.search(identity.name):
        raise InvalidInput(
            "The name holds signs that change in which order it is read.",
            remedy="Have the name corrected in the record system.",
        )
    unit.people.target(target)
    patient = PatientId(derived(unit.tenant, target, identity.reference))
    unit.people.add_patient(patient, target, identity)
    unit.audit(str(by.id), "patient.registered", patient)
    return unit.people.patient(patient)


def record_consent(
    unit: Unit, patient: PatientId, purpose: Purpose, *, granted: bool, by: Principal
) -> None:
    unit.people.patient(patient)
    unit.people.record_consent(patient, purpose, granted=granted, by=by.id)
    unit.audit(str(by.id), "consent.recorded", patient, purpose=purpose, granted=granted)


def open_encounter(
    unit: Unit, patient: PatientId, reference: str, started_at: datetime, by: Principal
) -> Encounter:
    """reference: in the record system, or "". Raises InvalidInput if it refers to no encounter."""
    if reference:
        _require_reference(reference, "Encounter")
    known = unit.people.patient(patient)
    encounter = Encounter(EncounterId(fresh()), known.id, known.target, reference, started_at)
    unit.people.add_encounter(encounter, by.id)
    unit.audit(str(by.id), "encounter.opened", encounter.id)
    return encounter


def _require_reference(reference: str, kind: str) -> None:
    """Here, and not first when what was signed is to be written."""
    if not is_reference(reference, kind):
        raise InvalidInput(
            "That is no reference into the record system.",
            remedy=f"Send it as the record system knows it: {kind}/ and its id there.",
        )


@dataclass
class Upload:
    """A source on its way in. Nothing of it stands until ``complete``."""

    parts: LoopParts
    source: Source
    writer: BlobWriter
    limit: int  # bytes

    @classmethod
    def begin(
        cls,
        parts: LoopParts,
        unit: Unit,
        encounter: EncounterId,
        line: str,
        media_type: str,
        hints: Iterable[str],
        limit: int,
    ) -> Self:
        """Raises UnsupportedSource, ConsentMissing, NotFound, before a byte is read."""
        media = media_type.partition(";")[0].strip().lower()
        accepted = parts.line(line).media_types
        if media not in accepted:
            raise UnsupportedSource(
                "The line does not take this media type.", accepted=sorted(accepted)
            )
        visit = unit.people.encounter(encounter)
        consent.require(unit.people.consents(visit.patient))
        content = BlobId(fresh())
        unit.enqueue(Job(Step.SWEEP, unit.tenant, content, 0), SAFE_AGE)
        blob = blob_key(content)
        source = Source(
            SourceId(fresh()), encounter, visit.patient, line, media, "", 0, blob, tuple(hints)
        )
        writer = parts.blobs.writer(unit.tenant, blob, unit.cipher(visit.patient))
        return cls(parts, source, writer, limit)

    def write(self, chunk: bytes) -> None:
        """Raises SourceTooLarge as soon as the limit is passed."""
        if self.writer.size + len(chunk) > self.limit:
            raise SourceTooLarge("The source is above the limit.", limit=self.limit)
        self.writer.write(chunk)

    def discard(self) -> None:
        self.writer.discard()

    def finish(self) -> None:
        """The content is whole and stands under its key. Raises InvalidInput if empty."""
        if self.writer.size == 0:
            raise InvalidInput("The source is empty.", remedy="Send the file's content.")
        digest = self.writer.finish()
        self.source = replace(self.source, digest=digest, size=self.writer.size)

    def enter(self, unit: Unit, by: Principal) -> tuple[Source, CaseHead]:
        """Into the loop. The same content for the same encounter enters once."""
        source = self.source
        standing = unit.intake.find_source(source.encounter, source.line, source.digest)
        if standing is not None:
            self.parts.blobs.delete(unit.tenant, source.blob)
            return standing, unit.cases.head_by_source(standing.id)
        if unit.intake.names_blob(source.blob) or not self.parts.blobs.stands(
            unit.tenant, source.blob
        ):
            raise InvalidInput("The upload took too long.", remedy="Send the source again.")
        unit.intake.add_source(source, by.id)
        case = CaseId(derived(unit.tenant, source.id))
        unit.cases.open_case(case, source)
        unit.enqueue(Job(Step.DECODE, unit.tenant, source.id, 1))
        unit.audit(str(by.id), "source.received", source.id, digest=source.digest, size=source.size)
        return source, unit.cases.head(case)
