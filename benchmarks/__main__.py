"""``python -m benchmarks``: run the measurements, print the table."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from rich.console import Console

from attending.adapters.storage.embedded import EmbeddedPostgres
from benchmarks import (
    audit_chain,
    audit_writers,
    capture_time,
    edit_check,
    http_review,
    key_rotation,
    loop_time,
    pause_time,
    queue_times,
    report,
    review_page,
    rollback_time,
    row_security,
    speech_quality,
    worklist_page,
)
from benchmarks.bench import Bench, Effort, Figure
from benchmarks.reviewer import review_time

MEASUREMENTS: Mapping[str, Callable[[Bench], list[Figure]]] = {
    "loop": loop_time.measure,
    "capture": capture_time.measure,
    "rls": row_security.measure,
    "http": http_review.measure,
    "review": review_page.measure,
    "edit": edit_check.measure,
    "audit": audit_chain.measure,
    "keys": key_rotation.measure,
    "writers": audit_writers.measure,
    "queue": queue_times.measure,
    "pause": pause_time.measure,
    "rollback": rollback_time.measure,
    "speech": speech_quality.measure,
    "worklist": worklist_page.measure,
    "reviewer": review_time.measure,
}


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    names = tuple(asked.only or MEASUREMENTS)
    if asked.write and asked.quick:
        print("--write is for measurements of full size: no --quick.", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    made = report.Report.begun(arguments)
    console = Console(stderr=True)
    with _server() as folder, console.status("starting") as status:
        bench = Bench(folder, Effort.QUICK if asked.quick else Effort.FULL, status.update)
        for name in names:
            status.update(name)
            figures = MEASUREMENTS[name](bench)
            made.add(name, figures)
            if not asked.json:
                report.print_table(Console(), name, figures)
    if asked.json:
        print(made.as_json())
    if asked.write:
        made.write()
        console.print(f"Written: {report.PAGE.name}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(MEASUREMENTS), help="repeatable")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, a few minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write them into docs/benchmarks.md")
    return parser


@contextmanager
def _server() -> Iterator[Path]:
    """A folder for the run, with the database server that the measurements start in it."""
    for name in [name for name in os.environ if name.startswith("ATTENDING_")]:
        if name != speech_quality.DATA:
            del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="attending-bench-"))
    folder.chmod(0o755)  # the server's account must reach its data below
    try:
        yield folder
    finally:
        if (folder / "postgres").exists():
            EmbeddedPostgres(folder / "postgres").stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
