"""Visits to learn from: what was said, and the note that a person wrote of it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Turn

_TURN = re.compile(r"^\s*\[?(\w+)[\]:]\s*(.*)$")
_TAG = re.compile(r"\s*(\[(?:doctor|patient|clinician|nurse|guest\w*)\])")
_CLINICIANS = frozenset({"doctor", "clinician", "nurse", "guest_clinician"})
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z•\-\d])")
_BULLET = re.compile(r"^[\s•\-*]+|^\d+\.\s+")
_INTERVAL = re.compile(
    r'xmin = ([\d.]+)\s+xmax = [\d.]+\s+text = "(.*?)"\s*$', re.MULTILINE | re.DOTALL
)
_MARKUP = re.compile(r"<[^>]*>")
_SHORTEST = 3  # words of a sentence worth judging, where it is no short finding


@dataclass(frozen=True)
class Visit:
    """``sentences``: the note's, in order, without headings. ``origin``: set and id."""

    origin: str
    turns: tuple[Turn, ...]
    sentences: tuple[str, ...]


def turns_of(dialogue: str) -> tuple[Turn, ...]:
    """A dialogue of lines "[doctor] …" or "Doctor: …"; a line without a mark goes on."""
    said: list[tuple[Role, str]] = []
    for line in _TAG.sub(r"\n\1", dialogue).splitlines():
        match = _TURN.match(line)
        if match:
            clinician = match[1].lower() in _CLINICIANS
            said.append((Role.CLINICIAN if clinician else Role.PATIENT, match[2]))
        elif said and line.strip():
            said[-1] = (said[-1][0], f"{said[-1][1]} {line.strip()}")
    return tuple(Turn(index, role, text) for index, (role, text) in enumerate(said) if text)


def sentences_of(note: str) -> tuple[str, ...]:
    """A note's sentences: headings left out, bullets taken off."""
    found: list[str] = []
    for line in note.splitlines():
        if _is_heading(line):
            continue
        for sentence in _SENTENCE.split(line):
            bare = _BULLET.sub("", sentence).strip()
            if len(bare.split()) >= _SHORTEST or (bare.endswith(".") and len(bare) > 1):
                found.append(bare)
    return tuple(found)


def _is_heading(line: str) -> bool:
    bare = line.strip().rstrip(":")
    return not bare or bare.isupper() or (len(bare.split()) <= _SHORTEST and bare[-1].isalpha())


def aci_visits(file: Path) -> Iterator[Visit]:
    """ACI-Bench: one CSV of ``encounter_id`` (or ``id``), ``dialogue`` and ``note``."""
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            name = row.get("encounter_id") or row["id"]
            yield Visit(f"aci/{name}", turns_of(row["dialogue"]), sentences_of(row["note"]))


def mts_visits(file: Path) -> Iterator[Visit]:
    """MTS-Dialog: one CSV of ``ID``, ``section_text`` and ``dialogue``."""
    with file.open(encoding="utf-8", errors="replace", newline="") as opened:
        for row in csv.DictReader(opened):
            text = " ".join(row["section_text"].split())
            yield Visit(f"mts/{row['ID']}", turns_of(row["dialogue"]), sentences_of(text))


def primock_visits(folder: Path) -> Iterator[Visit]:
    """PriMock57: a JSON note beside two TextGrids, the doctor's and the patient's."""
    for file in sorted(folder.glob("*.json")):
        note = json.loads(file.read_text(encoding="utf-8"))["note"]
        yield Visit(f"primock/{file.stem}", _spoken_of(file), sentences_of(note))


def _spoken_of(note: Path) -> tuple[Turn, ...]:
    said: list[tuple[float, Role, str]] = []
    for role, name in ((Role.CLINICIAN, "doctor"), (Role.PATIENT, "patient")):
        grid = note.with_name(f"{note.stem}_{name}.TextGrid").read_text(encoding="utf-8")
        for start, text in _INTERVAL.findall(grid):
            if bare := " ".join(_MARKUP.sub(" ", text).split()):
                said.append((float(start), role, bare))
    return tuple(Turn(index, role, text) for index, (_, role, text) in enumerate(sorted(said)))
