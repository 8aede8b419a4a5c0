"""The documentation line with a second writer to roll out: the loop without speech.

Named in ATTENDING_LINES of the processes whose rollback is measured.
"""

from __future__ import annotations

from attending.core.case import ModelUse
from attending.core.line import Engines, Line
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.steps import DocumentationLine
from benchmarks.ready_line import ReadyRecogniser

SECOND = "bench-writer"


class SecondWriter(ExtractiveEngine):
    """Drafts like the line's own, under another name."""

    model: ModelUse = ModelUse("draft", SECOND, "1", engine="local")


def line(_engines: Engines) -> Line:
    made = DocumentationLine(Engines(ReadyRecogniser()))
    made.engines = (made.engine, SecondWriter())
    return made
