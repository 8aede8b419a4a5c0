"""The documentation line, as the loop sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attending.core.case import ModelUse
from attending.core.draft import Section
from attending.core.entry import Content
from attending.core.errors import Misconfigured
from attending.core.line import (
    Check,
    Decoded,
    DraftingEngine,
    Engines,
    GuardContent,
    Listening,
    Panel,
)
from attending.core.speech import PiecewiseRecogniser
from attending.lines.documentation.checks import checks_with
from attending.lines.documentation.checks.drugs import UnheardDrugs
from attending.lines.documentation.checks.evidence import MissingEvidence
from attending.lines.documentation.checks.numbers import UnheardNumbers
from attending.lines.documentation.content import guard_content
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.fidelity.check import Fidelity
from attending.lines.documentation.generative.engine import GenerativeEngine
from attending.lines.documentation.listening import SpokenListening
from attending.lines.documentation.panel import TranscriptPanel
from attending.lines.documentation.render import rendered
from attending.lines.documentation.rendition import legible_words, to_json
from attending.lines.documentation.soap import TITLE

MEDIA_TYPES = frozenset(
    {
        "audio/wav",
        "audio/x-wav",
        "audio/wave",
        "audio/vnd.wave",
        "audio/mpeg",
        "audio/mp3",
        "audio/mp4",
        "audio/m4a",
        "audio/x-m4a",
        "audio/aac",
        "audio/ogg",
        "audio/opus",
        "audio/webm",
        "video/webm",  # what browsers call a sound-only recording
        "video/mp4",
        "application/ogg",
    }
)


class DocumentationLine:
    """A recorded consultation becomes a note in ten sections."""

    name: str = "documentation"
    title: str = TITLE
    media_types: frozenset[str] = MEDIA_TYPES
    migrations: Path | None = None
    engine: DraftingEngine
    engines: tuple[DraftingEngine, ...]
    checks: tuple[Check, ...]
    panel: Panel

    def __init__(self, engines: Engines) -> None:
        self._speech, self._support = engines.speech, engines.support
        self.engine = ExtractiveEngine()
        self.checks = checks_of(engines)
        self.engines = (self.engine, *_writers(engines, self.engine, self.checks))
        self.panel = TranscriptPanel()

    @property
    def decoder(self) -> ModelUse | None:
        """The recogniser."""
        if self._speech is None:
            return None
        return ModelUse("transcribe", self._speech.name, self._speech.version)

    @property
    def guard(self) -> GuardContent:
        """Of the line's files, and of the judge that its checks ask."""
        return guard_content(self._support)

    @property
    def listening(self) -> Listening | None:
        if not isinstance(self._speech, PiecewiseRecogniser):
            return None
        return SpokenListening(self._speech)

    def decode(
        self, source: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Decoded:
        """Hear the recording. ``hints``: words to expect, such as the patient's medicines.

        Raises UnreadableSource, EngineFailed, or Misconfigured without a recogniser.
        """
        if self._speech is None:
            raise Misconfigured(
                "No speech recogniser is installed for the documentation line.",
                remedy="Name a speech model in the settings, and start the process again.",
            )
        transcript = self._speech.transcribe(source, hints=hints, progress=progress)
        return Decoded(
            rendition=to_json(legible_words(transcript)),
            model=ModelUse("transcribe", self._speech.name, self._speech.version),
            parameters=transcript.parameters,
        )

    def render(self, title: str, sections: tuple[Section, ...]) -> Content:
        """The note as it will stand in the record: plain text, and XHTML."""
        return rendered(title, sections)


def checks_of(engines: Engines) -> tuple[Check, ...]:
    """Every check of the line, with the models of an installation."""
    # Fidelity leaves to these what they say of the same statement: "No source" says it all.
    before = (MissingEvidence(), UnheardNumbers(), UnheardDrugs())
    fidelity = Fidelity(engines.support, before=before)
    return (*checks_with(engines.judge, fidelity.scores), fidelity)


def _writers(
    engines: Engines, fallback: DraftingEngine, checks: tuple[Check, ...]
) -> tuple[DraftingEngine, ...]:
    """Engines that write freely: offered, and used where one is chosen."""
    if engines.writer is None:
        return ()
    return (GenerativeEngine(engines.writer, fallback, checks),)
