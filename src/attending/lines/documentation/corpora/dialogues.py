"""Conversations as public sets write them, as turns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from attending.core.errors import InvalidInput
from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Turn

# "[doctor] hi" (ACI-Bench), "Doctor: Hi." and "Guest_family: …" (MTS-Dialog, its slips as well).
_ROLES = {
    "doctor": Role.CLINICIAN, "clinician": Role.CLINICIAN, "physician": Role.CLINICIAN,
    "nurse": Role.CLINICIAN, "provider": Role.CLINICIAN, "docotr": Role.CLINICIAN,
    "guest_clinician": Role.CLINICIAN, "guest_clinican": Role.CLINICIAN, "dr": Role.CLINICIAN,
    "patient": Role.PATIENT, "guest_family": Role.PATIENT, "gest_family": Role.PATIENT,
    "pt": Role.PATIENT,
}  # fmt: skip
_CLINICIANS = frozenset({"doctor", "clinician", "nurse", "guest_clinician"})  # without a slip
_NAME = rf"(?:{'|'.join(_ROLES)}|guest\w*)(?:[_\s-]?\d+)?|(?:speaker|sp)[\s_-]?\w+"
_MARK = re.compile(
    rf"\[(?P<tag>{_NAME})\]"
    r"|^[ \t]*\[(?P<first>[\w -]+)\]"
    rf"|^[ \t]*(?P<name>{_NAME})[ \t]*:"
    r"|(?<=[.?!])[^\S\n]+(?P<within>Doctor|Patient|Guest_\w+):",  # two turns in one line
    re.MULTILINE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"[_\s-]?\d+$")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_INTERVAL = re.compile(
    r"xmin = (?P<start>[\d.]+)\s*\n\s*xmax = [\d.]+\s*\n\s*text = \"(?P<text>(?:[^\"]|\"\")*)\"",
)
_NOISE = re.compile(r"<[^>]*>")  # <UNSURE>, <UNIN/>, <INAUDIBLE_SPEECH/>


def turns_of(dialogue: str, *, mended: bool = True) -> tuple[Turn, ...]:
    """The turns of a dialogue with speakers; without any, its sentences, by nobody known.

    A line without a speaker goes on with the turn before it. mended: slips of typing are read
    as they were meant ("Docotr:", two turns in one line). The shipped judge learned from them
    as they stand, whoever is no clinician taken for the patient.
    """
    lines = "\n".join(dialogue.splitlines())
    marks = [mark for mark in _MARK.finditer(lines) if mended or not mark["within"]]
    if not marks:
        return _numbered((Role.UNKNOWN, said) for said in _SENTENCE.split(lines))
    ends = [mark.start() for mark in marks[1:]] + [len(lines)]
    return _numbered(
        [
            (Role.UNKNOWN, lines[: marks[0].start()]),
            *(
                (_role(mark, mended=mended), lines[mark.end() : end])
                for mark, end in zip(marks, ends, strict=True)
            ),
        ]
    )


def textgrid_turns(doctor: Path, patient: Path) -> tuple[Turn, ...]:
    """The turns of two Praat TextGrids, one a speaker, in order of time."""
    said = [
        *((start, Role.CLINICIAN, text) for start, text in _intervals(doctor)),
        *((start, Role.PATIENT, text) for start, text in _intervals(patient)),
    ]
    return _numbered((role, text) for _, role, text in sorted(said, key=lambda each: each[0]))


def _intervals(path: Path) -> Iterator[tuple[float, str]]:
    content = path.read_text(encoding="utf-8-sig")
    if "TextGrid" not in content[:200]:
        raise InvalidInput(f"{path.name} is no TextGrid.", remedy="Give Praat's long text form.")
    for match in _INTERVAL.finditer(content):
        text = _NOISE.sub(" ", match["text"].replace('""', '"')).strip()
        if text:
            yield float(match["start"]), " ".join(text.split())


def _numbered(said: Iterable[tuple[Role, str]]) -> tuple[Turn, ...]:
    kept = ((role, " ".join(filter(None, map(str.strip, text.split("\n"))))) for role, text in said)
    heard = [(role, text) for role, text in kept if text]
    return tuple(Turn(i, role, text, f"u{i + 1}") for i, (role, text) in enumerate(heard))


def _role(mark: re.Match[str], *, mended: bool) -> Role:
    speaker = next(filter(None, mark.groups())).strip().lower()
    if not mended:
        return Role.CLINICIAN if speaker in _CLINICIANS else Role.PATIENT
    return _ROLES.get(_NUMBERED.sub("", speaker), Role.UNKNOWN)
