"""A clinic served to a real browser: the documentation line, and a real issuer.

Fakes stand at two ports alone: speech (a transcript that a test gives) and the record
(in memory). Steps of the loop run in this process, when a test says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from attending import app as wiring
from attending.core.ids import CaseId, EncounterId, PatientId
from attending.core.line import DraftingEngine, Engines
from attending.core.speech import Transcript
from attending.core.support import SupportModel
from attending.core.work import CaseHead, Release, Source, Step
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.intake import Upload
from attending.loop.parts import LoopParts
from attending.loop.propose import propose
from tests.clinic import Clinic
from tests.journeys.served import Served, password, serving
from tests.lines.documentation.spoken import consultation

PATIENCE = timedelta(minutes=5)  # for one check: the machine may be busy
SAMPLE = Path(__file__).parents[2] / "src/attending/demo/sample/consultation.ogg"


@dataclass
class Heard:
    """Stands in for the speech recogniser: it always hears this."""

    transcript: Transcript
    name: str = "heard"
    version: str = "1"

    def transcribe(
        self,
        recording: Path,
        *,
        hints: tuple[str, ...],
        progress: Callable[[float], None],
    ) -> Transcript:
        progress(1.0)
        return self.transcript


@dataclass(frozen=True)
class Ward:
    served: Served

    @property
    def clinic(self) -> Clinic:
        return self.served.clinic

    @property
    def url(self) -> str:
        """The first page's address, as a clinician types it."""
        return self.served.url

    def password(self, username: str) -> str:
        return password(self.clinic.installation, username)

    def upload(
        self, encounter: EncounterId | None = None, patient: PatientId | None = None
    ) -> tuple[Source, CaseHead]:
        """The sample recording, not yet heard."""
        by, parts = self.clinic.person(), self.clinic.parts("web")
        encounter = encounter or self.clinic.encounter(patient)
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            upload = Upload.begin(parts, unit, encounter, "documentation", "audio/ogg", (), 1 << 26)
        upload.write(SAMPLE.read_bytes())
        upload.finish()
        with self.clinic.web.transaction(self.clinic.tenant, str(by.id)) as unit:
            return upload.enter(unit, by)

    def drafted(
        self,
        source: Source,
        head: CaseHead,
        heard: Transcript,
        engine: DraftingEngine | None = None,
        support: SupportModel | None = None,
    ) -> CaseId:
        """Every step of the loop up to the review.

        engine: another than the line's own. support: the guard's judge; else it judges by words.
        """
        parts = self._inference(heard, engine, support)
        decode(parts, self.clinic.job(Step.DECODE, source.id))
        infer(parts, self.clinic.job(Step.INFER, head.id))
        propose(parts, self.clinic.job(Step.PROPOSE, head.id))
        return head.id

    def in_review(
        self, heard: Transcript | None = None, patient: PatientId | None = None
    ) -> CaseId:
        """A case whose draft waits for a clinician; by default of a whole consultation."""
        source, head = self.upload(patient=patient)
        return self.drafted(source, head, heard or consultation("consultation.json"))

    def deliver(self, case: CaseId) -> Release:
        """What the releaser does after a signature; it verifies the real proof."""
        return self.served.deliver(case)

    def _inference(
        self, heard: Transcript, engine: DraftingEngine | None, support: SupportModel | None
    ) -> LoopParts:
        settings = self.clinic.installation.settings("inference")
        lines = dict(wiring.lines(settings, Engines(Heard(heard), support=support)))
        if engine is not None:
            lines["documentation"].engine = engine
        parts = self.clinic.parts("inference")
        return replace(parts, lines=lines, check_limit=PATIENCE)


@contextmanager
def warding(clinic: Clinic) -> Iterator[Ward]:
    with serving(clinic) as served:
        yield Ward(served)
