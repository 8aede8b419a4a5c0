"""Values that no living patient has, and units that a recogniser is known to mishear.

Reading order: units, table (what may be measured, and how far it goes), figures (numbers
beside the name of what they measure), pressure, forms (what needs no name), plausible.
"""

from __future__ import annotations

from attending.lines.documentation.vitals.doubt import Doubt
from attending.lines.documentation.vitals.plausible import doubts

__all__ = ["Doubt", "doubts"]
