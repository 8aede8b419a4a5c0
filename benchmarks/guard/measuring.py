"""Runs what the table asks, each evaluation once, and holds the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from attending.assurance.evaluation import Evaluated, EvaluationTask, Request, evaluate
from attending.assurance.result import Measure, Result
from attending.assurance.store import Store
from attending.core.errors import InvalidInput
from attending.core.line import Engines
from attending.core.support import SupportModel
from attending.lines.documentation.evaluation import judging
from attending.lines.documentation.evaluation.subjects import Here
from benchmarks.bench import ROOT
from benchmarks.guard.asked import Asked


@dataclass(frozen=True)
class Number:
    """A number of the table as it was measured; absent: why it was not."""

    asked: Asked
    measure: Measure | None
    split: str = ""
    subject: str = ""
    peers: tuple[tuple[str, Measure], ...] = ()
    absent: str = ""

    @property
    def met(self) -> bool | None:
        if self.asked.goal is None or self.measure is None:
            return None
        return self.asked.goal.met(self.measure.value, self.measure.low)


@dataclass
class Measuring:
    """``limit``: items of each evaluation at most, for a look. ``tell`` shows what goes on."""

    tasks: Mapping[str, EvaluationTask]
    data: Path
    store: Store
    limit: int | None
    tell: Callable[[str], None]
    support: SupportModel | None = None
    _held: dict[tuple[str, str, str], Evaluated | str] = field(default_factory=dict)

    def number(self, asked: Asked) -> Number:
        done = self.evaluated(asked.task, asked.dataset)
        if isinstance(done, str):
            return Number(asked, None, absent=done)
        result = done.result
        found = result.measures.get(asked.measure)
        peers = [
            (name, self._peer(asked, subject, measure)) for name, subject, measure in asked.peers
        ]
        return Number(
            asked,
            found,
            result.split,
            f"{result.subject.name} {result.subject.version}",
            tuple((name, measure) for name, measure in peers if measure),
            "" if found else "it is not defined on this data",
        )

    def evaluated(self, task: str, dataset: str, subject: str = "") -> Evaluated | str:
        """An evaluation, or why there is none."""
        shipped = self.tasks[task].offers.names[0]
        key = (task, dataset, subject or shipped)
        if key not in self._held:
            self._held[key] = self._evaluate(task, dataset, "" if subject == shipped else subject)
        return self._held[key]

    def results(self) -> tuple[Result, ...]:
        """All that was evaluated, in order."""
        return tuple(each.result for each in self._held.values() if isinstance(each, Evaluated))

    def jury(self) -> judging.Jury:
        """The shipped guard itself, for examples in words."""
        here = Here(Engines(support=self.support))
        return judging.jury(here.checks, here)

    def place(self, dataset: str) -> Path:
        """Where a dataset lies: in the repository, or in the data folder."""
        own = ROOT / dataset
        return own if own.exists() else self.data / dataset

    def _peer(self, asked: Asked, subject: str, measure: str) -> Measure | None:
        done = self.evaluated(asked.task, asked.dataset, subject)
        return None if isinstance(done, str) else done.result.measures.get(measure)

    def _evaluate(self, task: str, dataset: str, subject: str) -> Evaluated | str:
        path = self.place(dataset)
        if not path.exists():
            return f"there is no {dataset} in the data folder"
        self.tell(f"{task} {dataset} {subject}".rstrip())
        request = Request(path, subject=subject, limit=self.limit)
        try:
            trial = self.tasks[task].open(request)
        except InvalidInput as error:
            return error.message
        return evaluate(trial, request, self.store, self._progress)

    def _progress(self, done: int, total: int) -> None:
        if done and done % 50 == 0:
            self.tell(f"  {done} of {total}")
