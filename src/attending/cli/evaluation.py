"""``attending evaluate`` and ``attending compare``: better and worse, measured.

No database is asked, but for a registered version that is named, or that keeps the result.
"""

from __future__ import annotations

import getpass
import json as forms
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from attending import app as wiring
from attending.adapters.storage import registering
from attending.assurance.comparison import Difference, comparable, paired, unpaired
from attending.assurance.evaluation import Evaluated, EvaluationTask, Request, evaluate
from attending.assurance.registered import registered
from attending.assurance.report import write_report
from attending.assurance.result import Measure, Result, Subject, read_result
from attending.assurance.store import Store
from attending.cli.installations import HOME, Home, administered
from attending.core.errors import InvalidInput, NotFound
from attending.core.registry import ModelVersion
from attending.settings import Settings

SCORES = Path("var/evaluations")
Scores = Annotated[Path, typer.Option(help="Folder that keeps the scores of every evaluation.")]
By = Annotated[str, typer.Option(help="Who adds it; else who is logged in to this machine.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
_CLEARER = {"A": "A better", "B": "B better", "": "not sure"}


def evaluate_command(
    task: Annotated[
        str, typer.Argument(help="guard, support, evidence, negation, draft, headers.")
    ],
    dataset: Annotated[Path, typer.Argument(help="A file or folder: docs/evaluation.md.")],
    *,
    json: AsJson = False,
    report: Annotated[
        Path | None, typer.Option(help="Folder for a report with pictures (report.html).")
    ] = None,
    off: Annotated[
        list[str] | None, typer.Option(help="A check to turn off; the result names it.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="The first items alone.", min=1)] = None,
    subject: Annotated[
        str,
        typer.Option(
            help="A registered NAME or NAME@VERSION, or a plain peer; else what is shipped."
        ),
    ] = "",
    beside: Annotated[
        Path | None, typer.Option(help="Where the dialogues are, if not beside the dataset.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Keep the result with the registered version, too.")
    ] = False,
    by: By = "",
    scores: Scores = SCORES,
    home: Home = HOME,
) -> None:
    """Evaluate over a dataset, and print a table."""
    found = named(wiring.evaluation_tasks(Settings()), task)
    asked = Request(dataset, beside, subject.partition("@")[0], frozenset(off or ()), limit)
    version = _registered(found, asked, subject, home, add=add)
    if version is not None:
        about = Subject(version.name, version.version, version.digest)
        asked = replace(asked, registered=about)
    done = _watched(found, asked, Store(scores))
    if add and version is not None:
        _keep(done.result, version, by, home)
    if report is not None:
        write_report(done, report)
    if json:
        typer.echo(done.result.as_json())
        return
    _print_result(Console(), done)
    if report is not None:
        Console(stderr=True).print(f"Report: {report / 'report.html'}", highlight=False)


def _registered(
    task: EvaluationTask, asked: Request, subject: str, home: Path, *, add: bool
) -> ModelVersion | None:
    """The version of the registry that is evaluated; None where the registry is not asked:

    for what is shipped, and for a plain peer. Raises NotFound, Conflict if it is not what runs
    here; InvalidInput for what could not be added.
    """
    here = task.offers.known_as(asked.subject)
    if add and (not here or asked.off or asked.limit):
        raise InvalidInput(
            "Only the whole evaluation of a registered version is added.",
            remedy="Leave out --off, --limit and plain peers, or leave out --add.",
        )
    if not here or not (subject or add):
        return None
    _, _, number = subject.partition("@")
    with administered(home) as (admin_dsn, _settings):
        return registered(registering.versions(admin_dsn), here, here[0].name, number)


def _keep(result: Result, version: ModelVersion, by: str, home: Path) -> None:
    with administered(home) as (admin_dsn, _settings):
        kept = registering.add_evaluation(
            admin_dsn, result.as_json(), by or getpass.getuser(), version.kind
        )
    told = f"Kept for {version.kind} {version.label}: {kept.digest}"
    Console(stderr=True).print(told, highlight=False, markup=False, soft_wrap=True)


def compare_command(
    first: Annotated[str, typer.Argument(metavar="A", help="A result's file, or its digest.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    *,
    json: AsJson = False,
    scores: Scores = SCORES,
) -> None:
    """Compare two evaluations of the same data, measure by measure."""
    store = Store(scores)
    results = _result(first, store), _result(second, store)
    comparable(*results)
    differences = _differences(results, store)
    if json:
        typer.echo(forms.dumps([_document(each) for each in differences], indent=2))
        return
    _print_differences(Console(), results, differences)


def named(tasks: Mapping[str, EvaluationTask], name: str) -> EvaluationTask:
    """Raises InvalidInput."""
    if name not in tasks:
        raise InvalidInput(
            f"There is no evaluation called {name}.", remedy=f"Name one of {', '.join(tasks)}."
        )
    return tasks[name]


def _watched(task: EvaluationTask, request: Request, store: Store) -> Evaluated:
    trial = task.open(request)
    shown = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*shown, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(f"{trial.task} · {request.dataset.name}", total=len(trial.items))
        return evaluate(
            trial,
            request,
            store,
            lambda done, total: bars.update(bar, completed=done, total=total),
        )


def _print_result(console: Console, done: Evaluated) -> None:
    result = done.result
    table = Table(title=_title(result), title_justify="left", caption_justify="left")
    for heading in ("measure", "value", "95 % interval", "n"):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    for name, measure in result.measures.items():
        table.add_row(name, f"{measure.value:.3f}", interval(measure), f"{measure.n:,}")
    console.print(table)
    off = f"; turned off: {', '.join(result.off)}" if result.off else ""
    console.print(
        f"{result.subject.name} {result.subject.version}; {result.items} items,"
        f" {done.read} of them read from {done.folder.parent}{off}",
        highlight=False,
        markup=False,
    )
    console.print(f"evaluation {result.evaluation}", highlight=False)


def interval(measure: Measure) -> str:
    return f"{measure.low:.3f} - {measure.high:.3f}"


def _title(result: Result) -> str:
    split = f", {result.split}" if result.split else ""
    return f"{result.task}: {result.dataset} ({result.format}{split})"


def _result(given: str, store: Store) -> Result:
    path = Path(given)
    return read_result(path) if path.is_file() else store.result(given)


def _differences(results: tuple[Result, Result], store: Store) -> tuple[Difference, ...]:
    """By items if the scores of both are kept here, else by the documents alone.

    Scores that an earlier version made are not read by this one's rules.
    """
    task = named(wiring.evaluation_tasks(Settings()), results[0].task)
    if {result.version for result in results} != {task.version}:
        return unpaired(results)
    try:
        rows = store.rows(results[0].evaluation), store.rows(results[1].evaluation)
    except NotFound:
        return unpaired(results)
    return paired(results, rows, task.reading(results[0].format))


def _document(each: Difference) -> dict[str, object]:
    return {
        "measure": each.measure,
        "a": each.first.value,
        "b": each.second.value,
        "difference": each.value,
        "low": each.low,
        "high": each.high,
        "paired": each.paired,
        "better": each.better,
    }


def _print_differences(
    console: Console, results: tuple[Result, Result], differences: tuple[Difference, ...]
) -> None:
    table = Table(title=_title(results[0]), title_justify="left")
    for heading in ("measure", "A", "B", "A - B", "95 % interval", "verdict"):
        table.add_column(heading, justify="left" if heading in {"measure", "verdict"} else "right")
    for each in differences:
        table.add_row(
            each.measure,
            f"{each.first.value:.3f}",
            f"{each.second.value:.3f}",
            f"{each.value:+.3f}",
            f"{each.low:+.3f} - {each.high:+.3f}",
            _CLEARER[each.better],
        )
    console.print(table)
    for letter, result in zip("AB", results, strict=True):
        subject = f"{letter}: {result.subject.name} {result.subject.version}"
        console.print(subject, highlight=False, markup=False)
    if differences and not differences[0].paired:
        console.print(
            "The scores of both are not kept here, or by an earlier version: the intervals of the documents were set"
            " against each other, which shows less than the items would.",
            highlight=False,
        )
