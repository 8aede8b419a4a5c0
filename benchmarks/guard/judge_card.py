"""``python -m benchmarks.guard.judge_card``: how the shipped judge does by itself, for its card.

Run it whenever the judge was trained anew. The documents lie beside the judge, and are registered
with it, so that its card has figures, by subgroup too, in every installation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from attending import app as wiring
from attending.adapters import models
from attending.assurance.evaluation import Request, evaluate
from attending.assurance.store import Store
from attending.core.errors import Misconfigured
from attending.settings import Settings
from benchmarks.bench import ROOT
from benchmarks.guard.asked import CLAIMS, SEEDED

KEPT = Path(models.__path__[0]) / "support" / "evaluations"
ASKED = (("guard", SEEDED), ("support", CLAIMS))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.guard.judge_card", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--scores", type=Path, default=ROOT / "var" / "evaluations")
    asked = parser.parse_args(arguments)
    support = wiring.evaluation_engines(Settings()).support
    if support is None:
        raise Misconfigured("No line asks for a judge of support.")
    KEPT.mkdir(exist_ok=True)
    for task, dataset in ASKED:
        request = Request(asked.data / dataset, subject=support.name)
        trial = wiring.evaluation_tasks(Settings())[task].open(request)
        done = evaluate(trial, request, Store(asked.scores), _told)
        path = KEPT / f"{task}.json"
        path.write_text(done.result.as_json() + "\n", encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


def _told(done: int, total: int) -> None:
    if done and done % 10 == 0:
        print(f"  {done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
