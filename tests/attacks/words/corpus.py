"""The corpus of attacks by words, as it is kept beside this file. See README.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
CHANNELS = ("spoken", "audio", "model", "typed", "patient_name", "ehr", "metadata")
HOLDS = frozenset(
    {"state", "rows", "findings", "grounds", "shown", "logs", "flagged", "refused", "turned_away"}
)


@dataclass(frozen=True)
class Attack:
    """``flagged``: the check that must tell of it. ``more``: what its channel needs."""

    id: str
    channel: str
    language: str
    against: str  # drafting, guard or judge
    tries: str
    text: str
    flagged: str | None
    holds: tuple[str, ...]
    more: dict[str, Any]

    def __str__(self) -> str:
        return self.id


def attacks(*channels: str) -> list[Attack]:
    return [_attack(row) for channel in channels for row in _rows(channel)]


def turns() -> dict[str, list[dict[str, Any]]]:
    """Who speaks when in the clips: by file, the true turns."""
    told: dict[str, list[dict[str, Any]]] = json.loads(
        (FOLDER / "audio" / "turns.json").read_text(encoding="utf-8")
    )
    return told


def _rows(channel: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        (FOLDER / f"{channel}.json").read_text(encoding="utf-8")
    )
    return rows


def _attack(row: dict[str, Any]) -> Attack:
    names = ("id", "channel", "language", "against", "tries", "text", "flagged")
    more = {name: value for name, value in row.items() if name not in (*names, "holds")}
    return Attack(**{name: row[name] for name in names}, holds=tuple(row["holds"]), more=more)
