"""Every way of being wrong that is looked for without a model, one small class a file.

Reading order: lexicon and words (what is compared), amounts (numbers), reading (a note and its
talk, read once), then the signals. Each looks at all claims of a note beside the whole talk.
"""

from __future__ import annotations

from attending.lines.documentation.fidelity.claims import SignalCheck
from attending.lines.documentation.fidelity.signals.action import OtherAction
from attending.lines.documentation.fidelity.signals.certainty import OtherCertainty
from attending.lines.documentation.fidelity.signals.drug import UnsaidDrug
from attending.lines.documentation.fidelity.signals.drug_in import DrugOfSomethingElse
from attending.lines.documentation.fidelity.signals.fabricated import UnsaidStatement
from attending.lines.documentation.fidelity.signals.kinship import OtherRelative
from attending.lines.documentation.fidelity.signals.negation import OtherPolarity
from attending.lines.documentation.fidelity.signals.number import UnsaidNumber
from attending.lines.documentation.fidelity.signals.number_in import (
    NumberOfSomethingElse,
    OtherUnit,
)
from attending.lines.documentation.fidelity.signals.other_word import OTHER_DIAGNOSIS, OTHER_TIME
from attending.lines.documentation.fidelity.signals.repeated import Repeated
from attending.lines.documentation.fidelity.signals.sex import OtherSex
from attending.lines.documentation.fidelity.signals.side import OtherSide
from attending.lines.documentation.fidelity.signals.speaker import OnlyThePatient

SIGNALS: tuple[SignalCheck, ...] = (
    UnsaidNumber(),
    NumberOfSomethingElse(),
    OtherUnit(),
    UnsaidDrug(),
    DrugOfSomethingElse(),
    OtherAction(),
    OtherPolarity(),
    OtherSide(),
    OtherSex(),
    OtherRelative(),
    OTHER_DIAGNOSIS,
    OTHER_TIME,
    OtherCertainty(),
    OnlyThePatient(),
    UnsaidStatement(),
    Repeated(),
)
