"""The documentation line with a recogniser that hears at once: the loop without speech.

Named in ATTENDING_LINES of the processes that are measured. BENCH_HOLD names a file
while which exists the recogniser listens on, so that a worker can be met at its work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from attending.core.line import Engines, Line
from attending.core.speech import Transcript
from attending.lines import documentation
from benchmarks.recording import true_transcript

HOLD = "BENCH_HOLD"


@dataclass
class ReadyRecogniser:
    """Implements ``core.speech.SpeechRecogniser``: knows the sample by heart."""

    name: str = "ready"
    version: str = "1"
    transcript: Transcript = field(default_factory=true_transcript)

    def transcribe(
        self,
        recording: Path,  # noqa: ARG002 - the port's signature
        *,
        hints: tuple[str, ...],  # noqa: ARG002
        progress: Callable[[float], None],
    ) -> Transcript:
        hold = os.environ.get(HOLD)
        while hold and Path(hold).exists():
            time.sleep(0.02)
        progress(1.0)
        return self.transcript


def line(_engines: Engines) -> Line:
    return documentation.line(Engines(ReadyRecogniser()))
