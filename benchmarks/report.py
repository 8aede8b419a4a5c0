"""The figures of a run: as a table, as JSON, and as the page docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.bench import ROOT, Figure

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: {name} -->", "<!-- end: {name} -->"
_MET = {True: "yes", False: "**no**", None: ""}
_STYLE = {True: "green", False: "bold red", None: ""}


@dataclass
class Report:
    command: str
    at: str
    machine: dict[str, str]
    figures: dict[str, list[Figure]] = field(default_factory=dict)

    @classmethod
    def begun(cls, arguments: Sequence[str]) -> Report:
        shown = " ".join(arguments)
        command = f'make bench ARGS="{shown}"' if shown else "make bench"
        return cls(command, datetime.now(UTC).isoformat(timespec="minutes"), machine())

    def add(self, measurement: str, figures: list[Figure]) -> None:
        self.figures[measurement] = figures

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    def write(self) -> None:
        """Put the table of each measurement into the page, between its two marks."""
        page = PAGE.read_text(encoding="utf-8")
        for name, figures in self.figures.items():
            begin, end = BEGIN.format(name=name), END.format(name=name)
            before, rest = page.split(begin)
            _, after = rest.split(end)
            page = f"{before}{begin}\n{self._markdown(figures)}\n{end}{after}"
        PAGE.write_text(page, encoding="utf-8")

    def _markdown(self, figures: Sequence[Figure]) -> str:
        machine = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        lines = [
            f"{self.at}, `{self.command}`; {machine}.",
            "",
            "| what | value | goal | met | how |",
            "|---|---:|---|---|---|",
        ]
        return "\n".join([*lines, *map(_row, figures)])


def print_table(console: Console, title: str, figures: Sequence[Figure]) -> None:
    table = Table(title=title, title_justify="left", expand=True)
    table.add_column("what", ratio=4)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("goal", no_wrap=True)
    table.add_column("how", ratio=5)
    for figure in figures:
        table.add_row(
            escape(figure.name),
            f"{shown(figure.value)} {figure.unit}",
            figure.goal,
            escape(figure.detail),
            style=_STYLE[figure.met],
        )
    console.print(table)


def shown(value: float) -> str:
    """The digits that mean something: 12,345 and 1.062 and 0.0123 alike."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if 0.1 <= abs(value) < 10 else f"{value:.3g}"


def _row(figure: Figure) -> str:
    value = f"{shown(figure.value)} {figure.unit}".strip()
    return f"| {figure.name} | {value} | {figure.goal} | {_MET[figure.met]} | {figure.detail} |"


def machine() -> dict[str, str]:
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{gibibytes:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "load before the run": f"{load:.1f}",
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
