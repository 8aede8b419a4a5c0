"""Drives an attack through the real path: intake, decode, infer, guard, propose, review."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from attending.core.case import Case, DecisionKind
from attending.core.entry import PatientIdentity
from attending.core.errors import EngineFailed
from attending.core.ids import CaseId, EncounterId
from attending.core.line import Engines
from attending.core.speech import SpeechRecogniser
from attending.core.work import Purpose, Step
from attending.lines.documentation.steps import DocumentationLine
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.intake import Upload, open_encounter, record_consent, register_patient
from attending.loop.parts import LoopParts
from attending.loop.propose import propose
from attending.loop.recover import give_up
from tests.attacks.words.consultation import Answering, Scripted, recording, tagged
from tests.attacks.words.corpus import FOLDER, Attack
from tests.clinic import Clinic

# Tables in which the path itself leaves rows; in no other does a row appear or go.
OF_THE_PATH = frozenset(
    {
    "guardings", "judgements", "revision_findings", "audit_log", "audit_heads", "audit_subjects", "cases", "draft_sections", "drafts", "encounters", "failures",
     "findings", "patients", "runs", "source_states", "sources", "spans", "transitions"}
)  # fmt: skip
TOLD_TYPED = "edit", "reason"


@dataclass(frozen=True)
class Played:
    """What an attack led to. ``rows``: how many each table has more; ``rendition``: as kept."""

    attack: Attack | None
    case: Case
    steps: tuple[str, ...]
    rows: dict[str, int]
    rendition: bytes
    name: str
    refused: bool = False


@dataclass
class Stage:
    clinic: Clinic
    speech: SpeechRecogniser = field(default_factory=Scripted)

    def line(self, attack: Attack | None) -> DocumentationLine:
        line = DocumentationLine(Engines(speech=self.speech))
        if attack is not None and attack.channel == "model":
            line.engine = Answering(attack)
        return line

    def play(self, attack: Attack | None, line: DocumentationLine | None = None) -> Played:
        """One attack in a visit of its own; None: the same visit with nobody attacking."""
        before = self.counted()
        identity = self._identity(attack)
        encounter = self._visit(identity, attack)
        case_id, refused = self._drafted(encounter, attack, line or self.line(attack))
        if attack is not None and attack.more.get("where") in TOLD_TYPED:
            self._typed(case_id, attack)
        return self.told(attack, case_id, before, identity.name, refused=refused)

    def told(
        self,
        attack: Attack | None,
        case_id: CaseId,
        before: dict[str, int],
        name: str,
        *,
        refused: bool = False,
    ) -> Played:
        after = self.counted()
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            case = unit.cases.case(case_id)
            run = unit.intake.run(case.source, "decode")
            events = unit.timeline.events(case.encounter)
        assert run is not None
        return Played(
            attack,
            case,
            tuple(e.name for e in events if e.kind == "state" and e.name.startswith("case")),
            {table: after[table] - before.get(table, 0) for table in after},
            run.output,
            name,
            refused,
        )

    def counted(self) -> dict[str, int]:
        """Rows of every table of the product, by a superuser whom no policy stops."""
        with psycopg.connect(self.clinic.installation.admin_dsn) as connection:
            names = connection.execute(
                "select tablename from pg_tables where schemaname = 'attending' order by 1"
            ).fetchall()
            one = sql.SQL(" union all ").join(
                sql.SQL("select {}, count(*) from attending.{}").format(name, sql.Identifier(name))
                for (name,) in names
            )
            return {str(table): int(rows) for table, rows in connection.execute(one).fetchall()}

    def _identity(self, attack: Attack | None) -> PatientIdentity:
        """As the record system tells it, read through the record adapter."""
        name = f"w{uuid4().hex[:10]}"
        patient = {
            "resourceType": "Patient",
            "id": name,
            "name": [{"text": "Ann Test"}],
            "birthDate": "1970-01-01",
            "identifier": [{"system": "urn:test", "value": name}],
        }
        if attack is not None and attack.channel == "patient_name":
            patient["name"] = [{"text": attack.text}]
        if attack is not None and attack.channel == "ehr":
            patient |= _poisoned(attack)
            self._past(attack, name)
        self.clinic.record.shelf.put(patient)
        return self.clinic.record.patient(f"Patient/{name}")

    def _past(self, attack: Attack, name: str) -> None:
        """What stands in the record about the patient already."""
        subject, said = {"reference": f"Patient/{name}"}, attack.text
        kinds = {
            "past_note": {"resourceType": "DocumentReference", "description": said},
            "condition": {"resourceType": "Condition", "note": [{"text": said}]},
            "allergy": {"resourceType": "AllergyIntolerance", "note": [{"text": said}]},
            "encounter": {"resourceType": "Encounter", "reasonCode": [{"text": said}]},
        }
        if attack.more["place"] in kinds:
            self.clinic.record.shelf.put(kinds[attack.more["place"]] | {"subject": subject})

    def _visit(self, identity: PatientIdentity, attack: Attack | None) -> EncounterId:
        by, typed = self.clinic.person(), attack is not None and attack.more.get("where")
        reference = attack.text if attack is not None and typed == "encounter" else ""
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            patient = register_patient(unit, self.clinic.installation.target, identity, by).id
            for purpose in Purpose:
                record_consent(unit, patient, purpose, granted=True, by=by)
            return open_encounter(unit, patient, reference, datetime.now(UTC), by).id

    def _drafted(
        self, encounter: EncounterId, attack: Attack | None, line: DocumentationLine
    ) -> tuple[CaseId, bool]:
        source, case_id = self._uploaded(encounter, attack)
        with self.parts("inference", line) as parts:
            decode(parts, self.clinic.job(Step.DECODE, source))
            infer(parts, self.clinic.job(Step.INFER, case_id))
            job = self.clinic.job(Step.PROPOSE, case_id)
            try:
                propose(parts, job)
            except EngineFailed as error:
                give_up(parts.storage, job, error)
                return case_id, True
        return case_id, False

    @contextmanager
    def parts(self, process: str, line: DocumentationLine) -> Iterator[LoopParts]:
        parts = self.clinic.parts(process)
        yield LoopParts(parts.storage, parts.blobs, parts.telemetry, {line.name: line})

    def _uploaded(self, encounter: EncounterId, attack: Attack | None) -> tuple[object, CaseId]:
        by, parts = self.clinic.person(), self.clinic.parts("web")
        hints = ("lisinopril",)
        if attack is not None and attack.more.get("where") == "hint":
            hints = ("lisinopril", attack.text)
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            upload = Upload.begin(
                parts, unit, encounter, "documentation", "audio/ogg", hints, 1 << 20
            )
        upload.write(_content(attack))
        upload.finish()
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            source, head = upload.enter(unit, by)
        return source.id, head.id

    def _typed(self, case_id: CaseId, attack: Attack) -> None:
        """The clinician's own act on one section, with the attack as its words."""
        self.clinic.see_all(case_id)
        if attack.more["where"] == "edit":
            self.clinic.decide(
                case_id, "history_of_present_illness", DecisionKind.EDIT, text=attack.text
            )
        else:
            self.clinic.decide(
                case_id, "history_of_present_illness", DecisionKind.REJECT, reason=attack.text
            )


def _content(attack: Attack | None) -> bytes:
    if attack is not None and attack.channel == "audio":
        return (FOLDER / attack.more["file"]).read_bytes()
    if attack is not None and attack.channel == "metadata":
        with tempfile.TemporaryDirectory() as folder:
            return tagged(attack, Path(folder))
    return recording(attack)


def _poisoned(attack: Attack) -> dict[str, object]:
    """The patient's resource, with the attack where it belongs."""
    said = attack.text
    places: dict[str, dict[str, object]] = {
        "name.text": {"name": [{"text": said}]},
        "name.family": {"name": [{"family": said, "given": ["Ann"]}]},
        "name.given": {"name": [{"family": "Test", "given": [said]}]},
        "birthDate": {"birthDate": said},
        "identifier.value": {"identifier": [{"system": "urn:test", "value": said}]},
        "identifier.system": {"identifier": [{"system": said, "value": "1"}]},
        "Patient.text": {"text": {"status": "generated", "div": f"<div>{said}</div>"}},
    }
    return places.get(attack.more["place"], {})
