"""Live recordings for tests: sound that says where it belongs, and who hears just that.

Every second of the sound is one number, repeated, so that what was heard shows what was
recorded: each second once, in order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from attending import app
from attending.core.capture import SAMPLE_RATE, Capture
from attending.core.identity import Principal
from attending.core.ids import CaptureId, EncounterId, PatientId
from attending.core.line import Engines
from attending.core.speech import Role, SpokenPiece, Transcript, Utterance, Word
from attending.core.work import CaseHead, Job, Step
from attending.loop import capture as live
from attending.loop.listen import listen
from attending.loop.parts import LoopParts
from attending.web.captures import enter
from tests.clinic import Clinic

LINE = "documentation"
SECOND = SAMPLE_RATE
PIECE = 10.0  # seconds
LIMIT = 1 << 26


def seconds(*numbers: int) -> bytes:
    """Sound: one second of each number."""
    return b"".join(np.full(SECOND, number, dtype="<i2").tobytes() for number in numbers)


def words(sound: bytes, start: float) -> tuple[Word, ...]:
    """One for each second, or what there is of the last one."""
    samples = np.frombuffer(sound, dtype="<i2")
    return tuple(
        Word(f"s{samples[at]}", start + at / SECOND, start + (at + 1) / SECOND, 0.9)
        for at in range(0, samples.size, SECOND)
    )


@dataclass
class Hearing:
    """Stands in for the speech recogniser; ``heard``: from which second to which."""

    name: str = "hearing"
    version: str = "1"
    heard: list[tuple[float, float]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None  # each piece is kept

    def transcribe(
        self, recording: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Transcript:
        return self.join_pieces(recording.read_bytes()[44:], (), hints=hints, progress=progress)

    def hear_piece(
        self, sound: bytes, start: float, *, hints: tuple[str, ...]
    ) -> SpokenPiece | None:
        size = int(PIECE * SECOND) * 2
        if len(sound) < size:
            return None
        self.heard.append((start, start + PIECE))
        self.before()
        return SpokenPiece(start + PIECE, words(sound[:size], start), ())

    def join_pieces(
        self,
        rest: bytes,
        pieces: tuple[SpokenPiece, ...],
        *,
        hints: tuple[str, ...],
        progress: Callable[[float], None],
    ) -> Transcript:
        start = pieces[-1].end if pieces else 0.0
        end = start + len(rest) / SECOND / 2
        self.heard.append((start, end))
        all_words = tuple(word for piece in pieces for word in piece.words) + words(rest, start)
        return Transcript((Utterance("u1", "A", Role.UNKNOWN, all_words),), end)


@dataclass(frozen=True)
class Recorder:
    """A clinician who records a visit, and the inference process that listens."""

    clinic: Clinic
    hearing: Hearing = field(default_factory=Hearing)

    @property
    def inference(self) -> LoopParts:
        settings = self.clinic.installation.settings("inference")
        lines = dict(app.lines(settings, Engines(self.hearing)))
        return replace(self.clinic.parts("inference"), lines=lines)

    def open(
        self, encounter: EncounterId | None = None, patient: PatientId | None = None
    ) -> Capture:
        by, encounter = self.clinic.person(), encounter or self.clinic.encounter(patient)
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            return live.open_capture(
                self.clinic.parts("web"), unit, encounter, LINE, ("losartan",), by
            )

    def send(
        self, capture: CaptureId, number: int, sound: bytes, by: Principal | None = None
    ) -> live.Standing:
        by = by or self.clinic.person()
        offered = live.Offered(number, hashlib.sha256(sound).hexdigest(), sound)
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            return live.accept(self.clinic.parts("web"), unit, capture, offered, LIMIT, by)

    def send_all(self, capture: CaptureId, numbers: Iterable[int]) -> None:
        """A chunk of a second for each number, from the first on."""
        for number, value in enumerate(numbers, 1):
            self.send(capture, number, seconds(value))

    def listen(self, capture: CaptureId, version: int) -> None:
        listen(self.inference, Job(Step.LISTEN, self.clinic.tenant, capture, version))

    def standing(self, capture: CaptureId) -> live.Standing:
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            return live.standing(unit, capture)

    def begun_ending(self, capture: CaptureId, chunks: int) -> live.Ending | None:
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            ending = live.Ending.begin(self.clinic.parts("web"), unit, capture, chunks, LIMIT)
        if ending is not None:
            ending.assemble()
        return ending

    def end(self, capture: CaptureId, chunks: int) -> CaseHead | None:
        return self.entered(self.begun_ending(capture, chunks), capture)

    def entered(self, ending: live.Ending | None, capture: CaptureId) -> CaseHead | None:
        by = self.clinic.person()
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            return enter(ending, unit, by, capture)
