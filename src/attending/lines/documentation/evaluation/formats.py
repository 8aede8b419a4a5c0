"""The files that datasets come in: recognised by what they hold, never by their names."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from attending.core.errors import InvalidInput

Record = Mapping[str, Any]
TABLES = {".csv", ".json", ".jsonl", ".gz"}

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a dialogue is longer than the default


def records(path: Path) -> tuple[Record, ...]:
    """The records of a CSV, JSON (a list of objects) or JSON-lines file, gzipped or not.

    Raises InvalidInput: unreadable, empty, or of no such form.
    """
    try:
        found = _parsed(path)
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        raise InvalidInput(
            f"{path.name} cannot be read as CSV, JSON or JSON lines.",
            remedy="Give a file in one of the formats of docs/evaluation.md, in UTF-8.",
        ) from error
    if not found:
        raise InvalidInput(
            f"{path.name} holds no record.", remedy="Give a file with one item at least."
        )
    return found


def tables(dataset: Path) -> tuple[Path, ...]:
    """The dataset's files that may hold records: itself, or those of its folder, sorted."""
    if not dataset.exists():
        raise InvalidInput(
            f"There is no {dataset.name} here.", remedy="Check the path of the dataset."
        )
    if dataset.is_file():
        return (dataset,)
    return tuple(p for p in sorted(dataset.iterdir()) if p.is_file() and p.suffix in TABLES)


def holding(files: Iterable[Path], *fields: str) -> tuple[Path, ...]:
    """Of these files, those whose first record has all these fields."""
    return tuple(path for path in files if set(fields) <= _first(path).keys())


def neighbours(dataset: Path, beside: Path | None) -> tuple[Path, ...]:
    """Where what belongs to a dataset is looked for: beside it, and in the folders beside that.

    With ``beside`` there alone, a file or a folder and what is in it.
    """
    if beside is not None:
        if beside.is_file():
            return (beside,)
        places = [beside, *_folders(beside)]
    else:
        home = dataset if dataset.is_dir() else dataset.parent
        places = [home, home.parent, *_folders(home.parent)]
    files = (path for place in places for path in sorted(place.iterdir()) if path.is_file())
    return tuple(dict.fromkeys(path for path in files if path.suffix in TABLES))


def visit_of(record: Record) -> str:
    """The id of the visit that a record is about, under any of its public names; "" for none."""
    return str(record.get("encounter_id") or record.get("encounter") or record.get("id") or "")


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """Names made unique: the second "V1" is "V1#2"."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(found)


def refused(dataset: Path, files: Sequence[Path], known: Sequence[str]) -> InvalidInput:
    """The error for a dataset that no format of a task fits; an unreadable file is told first."""
    if dataset.is_file():
        records(files[0])
    return InvalidInput(
        f"{dataset.name} is in no format that this task knows.",
        remedy=f"It reads: {'; '.join(known)}. docs/evaluation.md shows each.",
    )


def missing(what: str, dataset: Path) -> InvalidInput:
    """The error for something that belongs to a dataset and is not beside it."""
    return InvalidInput(
        f"The {what} of {dataset.name} were not found beside it.",
        remedy="Say where they are: --beside FOLDER.",
    )


def split_of(name: str) -> str:
    """Which part of a public set a file is, by its name; "" if that says nothing."""
    low = name.lower()
    for part, cues in (("test", ("test",)), ("dev", ("valid", "dev")), ("train", ("train",))):
        if any(cue in low for cue in cues):
            return part
    return ""


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir())


def _first(path: Path) -> Record:
    """The first record, without reading the rest of a long file; {} if there is none."""
    try:
        if ".json" in path.suffixes and ".jsonl" not in path.suffixes:
            return next(iter(_parsed(path)), {})
        with _opened(path) as lines:
            if ".csv" in path.suffixes:
                return next(iter(csv.DictReader(lines)), {})
            first = json.loads(next(iter(lines), "{}"))
            return first if isinstance(first, dict) else {}
    except (OSError, UnicodeDecodeError, ValueError, csv.Error):
        return {}  # no file of records: it is not the one that is looked for


def _parsed(path: Path) -> tuple[Record, ...]:
    with _opened(path) as lines:
        if ".csv" in path.suffixes:
            return tuple(csv.DictReader(lines))
        if ".jsonl" in path.suffixes:
            return tuple(_objects(json.loads(line) for line in lines if line.strip()))
        document = json.load(lines)
    return tuple(_objects(document if isinstance(document, list) else [document]))


def _objects(found: Iterable[object]) -> Iterator[Record]:
    for each in found:
        if not isinstance(each, dict):
            raise ValueError("a record is an object")  # noqa: TRY004 - told with the others
        yield each


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
