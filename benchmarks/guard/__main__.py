"""``python -m benchmarks.guard``: measure all that the table asks, and print it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from attending import app as wiring
from attending.assurance.evaluation import Evaluated
from attending.assurance.store import Store
from attending.settings import Settings
from benchmarks.bench import ROOT, Figure
from benchmarks.guard import pages, published_notes, speed
from benchmarks.guard.asked import ASKED, PUBLISHED
from benchmarks.guard.measuring import Measuring, Number
from benchmarks.report import machine, shown

_WIDTH = 160
_STYLE = {True: "green", False: "bold red", None: ""}


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    if asked.write and (asked.only or asked.limit):
        print("--write is for the whole table: no --only, no --limit.", file=sys.stderr)
        return 2
    if not asked.data.is_dir():
        print(f"There is no data folder {asked.data}: give --data FOLDER.", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    told = Console(stderr=True)
    measuring = Measuring(
        wiring.evaluation_tasks(Settings()),
        asked.data.resolve(),
        Store(asked.scores),
        asked.limit,
        lambda what: told.print(what, highlight=False, markup=False),
        wiring.evaluation_engines(Settings()).support,
    )
    numbers = [
        measuring.number(each)
        for each in ASKED
        if not asked.only or any(word in f"{each.task} {each.dataset}" for word in asked.only)
    ]
    speeds = [] if asked.only or asked.no_speed else speed.measure()
    _show(asked, numbers, speeds)
    if asked.write:
        _write(measuring, numbers, speeds)
    missed = [number for number in numbers if number.met is False]
    return 1 if asked.strict and missed else 0


def _write(measuring: Measuring, numbers: list[Number], speeds: list[Figure]) -> None:
    about = ", ".join(f"{name} {value}" for name, value in machine().items())
    subject = next((n.subject for n in numbers if n.measure), "")
    at = datetime.now(UTC).isoformat(timespec="minutes")
    heading = f"{at}, `make bench-guard`; {subject}; {about}."
    pages.write(numbers, speeds, heading)
    done = measuring.evaluated("guard", PUBLISHED)
    if isinstance(done, Evaluated):
        published_notes.write(measuring, done, measuring.place(PUBLISHED), heading)


def _show(asked: argparse.Namespace, numbers: list[Number], speeds: list[Figure]) -> None:
    if asked.json:
        document = {"numbers": [asdict(n) for n in numbers], "speed": [asdict(f) for f in speeds]}
        print(json.dumps(document, indent=2))
        return
    table = Table(title="The guard", title_justify="left")
    for name in ("what", "split", "value", "95 %", "peers", "goal"):
        table.add_column(name)
    for number in numbers:
        table.add_row(*_cells(number), style=_STYLE[number.met])
    for figure in speeds:
        value = f"{shown(figure.value)} {figure.unit}"
        table.add_row(escape(figure.name), "", value, "", "", figure.goal)
    console = Console()
    console.width = max(console.width, _WIDTH)  # a file has no width of its own
    console.print(table)


def _cells(number: Number) -> tuple[str, ...]:
    asked, measure = number.asked, number.measure
    goal = str(asked.goal or "")
    if measure is None:
        return escape(asked.what), "", f"not measured: {number.absent}", "", "", goal
    peers = ", ".join(f"{name} {peer.value:.3f}" for name, peer in number.peers)
    return (
        escape(asked.what), number.split, f"{measure.value:.3f}", pages.interval(measure), peers,
        goal,
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--scores", type=Path, default=ROOT / "var" / "evaluations")
    parser.add_argument("--only", action="append", help="a task, or a part of a dataset's path")
    parser.add_argument("--limit", type=int, help="items of each evaluation at most, for a look")
    parser.add_argument("--no-speed", action="store_true", help="leave the times out")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write the pages in docs/")
    parser.add_argument("--strict", action="store_true", help="fail if a goal is missed")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
