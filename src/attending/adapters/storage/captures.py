"""Live recordings, their chunks, and the pieces that were heard of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attending.adapters.storage import forms
from attending.core.capture import Capture, CaptureState, Chunk, Piece
from attending.core.errors import Conflict
from attending.core.ids import CaptureId, EncounterId, SourceId

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit

_CAPTURE = """
select c.*, e.patient_id,
  coalesce(c.asked_at > clock_timestamp() - interval '30 seconds', false) as is_asked
from attending.captures c
join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
"""


class CaptureTables:
    """Implements ``core.ports.Captures``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def add(self, capture: Capture, hints: tuple[str, ...]) -> None:
        sealed = self.unit.cipher(capture.patient).seal(
            f"captures/hints/{capture.id}", forms.words.dump_json(hints)
        )
        self.unit.run(
            """insert into attending.captures
                 (tenant_id, id, encounter_id, line, hints, principal_id, state, version)
               values (%s, %s, %s, %s, %s, %s, %s, 1)""",
            self.unit.tenant,
            capture.id,
            capture.encounter,
            capture.line,
            sealed,
            capture.by,
            CaptureState.RECORDING,
        )

    def get(self, capture: CaptureId, *, lock: bool = False) -> Capture:
        held = " for update of c" if lock else ""
        return self._capture(self.unit.one(f"{_CAPTURE} where c.id = %s{held}", capture))

    def of_encounter(self, encounter: EncounterId, line: str) -> Capture | None:
        self.unit.hold("capture", encounter, line)
        row = self.unit.maybe(
            f"{_CAPTURE} where c.encounter_id = %s and c.line = %s and c.state <> 'ended'",
            encounter,
            line,
        )
        return self._capture(row) if row else None

    def open(self, limit: int) -> tuple[Capture, ...]:
        rows = self.unit.all(
            f"{_CAPTURE} where c.state <> 'ended' order by c.opened_at desc, c.id limit %s", limit
        )
        return tuple(map(self._capture, rows))

    def of_source(self, source: SourceId) -> Capture | None:
        row = self.unit.maybe(f"{_CAPTURE} where c.source_id = %s order by c.id limit 1", source)
        return self._capture(row) if row else None

    def hints(self, capture: Capture) -> tuple[str, ...]:
        row = self.unit.one("select hints from attending.captures where id = %s", capture.id)
        opened = self.unit.cipher(capture.patient).open(
            f"captures/hints/{capture.id}", row["hints"]
        )
        return forms.words.validate_json(opened)

    def _capture(self, row: Mapping[str, Any]) -> Capture:
        return Capture(
            id=row["id"],
            encounter=row["encounter_id"],
            patient=row["patient_id"],
            line=row["line"],
            by=row["principal_id"],
            state=CaptureState(row["state"]),
            version=row["version"],
            source=row["source_id"],
            opened_at=row["opened_at"],
            is_asked=row["is_asked"],
        )

    def advance(
        self, capture: CaptureId, seen: int, state: CaptureState, source: SourceId | None = None
    ) -> int:
        # Inference has no right to name a source.
        column = "" if source is None else "source_id = %s, "
        changed = self.unit.run(
            f"""update attending.captures set {column}state = %s, version = version + 1
                where id = %s and version = %s""",
            *(() if source is None else (source,)),
            state,
            capture,
            seen,
        )
        if changed == 0:
            raise Conflict("The recording moved on.", capture=capture)
        return seen + 1

    def ask(self, capture: CaptureId, *, asked: bool) -> None:
        self.unit.run(
            """update attending.captures
               set asked_at = case when %s then clock_timestamp() end where id = %s""",
            asked,
            capture,
        )

    def add_chunk(self, capture: CaptureId, chunk: Chunk) -> None:
        self.unit.run(
            """insert into attending.capture_chunks
                 (tenant_id, capture_id, number, digest, size, blob)
               values (%s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            capture,
            chunk.number,
            chunk.digest,
            chunk.size,
            chunk.blob,
        )

    def chunks(self, capture: CaptureId) -> tuple[Chunk, ...]:
        rows = self.unit.all(
            """select number, digest, size, blob from attending.capture_chunks
               where capture_id = %s order by number""",
            capture,
        )
        return tuple(Chunk(**row) for row in rows)

    def last_change(self, capture: CaptureId) -> datetime:
        row = self.unit.one(
            """select greatest(c.opened_at, (
                 select max(n.received_at) from attending.capture_chunks n
                 where n.tenant_id = c.tenant_id and n.capture_id = c.id)) as at
               from attending.captures c where c.id = %s""",
            capture,
        )
        at: datetime = row["at"]
        return at

    def add_piece(self, capture: Capture, piece: Piece) -> None:
        cipher, place = self.unit.cipher(capture.patient), f"{capture.id}/{piece.number}"
        self.unit.run(
            """insert into attending.capture_pieces
                 (tenant_id, capture_id, number, start_sample, end_sample, words, kept,
                  model_name, model_version)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            self.unit.tenant,
            capture.id,
            piece.number,
            piece.start,
            piece.end,
            cipher.seal(f"capture_pieces/words/{place}", piece.words.encode()),
            cipher.seal(f"capture_pieces/kept/{place}", piece.kept),
            piece.model,
            piece.model_version,
        )

    def heard(self, capture: CaptureId) -> tuple[int, int]:
        row = self.unit.one(
            """select count(*) as pieces, coalesce(max(end_sample), 0) as samples
               from attending.capture_pieces where capture_id = %s""",
            capture,
        )
        return row["pieces"], row["samples"]

    def pieces(self, capture: Capture, after: int = 0) -> tuple[Piece, ...]:
        rows = self.unit.all(
            """select * from attending.capture_pieces
               where capture_id = %s and number > %s order by number""",
            capture.id,
            after,
        )
        return tuple(self._piece(capture, row) for row in rows)

    def _piece(self, capture: Capture, row: Mapping[str, Any]) -> Piece:
        cipher, place = self.unit.cipher(capture.patient), f"{capture.id}/{row['number']}"
        return Piece(
            number=row["number"],
            start=row["start_sample"],
            end=row["end_sample"],
            words=cipher.open(f"capture_pieces/words/{place}", row["words"]).decode(),
            kept=cipher.open(f"capture_pieces/kept/{place}", row["kept"]),
            model=row["model_name"],
            model_version=row["model_version"],
        )
