"""Conversations as datasets write them, as turns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attending.core.errors import InvalidInput
from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Turn

# "[doctor] hi" (ACI-Bench), "Doctor: Hi." and "Guest_family: …" (MTS-Dialog, its slips as well).
_ROLES = {
    "doctor": Role.CLINICIAN, "docotr": Role.CLINICIAN, "clinician": Role.CLINICIAN,
    "nurse": Role.CLINICIAN, "guest_clinician": Role.CLINICIAN, "guest_clinican": Role.CLINICIAN,
    "patient": Role.PATIENT, "guest_family": Role.PATIENT, "gest_family": Role.PATIENT,
}  # fmt: skip
_SPEAKER = re.compile(
    r"\[(?P<tag>[a-z_]+)\d*\]\s*"
    rf"|^[ \t]*(?P<name>{'|'.join(_ROLES)}|speaker[ _]?\w+?)[ _]?\d*[ \t]*:",
    re.MULTILINE | re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_INTERVAL = re.compile(
    r"xmin = (?P<start>[\d.]+)\s*\n\s*xmax = [\d.]+\s*\n\s*text = \"(?P<text>(?:[^\"]|\"\")*)\"",
)
_MARK = re.compile(r"<[^>]*>")  # <UNSURE>, <UNIN/>, <INAUDIBLE_SPEECH/>


def turns_of(dialogue: str) -> tuple[Turn, ...]:
    """The turns of a dialogue with speakers; without any, its sentences, by nobody known."""
    marks = list(_SPEAKER.finditer(dialogue))
    if not marks:
        return _numbered((Role.UNKNOWN, said) for said in _SENTENCE.split(dialogue))
    ends = [mark.start() for mark in marks[1:]] + [len(dialogue)]
    return _numbered(
        (_role(mark), dialogue[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)
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
        text = _MARK.sub(" ", match["text"].replace('""', '"')).strip()
        if text:
            yield float(match["start"]), text


def _numbered(said: Iterator[tuple[Role, str]]) -> tuple[Turn, ...]:
    kept = ((role, " ".join(text.split())) for role, text in said)
    heard = [(role, text) for role, text in kept if text]
    return tuple(Turn(i, role, text, f"u{i + 1}") for i, (role, text) in enumerate(heard))


def _role(mark: re.Match[str]) -> Role:
    return _ROLES.get((mark["tag"] or mark["name"]).lower(), Role.UNKNOWN)
