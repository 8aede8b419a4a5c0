"""Listen: what has come of a live recording is heard while people still talk.

It only saves time: whatever was not heard when the recording ends is heard then. So a job that
comes late, or fails, or meets a pause, changes nothing, and nobody is asked to look at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from attending.core.capture import SAMPLE, SAMPLE_RATE, Arrived, Capture, CaptureState, Chunk, Piece
from attending.core.case import ModelUse
from attending.core.errors import Paused
from attending.core.ids import CaptureId
from attending.core.line import HeardPiece, Listening
from attending.core.ports import Cipher, Unit
from attending.core.work import Job, Step
from attending.loop.parts import LoopParts
from attending.loop.stop import require_running
from attending.privacy import consent

DUE = 10 * SAMPLE_RATE  # samples that nobody has heard yet, and it is worth a look
STRETCH = 60 * SAMPLE_RATE  # samples that are looked at together


@dataclass(frozen=True)
class _Task:
    capture: Capture
    listening: Listening
    model: ModelUse
    hints: tuple[str, ...]
    cipher: Cipher
    number: int  # of the piece to be heard
    start: int
    chunks: tuple[Chunk, ...]

    def stretch(self) -> tuple[tuple[Chunk, ...], int]:
        """The chunks to be heard, and how many samples of the first belong to the piece before."""
        at, skip = 0, 0
        wanted: list[Chunk] = []
        for chunk in self.chunks:
            end = at + chunk.size // SAMPLE
            if end > self.start and at < self.start + STRETCH:
                skip = self.start - at if not wanted else skip
                wanted.append(chunk)
            at = end
        return tuple(wanted), skip


def listen_when_due(unit: Unit, capture: Capture, chunks: Sequence[Chunk]) -> None:
    """Ask for the next piece, unless somebody has asked."""
    number, heard = unit.captures.heard(capture.id)
    if not capture.is_asked and Arrived.of(chunks).samples - heard >= DUE:
        _ask(unit, capture, number)


def _ask(unit: Unit, capture: Capture, heard: int) -> None:
    unit.captures.ask(capture.id, asked=True)
    unit.enqueue(Job(Step.LISTEN, unit.tenant, capture.id, heard))


def listen(parts: LoopParts, job: Job) -> None:
    """Hear the piece that follows ``job.version`` pieces; once, whoever does it first."""
    with suppress(Paused):
        task = _take_up(parts, job)
        if task is not None:
            _work(parts, job, task)


def _take_up(parts: LoopParts, job: Job) -> _Task | None:
    with parts.storage.transaction(job.tenant, Step.LISTEN) as unit:
        capture = unit.captures.get(CaptureId(job.subject))
        if capture.state is not CaptureState.RECORDING:
            return None
        heard, start = unit.captures.heard(capture.id)
        line = parts.line(capture.line)
        if heard != job.version or line.listening is None or line.decoder is None:
            return None
        consent.require(unit.people.consents(capture.patient))
        require_running(unit, capture.line, [line.decoder])
        return _Task(
            capture=capture,
            listening=line.listening,
            model=line.decoder,
            hints=unit.captures.hints(capture),
            cipher=unit.cipher(capture.patient),
            number=heard + 1,
            start=start,
            chunks=Arrived.of(unit.captures.chunks(capture.id)).chunks,
        )


def _work(parts: LoopParts, job: Job, task: _Task) -> None:
    chunks, skip = task.stretch()
    with parts.telemetry.span("listen", job.tenant, task.capture.encounter, piece=task.number):
        sound = b"".join(
            parts.blobs.content(job.tenant, chunk.blob, task.cipher) for chunk in chunks
        )
        heard = task.listening.piece(sound[SAMPLE * skip :], task.start, hints=task.hints)
    with parts.storage.transaction(job.tenant, Step.LISTEN) as unit:
        capture = unit.captures.get(task.capture.id, lock=True)
        if capture.state is CaptureState.RECORDING:
            _keep(unit, capture, task, heard)


def _keep(unit: Unit, capture: Capture, task: _Task, heard: HeardPiece | None) -> None:
    """What arrived meanwhile is heard next."""
    if unit.captures.heard(capture.id) != (task.number - 1, task.start):
        return
    now = Arrived.of(unit.captures.chunks(capture.id)).samples
    if heard is None:
        unit.captures.ask(capture.id, asked=False)
        if now > Arrived(task.chunks).samples:
            _ask(unit, capture, task.number - 1)
        return
    require_running(unit, capture.line, [task.model])
    unit.captures.add_piece(capture, _piece(task, heard))
    if now - task.start - heard.samples >= DUE:
        _ask(unit, capture, task.number)
    else:
        unit.captures.ask(capture.id, asked=False)


def _piece(task: _Task, heard: HeardPiece) -> Piece:
    return Piece(
        number=task.number,
        start=task.start,
        end=task.start + heard.samples,
        words=heard.words,
        kept=heard.kept,
        model=task.model.name,
        model_version=task.model.version,
    )
