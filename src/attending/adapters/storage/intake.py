"""Sources, their states, and the runs of models on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from attending.adapters.storage import forms
from attending.core.case import ModelUse, SourceState
from attending.core.errors import Conflict
from attending.core.ids import EncounterId, PrincipalId, RunId, SourceId
from attending.core.line import Row
from attending.core.ports import Cipher
from attending.core.work import Progress, Run, Source

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_SOURCE = """
select s.id, s.encounter_id, e.patient_id, s.line, s.media_type, s.digest, s.size, s.blob, s.hints
from attending.sources s
join attending.encounters e on e.tenant_id = s.tenant_id and e.id = s.encounter_id
"""
_RUN = """
select r.*, e.patient_id
from attending.runs r
join attending.sources s on s.tenant_id = r.tenant_id and s.id = r.source_id
join attending.encounters e on e.tenant_id = s.tenant_id and e.id = s.encounter_id
"""


_INSERT_RUN = """insert into attending.runs
         (tenant_id, id, source_id, step, model_name, model_version, engine,
          prompt_version, parameters, input_digest, output, started_at, finished_at)
       values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_INSERT_RUN_ONCE = _INSERT_RUN + " on conflict do nothing"


class IntakeTables:
    """Implements ``core.ports.Intake``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def add_source(self, source: Source, by: PrincipalId) -> None:
        sealed = self.unit.cipher(source.patient).seal(
            f"sources/hints/{source.id}", forms.words.dump_json(source.hints)
        )
        self.unit.run(
            """insert into attending.sources
                 (tenant_id, id, encounter_id, line, media_type, digest, size, blob, hints,
                  principal_id)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            source.id,
            source.encounter,
            source.line,
            source.media_type,
            source.digest,
            source.size,
            source.blob,
            sealed,
            by,
        )
        self.unit.run(
            """insert into attending.source_states (tenant_id, source_id, state, version)
               values (%s, %s, %s, 1)""",
            self.unit.tenant,
            source.id,
            SourceState.RECEIVED,
        )

    def source(self, source: SourceId) -> Source:
        return self._source(self.unit.one(f"{_SOURCE} where s.id = %s", source))

    def find_source(self, encounter: EncounterId, line: str, digest: str) -> Source | None:
        """Waits for an upload of the same content that is under way."""
        self.unit.hold("source", encounter, line, digest)
        row = self.unit.maybe(
            f"{_SOURCE} where s.encounter_id = %s and s.line = %s and s.digest = %s",
            encounter,
            line,
            digest,
        )
        return self._source(row) if row else None

    def names_blob(self, blob: str) -> bool:
        self.unit.hold("blob", blob)
        return self.unit.maybe("select from attending.sources where blob = %s", blob) is not None

    def _source(self, row: Mapping[str, Any]) -> Source:
        opened = self.unit.cipher(row["patient_id"]).open(
            f"sources/hints/{row['id']}", row["hints"]
        )
        return Source(
            id=row["id"],
            encounter=row["encounter_id"],
            patient=row["patient_id"],
            line=row["line"],
            media_type=row["media_type"],
            digest=row["digest"],
            size=row["size"],
            blob=row["blob"],
            hints=forms.words.validate_json(opened),
        )

    def progress(self, source: SourceId, *, lock: bool = False) -> Progress:
        row = self.unit.one(
            "select state, version, progress, reason from attending.source_states"
            f" where source_id = %s{' for update' if lock else ''}",
            source,
        )
        return Progress(SourceState(row["state"]), row["version"], row["progress"], row["reason"])

    def advance_source(
        self, source: SourceId, seen: int, state: SourceState, reason: str = ""
    ) -> int:
        changed = self.unit.run(
            """update attending.source_states set state = %s, version = version + 1, reason = %s
               where source_id = %s and version = %s""",
            state,
            reason,
            source,
            seen,
        )
        if changed == 0:
            now = self.progress(source)
            raise Conflict(
                "The source moved on.", source=source, state=now.state, version=now.version
            )
        return seen + 1

    def report_progress(self, source: SourceId, version: int, done: float) -> None:
        self.unit.run(
            """update attending.source_states set progress = %s
               where source_id = %s and version = %s""",
            done,
            source,
            version,
        )

    def add_run(self, run: Run) -> None:
        self._insert(run, self.unit.cipher(self.source(run.source).patient))

    def keep_beside(self, run: Run, cipher: Cipher) -> None:
        self._insert(run, cipher, _INSERT_RUN_ONCE)

    def _insert(self, run: Run, cipher: Cipher, statement: str = _INSERT_RUN) -> None:
        self.unit.run(
            statement,
            self.unit.tenant,
            run.id,
            run.source,
            run.model.step,
            run.model.name,
            run.model.version,
            run.model.engine,
            run.model.prompt_version,
            Jsonb(dict(run.parameters)),
            run.input_digest,
            cipher.seal(f"runs/output/{run.id}", run.output),
            run.started_at,
            run.finished_at,
        )

    def run(self, source: SourceId, step: str) -> Run | None:
        row = self.unit.maybe(
            f"{_RUN} where r.source_id = %s and r.step = %s order by r.started_at desc limit 1",
            source,
            step,
        )
        return self._run(row) if row else None

    def run_by_id(self, run: RunId) -> Run:
        return self._run(self.unit.one(f"{_RUN} where r.id = %s", run))

    def _run(self, row: Mapping[str, Any]) -> Run:
        return Run(
            id=row["id"],
            source=row["source_id"],
            model=ModelUse(
                row["step"],
                row["model_name"],
                row["model_version"],
                row["engine"],
                row["prompt_version"],
            ),
            parameters=row["parameters"],
            input_digest=row["input_digest"],
            output=self.unit.cipher(row["patient_id"]).open(
                f"runs/output/{row['id']}", row["output"]
            ),
            started_at=row["started_at"],
            finished_at=row["finished_at"],
        )

    def keep_rows(self, source: SourceId, rows: Mapping[str, tuple[Row, ...]]) -> None:
        """Rows of a line's own tables: named columns, beside tenant_id and source_id."""
        for table, lines in rows.items():
            for line in lines:
                values = {"tenant_id": self.unit.tenant, "source_id": source, **line}
                self.unit.connection.execute(
                    sql.SQL("insert into attending.{} ({}) values ({})").format(
                        sql.Identifier(table),
                        sql.SQL(", ").join(map(sql.Identifier, values)),
                        sql.SQL(", ").join(sql.Placeholder() * len(values)),
                    ),
                    list(values.values()),
                )
