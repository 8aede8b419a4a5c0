"""The table as Markdown, between the marks of docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence

from attending.assurance.result import Measure
from benchmarks.bench import Figure
from benchmarks.guard.asked import ORDER, PUBLISHED
from benchmarks.guard.measuring import Number
from benchmarks.report import BEGIN, END, PAGE, shown

_MET = {True: "yes", False: "**no**", None: ""}
NAME = "guard"


def table(numbers: Sequence[Number], speeds: Sequence[Figure]) -> str:
    """Every number with its split, interval and goal; what could not be measured says so."""
    rows = [
        "| what | split | value | 95 % interval | n | peers | known before | goal | met |",
        "|---|---|---:|---|---:|---|---|---|---|",
        *map(_row, numbers),
        *map(_speed, speeds),
    ]
    kept = order_kept(numbers)
    if kept is not None:
        rows.append(
            f"| {_ordered(numbers)} | test |  |  |  |  |  | the order kept | {_MET[kept]} |"
        )
    return "\n".join(rows)


def order_kept(numbers: Sequence[Number]) -> bool | None:
    """Whether the published notes are flagged in the order of the issue; None without them."""
    shares = _shares(numbers)
    if not shares.keys() >= set(ORDER):
        return None
    told = [shares[system] for system in ORDER]
    return told == sorted(told)


def write(numbers: Sequence[Number], speeds: Sequence[Figure], heading: str) -> None:
    """Put the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = BEGIN.format(name=NAME), END.format(name=NAME)
    before, rest = page.split(begin)
    _, after = rest.split(end)
    page = f"{before}{begin}\n{heading}\n\n{table(numbers, speeds)}\n{end}{after}"
    PAGE.write_text(page, encoding="utf-8")


def _row(number: Number) -> str:
    asked = number.asked
    if number.measure is None:
        return f"| {asked.what} |  | not measured: {number.absent} |  |  |  | {asked.known} | {asked.goal or ''} |  |"
    peers = ", ".join(f"{name} {measure.value:.3f}" for name, measure in number.peers)
    measure = number.measure
    return (
        f"| {asked.what} | {number.split} | {measure.value:.3f} | {interval(measure)} | {measure.n}"
        f" | {peers} | {asked.known} | {asked.goal or ''} | {_MET[number.met]} |"
    )


def interval(measure: Measure) -> str:
    return f"{measure.low:.3f} to {measure.high:.3f}"


def _speed(figure: Figure) -> str:
    value = f"{shown(figure.value)} {figure.unit}"
    return f"| {figure.name} |  | {value} | {figure.detail} |  |  |  | {figure.goal} | {_MET[figure.met]} |"


def _shares(numbers: Sequence[Number]) -> dict[str, float]:
    return {
        number.asked.measure.removeprefix("flagged/"): number.measure.value
        for number in numbers
        if number.asked.dataset == PUBLISHED and number.measure
    }


def _ordered(numbers: Sequence[Number]) -> str:
    shares = _shares(numbers)
    found = sorted((system for system in ORDER if system in shares), key=lambda s: shares[s])
    return "Published notes, from the least to the most flagged: " + ", ".join(found)
