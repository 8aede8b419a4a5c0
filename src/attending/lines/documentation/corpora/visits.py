"""Visits of ACI-Bench and MTS-Dialog, as their files hold them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """A conversation and what a person wrote of it. heading: of a note's part; "" of a whole."""

    id: str
    dialogue: str
    note: str
    heading: str = ""


def aci_bench(file: Path) -> tuple[Written, ...]:
    """Whole visits: a CSV of ``encounter_id`` (or ``id``), ``dialogue`` and ``note``."""
    return tuple(
        Written(row.get("encounter_id") or row["id"], row["dialogue"], row["note"])
        for row in _rows(file)
    )


def mts_dialog(file: Path) -> tuple[Written, ...]:
    """Short exchanges: a CSV of ``ID``, ``section_header``, ``section_text`` and ``dialogue``."""
    return tuple(
        Written(f"mts-{row['ID']}", row["dialogue"], row["section_text"], row["section_header"])
        for row in _rows(file)
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
