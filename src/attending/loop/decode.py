"""Decode: a source becomes readable. For speech this is transcription."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from attending.core.capture import HEADER, SAMPLE, Piece
from attending.core.case import ModelUse, SourceState
from attending.core.ids import RunId, SourceId, fresh
from attending.core.line import Decoded, Line
from attending.core.ports import Cipher, Unit
from attending.core.work import Job, Run, Source, Step
from attending.loop.hold import holding
from attending.loop.parts import LoopParts
from attending.loop.stop import put_off, require_running, taken_up
from attending.privacy import consent

STEP = "decode"
REPORT_EVERY = 1.0  # seconds; a pause is noticed no sooner
_OPEN = (SourceState.RECEIVED, SourceState.TRANSCRIBING)


@dataclass(frozen=True)
class _Task:
    source: Source
    version: int
    cipher: Cipher
    pieces: tuple[Piece, ...]


def decode(parts: LoopParts, job: Job) -> None:
    """Once: a second run of the same job, or a late one, changes nothing.

    Taking the source up raises its version; a worker that was paused meanwhile, and
    wakes after another took over, finds its version gone and drops what it made.
    """
    with put_off(parts.storage, job):
        _decode(parts, job)


def _decode(parts: LoopParts, job: Job) -> None:
    taken = _take_up(parts, job)
    if taken is None:
        return
    with holding(taken.version):
        _work(parts, job, taken)


def _work(parts: LoopParts, job: Job, task: _Task) -> None:
    started, source = datetime.now(UTC), task.source
    with (
        parts.telemetry.span("decode", job.tenant, source.encounter, source=str(source.id)),
        tempfile.TemporaryDirectory(prefix="attending-") as folder,
    ):
        content = Path(folder, "source")
        parts.blobs.fetch(job.tenant, source.blob, task.cipher, content)
        progress = _reporter(parts, job, source.line, task.version)
        decoded = _decoded(parts.line(source.line), task, content, progress)
    with parts.storage.transaction(job.tenant, Step.DECODE) as unit:
        if unit.intake.progress(source.id, lock=True).version == task.version:
            _keep(unit, source, task.version, decoded, started)


def _decoded(line: Line, task: _Task, content: Path, progress: Callable[[float], None]) -> Decoded:
    """Of a live recording only what was not heard while it was made."""
    hints, listening = task.source.hints, line.listening
    if listening is None or not task.pieces:
        return line.decode(content, hints=hints, progress=progress)
    with content.open("rb") as sound:
        sound.seek(HEADER + SAMPLE * task.pieces[-1].end)
        rest = sound.read()
    pieces = tuple(piece.kept for piece in task.pieces)
    return listening.whole(rest, pieces, hints=hints, progress=progress)


def _take_up(parts: LoopParts, job: Job) -> _Task | None:
    with parts.storage.transaction(job.tenant, Step.DECODE) as unit:
        now = unit.intake.progress(SourceId(job.subject), lock=True)
        if now.state not in _OPEN:  # asked first: of what is done, the key is gone
            return None
        source = unit.intake.source(SourceId(job.subject))
        consent.require(unit.people.consents(source.patient))
        require_running(unit, source.line, [parts.line(source.line).decoder])
        taken_up(unit, unit.cases.head_by_source(source.id))
        version = unit.intake.advance_source(source.id, now.version, SourceState.TRANSCRIBING)
        pieces = _heard(unit, source, parts.line(source.line).decoder)
        return _Task(source, version, unit.cipher(source.patient), pieces)


def _heard(unit: Unit, source: Source, model: ModelUse | None) -> tuple[Piece, ...]:
    """What was heard of it while it was recorded, if by the very model that decodes now."""
    capture = unit.captures.of_source(source.id)
    if capture is None or model is None:
        return ()
    pieces = unit.captures.pieces(capture)
    same = all((p.model, p.model_version) == (model.name, model.version) for p in pieces)
    return pieces if same else ()


def _reporter(parts: LoopParts, job: Job, line: str, version: int) -> Callable[[float], None]:
    """Writes progress now and then, whoever asks; ends the work if the line was paused."""
    due = parts.clock()

    def report(done: float) -> None:
        nonlocal due
        if parts.clock() >= due:
            due = parts.clock() + REPORT_EVERY
            with parts.storage.transaction(job.tenant, Step.DECODE) as unit:
                require_running(unit, line, [parts.line(line).decoder])
                unit.intake.report_progress(SourceId(job.subject), version, done)

    return report


def _keep(unit: Unit, source: Source, version: int, decoded: Decoded, started: datetime) -> None:
    require_running(unit, source.line, [decoded.model])
    run = Run(
        id=RunId(fresh()),
        source=source.id,
        model=replace(decoded.model, step=STEP),
        parameters=decoded.parameters,
        input_digest=source.digest,
        output=decoded.rendition,
        started_at=started,
        finished_at=datetime.now(UTC),
    )
    unit.intake.add_run(run)
    unit.intake.keep_rows(source.id, decoded.rows)
    unit.intake.advance_source(source.id, version, SourceState.TRANSCRIBED)
    case = unit.cases.head_by_source(source.id)
    unit.enqueue(Job(Step.INFER, unit.tenant, case.id, case.version))
    unit.audit("inference", "source.decoded", source.id, run=str(run.id))
