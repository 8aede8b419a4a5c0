"""The documentation line: a recorded consultation becomes a consultation note.

Reading order: soap (the sections), rendition (the transcript as JSON), sentences, cues,
topics, extractive (the drafting engine), checks/ (the guards), render, panel, steps.
"""

from __future__ import annotations

from attending.core.line import Engines, Line
from attending.lines.documentation.steps import DocumentationLine

__all__ = ["DocumentationLine", "line"]


def line(engines: Engines) -> Line:
    """The line with this installation's speech recogniser and the extractive engine."""
    return DocumentationLine(engines)
