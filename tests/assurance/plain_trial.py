"""A trial of our own for tests: items are numbers, and one may be waited at."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Request, Trial, evaluate
from attending.assurance.measures.ranking import auroc
from attending.assurance.result import Subject
from attending.assurance.store import Store


class PlainReading:
    def prepared(self, scores: Columns) -> Columns:
        return scores.with_(doubled=scores.numbers("score") * 2)

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        return (
            Gauge("auroc", lambda s: auroc(s.numbers("doubled"), s.flags("wrong"))),
            Gauge("mean", lambda s: float(s.numbers("score").mean()), better="none"),
            Gauge("error", lambda s: float(np.mean(~s.flags("wrong"))), better="lower"),
            Gauge("undefined", lambda _: float("nan")),
        )

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        return (
            Drawing("bars", "By <type> & kind", ("one", "t<wo>"), ((0.5, 0.4, 0.6), (0.2, 0, 1))),
            Drawing("reliability", "Reliability", points=((0.1, 0.2, 5), (0.9, 0.8, 7))),
            Drawing("roc", "Curve", points=((0, 0), (0.2, 0.7), (1, 1))),
            Drawing("bars", "Nothing"),
        )


@dataclass
class Scoring:
    """Scores items by a rule, remembers which, and can stop at one."""

    shift: float = 0.0
    wait_at: str = ""
    scored: list[str] = field(default_factory=list)

    def __call__(self, item: str) -> tuple[Row, ...]:
        if item == self.wait_at:
            sys.stdout.write("waiting\n")
            sys.stdout.flush()
            sys.stdin.read()
        self.scored.append(item)
        number = int(item)
        return tuple(
            {
                "row": str(row),
                "group": item,
                "wrong": (number + row) % 3 == 0,
                "score": float((number * 7 + row * 5) % 11)
                + self.shift * ((number + row) % 3 == 0),
            }
            for row in range(2)
        )


def trial(
    dataset: Path,
    scoring: Scoring,
    *,
    version: str = "1",
    subject: str = "s",
    beside: tuple[Path, ...] = (),
) -> Trial:
    files = (dataset,) if dataset.is_file() else tuple(sorted(dataset.iterdir()))
    return Trial(
        task="plain",
        format="numbers",
        split="dev",
        version=version,
        subject=Subject(subject, "1", "0" * 64),
        files=files,
        beside=beside,
        items=tuple(str(n) for n in range(12)),
        score=scoring,
        reading=PlainReading(),
    )


def main(dataset: str, store: str, wait_at: str) -> None:
    path = Path(dataset)
    evaluate(
        trial(path, Scoring(wait_at=wait_at)), Request(path), Store(Path(store)), lambda *_: None
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
