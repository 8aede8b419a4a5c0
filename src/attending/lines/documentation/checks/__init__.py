"""The guards of the documentation line: one small class a file, each pure.

A new guard is one file with a class that has a ``name`` and ``examine``, and its line here.
"""

from __future__ import annotations

from attending.core.line import Check, Judge
from attending.lines.documentation.checks.broken import BrokenOff
from attending.lines.documentation.checks.confidence import UnsureWords
from attending.lines.documentation.checks.contacts import UnheardContacts
from attending.lines.documentation.checks.doubt import SelfTaggedDoubt
from attending.lines.documentation.checks.drugs import UnheardDrugs
from attending.lines.documentation.checks.echoes import PromptEcho
from attending.lines.documentation.checks.evidence import MissingEvidence
from attending.lines.documentation.checks.form import WellFormed
from attending.lines.documentation.checks.fragments import Fragments
from attending.lines.documentation.checks.fullness import FullSections
from attending.lines.documentation.checks.hidden import HiddenCharacters
from attending.lines.documentation.checks.instructions import Instructions
from attending.lines.documentation.checks.language import OtherLanguage
from attending.lines.documentation.checks.machine_talk import MachineTalk
from attending.lines.documentation.checks.mishearing import MisheardDrugs
from attending.lines.documentation.checks.numbers import UnheardNumbers
from attending.lines.documentation.checks.omissions import Omissions
from attending.lines.documentation.checks.persons import UnheardPersons
from attending.lines.documentation.checks.repetition import Repetition
from attending.lines.documentation.checks.sampled_judge import SampledJudge, Scores
from attending.lines.documentation.checks.speakers import WrongSpeaker
from attending.lines.documentation.checks.vitals import ImplausibleValues

CHECKS: tuple[Check, ...] = (
    WellFormed(),
    MissingEvidence(),
    # Of a wrong medicine with its dose the medicine is told first: they are one finding.
    UnheardDrugs(),
    UnheardNumbers(),
    ImplausibleValues(),
    MisheardDrugs(),
    WrongSpeaker(),
    Instructions(),
    SelfTaggedDoubt(),
    MachineTalk(),
    PromptEcho(),
    Fragments(),
    Repetition(),
    UnheardContacts(),
    UnheardPersons(),
    OtherLanguage(),
    BrokenOff(),
    HiddenCharacters(),
    UnsureWords(),
    FullSections(),
    Omissions(),
)


def checks_with(judge: Judge | None, scores: Scores | None = None) -> tuple[Check, ...]:
    """All checks, and a large judge's sample where there is one, kept beside the scores."""
    return CHECKS if judge is None else (*CHECKS, SampledJudge(judge, scores))


__all__ = ["CHECKS", "checks_with"]
