"""The guards of the documentation line: one small class a file, each pure.

A new guard is one file with a class that has a ``name`` and ``examine``, and its line here.
"""

from __future__ import annotations

from attending.core.line import Check
from attending.lines.documentation.checks.confidence import UnsureWords
from attending.lines.documentation.checks.drugs import UnheardDrugs
from attending.lines.documentation.checks.evidence import MissingEvidence
from attending.lines.documentation.checks.form import WellFormed
from attending.lines.documentation.checks.fullness import FullSections
from attending.lines.documentation.checks.hidden import HiddenCharacters
from attending.lines.documentation.checks.instructions import Instructions
from attending.lines.documentation.checks.mishearing import MisheardDrugs
from attending.lines.documentation.checks.numbers import UnheardNumbers
from attending.lines.documentation.checks.speakers import WrongSpeaker
from attending.lines.documentation.checks.vitals import ImplausibleValues

CHECKS: tuple[Check, ...] = (
    WellFormed(),
    MissingEvidence(),
    UnheardNumbers(),
    UnheardDrugs(),
    ImplausibleValues(),
    MisheardDrugs(),
    WrongSpeaker(),
    Instructions(),
    HiddenCharacters(),
    UnsureWords(),
    FullSections(),
)

__all__ = ["CHECKS"]
