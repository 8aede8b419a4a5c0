"""An evaluation: a subject, over a dataset, under a task, with every score kept.

The same subject, data, task and parameters have one digest, and so one folder: what was
scored is read, what was interrupted goes on, and the figures are the same twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import rfc8785

from attending.assurance.columns import Columns, Row, columns
from attending.assurance.digests import file_digest, files_digest
from attending.assurance.measures.arrays import Indices
from attending.assurance.measures.intervals import REPEATS, SEED, draws, percentile_interval
from attending.assurance.offers import Offers
from attending.assurance.result import Measure, Result, Subject
from attending.assurance.store import Kept, Store

Better = Literal["higher", "lower", "none"]


@dataclass(frozen=True)
class Gauge:
    """One measure of a table of scores.

    read: its value, nan where it is not defined. count: how many items it rests on.
    """

    name: str
    read: Callable[[Columns], float]
    count: Callable[[Columns], int] = len
    better: Better = "higher"


@dataclass(frozen=True)
class Drawing:
    """A picture and the table that says the same. ``kind`` says how ``points`` are drawn."""

    kind: Literal["reliability", "roc", "bars"]
    title: str
    labels: tuple[str, ...] = ()
    points: tuple[tuple[float, ...], ...] = ()


class Reading(Protocol):
    """What the scores of one format say; it needs the scores alone."""

    def prepared(self, scores: Columns) -> Columns:
        """What follows from all scores together, as columns of their own."""
        ...

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]: ...

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]: ...


@dataclass(frozen=True)
class Trial:
    """A task that was given its dataset and its subject.

    format: which kind of data it is; the task reads its scores by it. split: train, dev, test,
    or "" if nothing says so. version: of what scores; another one scores anew. files: of the
    dataset, as far as they are read; beside: what else is read. items: in a stable order.
    score: the rows of an item; each carries ``row``, unique in the item, and ``group``: the
    rows of one group are drawn together. aided: digest of what else has a part in the scores,
    and is not the subject; "" if nothing has.
    """

    task: str
    format: str
    split: str
    version: str
    subject: Subject
    files: tuple[Path, ...]
    beside: tuple[Path, ...]
    items: tuple[str, ...]
    score: Callable[[str], tuple[Row, ...]]
    reading: Reading
    aided: str = ""


@dataclass(frozen=True)
class Request:
    """What a task is opened with. subject: "" is what the installation ships.

    registered: the version of the registry that is evaluated, as the document names it.
    """

    dataset: Path
    beside: Path | None = None
    subject: str = ""
    off: frozenset[str] = frozenset()
    limit: int | None = None
    registered: Subject | None = None


class EvaluationTask(Protocol):
    """What can be evaluated. A line offers its tasks under their names."""

    name: str

    @property
    def offers(self) -> Offers:
        """What it can evaluate here."""
        ...

    @property
    def version(self) -> str:
        """Of what scores and measures: scores of another one may be read otherwise."""
        ...

    def open(self, request: Request) -> Trial:
        """Raises InvalidInput: an unknown format, an empty file, something missing beside it, a
        check to turn off that is not there.
        """
        ...

    def reading(self, format_: str) -> Reading:
        """How scores of this format are read. Raises InvalidInput."""
        ...


@dataclass(frozen=True)
class Evaluated:
    result: Result
    scores: Columns
    trial: Trial
    folder: Path
    read: int  # items whose scores stood already


def evaluate(
    trial: Trial, request: Request, store: Store, progress: Callable[[int, int], None]
) -> Evaluated:
    """Score what was not scored before, and measure.

    progress: told the items done, of how many. Raises InvalidInput, Conflict.
    """
    items = list(trial.items)[: request.limit]
    manifest = _manifest(trial, request)
    digest = hashlib.sha256(rfc8785.dumps(manifest)).hexdigest()
    with store.open(digest, manifest) as kept:
        before = len(kept.rows)
        _score_rest(trial, items, kept, progress)
        rows = tuple(row for item in items for row in kept.rows[item])
        scores = trial.reading.prepared(columns(rows))
        result = kept.result() or _measured(trial, request, scores, digest)
        kept.finish(result)
    return Evaluated(result, scores, trial, kept.folder, min(before, len(items)))


def _score_rest(
    trial: Trial, items: Sequence[str], kept: Kept, progress: Callable[[int, int], None]
) -> None:
    for done, item in enumerate(items):
        progress(done, len(items))
        if item not in kept.rows:
            kept.add(item, trial.score(item))
    progress(len(items), len(items))


def _manifest(trial: Trial, request: Request) -> dict[str, Any]:
    return {
        "task": trial.task,
        "format": trial.format,
        "version": trial.version,
        "subject": trial.subject.document(),
        "aided": trial.aided,
        "dataset": _dataset_digest(trial, request),
        "beside": sorted(file_digest(path) for path in trial.beside),
        "parameters": {
            "off": sorted(request.off),
            "limit": request.limit,
            "seed": SEED,
            "repeats": REPEATS,
        },
    }


def _dataset_digest(trial: Trial, request: Request) -> str:
    """Of a file, its SHA-256; of a folder, that of its files' names and digests."""
    if request.dataset.is_file():
        return file_digest(request.dataset)
    return files_digest(request.dataset, trial.files)


def _measured(trial: Trial, request: Request, scores: Columns, digest: str) -> Result:
    gauges = trial.reading.gauges(scores)
    return Result(
        dataset=request.dataset.name,
        digest=_dataset_digest(trial, request),
        subject=trial.subject,
        task=trial.task,
        format=trial.format,
        split=trial.split,
        version=trial.version,
        evaluation=digest,
        items=len(set(scores.texts("item"))) if len(scores) else 0,
        off=tuple(sorted(request.off)),
        limit=request.limit,
        measures=measured(gauges, scores),
        better={gauge.name: gauge.better for gauge in gauges},
    )


def measured(gauges: Sequence[Gauge], scores: Columns) -> Mapping[str, Measure]:
    """Each gauge with its interval, by groups; those that are not defined are left out."""
    values = [gauge.read(scores) for gauge in gauges]
    drawn = draws(
        lambda chosen: _read(gauges, scores, chosen), [str(g) for g in scores.texts("group")]
    )
    return {
        gauge.name: Measure(value, *percentile_interval(drawn[:, index]), gauge.count(scores))
        for index, (gauge, value) in enumerate(zip(gauges, values, strict=True))
        if not np.isnan(value)
    }


def _read(gauges: Sequence[Gauge], scores: Columns, chosen: Indices) -> list[float]:
    taken = scores.take(chosen)
    return [gauge.read(taken) for gauge in gauges]
