"""A sample line: a CSV of vitals becomes one measurement and one mask, with evidence.

It proves the seam: this folder and its name in the setting ``lines`` are all there is.
"""

from __future__ import annotations

from attending.core.line import Engines, Line
from tests.plugins.vitals_line.steps import VitalsLine

__all__ = ["ENGINES", "line"]
ENGINES: frozenset[str] = frozenset()  # it asks for no model: none is loaded for it


def line(_engines: Engines) -> Line:
    return VitalsLine()
