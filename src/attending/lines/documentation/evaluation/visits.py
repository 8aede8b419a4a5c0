"""Visits of a dataset: their dialogue, and who the patient was, for figures by subgroup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.evaluation.formats import Record, holding, records, visit_of
from attending.lines.documentation.fidelity.claims import Turn

_BANDS = ((18, "0-17"), (40, "18-39"), (65, "40-64"), (200, "65+"))


@dataclass(frozen=True)
class Visit:
    """dialogue: as the dataset holds it. sex, age: "" where nothing is said."""

    id: str
    dialogue: str
    note: str = ""
    sex: str = ""
    age: str = ""

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        return turns_of(self.dialogue)


@dataclass(frozen=True)
class Visits:
    """Visits by id, and the files that were read for them."""

    by_id: dict[str, Visit]
    files: tuple[Path, ...]


def visits(files: Iterable[Path], wanted: Iterable[str]) -> Visits:
    """The wanted visits that these files hold; of two that hold one, the first counts."""
    sought = list(files)
    left, found, used = set(wanted), {}, []
    about = _people(sought)
    for path in holding(dict.fromkeys(sought), "dialogue"):
        here = {visit_of(r): r for r in records(path) if visit_of(r) in left}
        if here:
            used.append(path)
            found.update({key: _visit(key, r, about.get(key, {})) for key, r in here.items()})
            left -= here.keys()
    return Visits(found, (*used, *holding(sought, "patient_gender")))


def _visit(key: str, record: Record, person: Record) -> Visit:
    return Visit(
        key,
        str(record["dialogue"]),
        str(record.get("note") or ""),
        str(person.get("patient_gender") or "").strip(),
        band(str(person.get("patient_age") or "")),
    )


def band(age: str) -> str:
    """An age ("58", "45.0", "22-month") as a band of ages; "" if none is given."""
    number = re.match(r"\d+", age.strip())
    if not number:
        return ""
    years = 0 if "month" in age else int(number.group())
    return next(name for limit, name in _BANDS if years < limit)


def _people(files: Iterable[Path]) -> dict[str, Record]:
    """Who the patients are, by each of a visit's ids."""
    return {
        str(record[name]): record
        for path in holding(files, "patient_gender")
        for record in records(path)
        for name in ("id", "encounter_id")
        if record.get(name)
    }
