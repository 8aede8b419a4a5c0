"""``attending fit``: what the guard learned from public data, learned again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import attending
from attending.core.support import SupportModel

# The line is imported where it is used: its words are read for a second, and no command that is
# given in haste waits for them.

fit = typer.Typer(
    help="Fit the guard again: its table of words, then its score.", no_args_is_help=True
)

_FITTED = Path(attending.__file__).parent / "lines/documentation/fidelity/fitted"

Data = Annotated[Path, typer.Argument(help="The folder with scribe/ and nlp/.", exists=True)]
Out = Annotated[Path, typer.Option(help="Where the result is written.", file_okay=False)]


@fit.command()
def words(data: Data, *, out: Out = _FITTED) -> None:
    """Learn what notes write of what was said. Fit the guard again afterwards."""
    from attending.lines.documentation.fidelity import association  # noqa: PLC0415
    from attending.lines.documentation.fidelity.fitting import run  # noqa: PLC0415

    console = Console()
    with console.status("Reading the visits"):
        learned = run.learn_words(data)
    (out / association.FILE).write_bytes(learned.packed())
    console.print(
        f"{len(learned.written)} words of talk: {out / association.FILE}", highlight=False
    )


@fit.command()
def guard(
    data: Data,
    *,
    judge: Annotated[
        Path | None, typer.Option(help="Folder of a judge; else the one that is shipped.")
    ] = None,
    lexical: Annotated[
        bool, typer.Option("--lexical", help="For installations without a judge.")
    ] = False,
    memory: Annotated[
        Path | None, typer.Option(help="Folder that keeps the judge's verdicts between fits.")
    ] = None,
    out: Out = _FITTED,
) -> None:
    """Fit the score of the guard, with its thresholds by budget."""
    from attending.lines.documentation.fidelity import combined  # noqa: PLC0415
    from attending.lines.documentation.fidelity.fitting import run  # noqa: PLC0415

    console = Console()
    asked = None if lexical else _judge(judge)
    with console.status("Measuring every example in its note"):
        made = run.fit_guard(data, asked, memory)
    file = out / combined.FILE
    known = json.loads(file.read_text()) if file.exists() else {}
    known[run.kind(asked)] = made
    file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    told = {name: made["facts"][name] for name in ("judge", "examples", "ece", "recall")}
    console.print_json(json.dumps({**told, "thresholds": made["thresholds"]}))


def _judge(folder: Path | None) -> SupportModel:
    # Imported here: it loads the ONNX runtime.
    from attending.adapters.models.support import OnnxSupport, shipped  # noqa: PLC0415

    return OnnxSupport(folder) if folder else shipped()
