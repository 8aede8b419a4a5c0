"""What of the documentation line can be evaluated, over the formats of docs/evaluation.md.

Reading order: formats, conversations, notes, visits, subjects, judging, then one file a task;
the guard's task is several, by the format of the dataset.
"""

from __future__ import annotations

from attending.assurance.evaluation import EvaluationTask
from attending.core.line import Engines
from attending.lines.documentation.evaluation.drafting import DraftTask
from attending.lines.documentation.evaluation.evidence import EvidenceTask
from attending.lines.documentation.evaluation.guard import GuardTask
from attending.lines.documentation.evaluation.headers import HeadersTask
from attending.lines.documentation.evaluation.negation import NegationTask
from attending.lines.documentation.evaluation.subjects import Here
from attending.lines.documentation.evaluation.support import SupportTask


def tasks(engines: Engines) -> tuple[EvaluationTask, ...]:
    """The line's tasks, with the models of this installation."""
    here = Here(engines)
    return (
        GuardTask(here),
        SupportTask(here),
        EvidenceTask(here),
        NegationTask(here),
        DraftTask(here),
        HeadersTask(),
    )
