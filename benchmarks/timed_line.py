"""The documentation line, with the recogniser's own seconds noted beside the transcript.

Named in ATTENDING_LINES of the processes whose loop is timed: what the loop adds to
speech is known only if speech is timed where it happens.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from attending.core.line import Engines, Line
from attending.core.speech import SpeechRecogniser, Transcript
from attending.lines import documentation

SPEECH, REPORTING = "bench_speech_seconds", "bench_reporting_seconds"
CPU = "bench_cpu_seconds"  # of all threads of the process


class _Reporting:
    """The loop's callback, with the time it takes."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report = report
        self.seconds = 0.0

    def __call__(self, done: float) -> None:
        started = time.perf_counter()
        self._report(done)
        self.seconds += time.perf_counter() - started


@dataclass
class TimedRecogniser:
    """Implements ``core.speech.SpeechRecogniser`` around another one."""

    inner: SpeechRecogniser
    name: str
    version: str

    def transcribe(
        self, recording: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Transcript:
        reporting = _Reporting(progress)
        started, worked = time.perf_counter(), time.process_time()
        heard = self.inner.transcribe(recording, hints=hints, progress=reporting)
        speech = time.perf_counter() - started - reporting.seconds
        cpu = time.process_time() - worked
        noted = {SPEECH: repr(speech), REPORTING: repr(reporting.seconds), CPU: repr(cpu)}
        return replace(heard, parameters=heard.parameters | noted)


def line(engines: Engines) -> Line:
    speech = engines.speech
    if speech is None:
        return documentation.line(engines)
    return documentation.line(Engines(TimedRecogniser(speech, speech.name, speech.version)))
