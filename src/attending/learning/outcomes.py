"""What came of one section of one note: plain numbers, of which series are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from attending.assurance.measures.text import edit_share
from attending.core.draft import Finding, Statement
from attending.core.learned import ReviewedNote, ReviewedSection

WHOLE = "note"  # the section of what is measured of the note as a whole


@dataclass(frozen=True)
class Measure:
    """title: as it stands on a page. unit: "" for a share. better: "lower", or "higher"."""

    title: str
    unit: str
    better: str


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "fidelity": Measure("Statements kept as drafted", "", "higher"),
        "characters": Measure("Characters changed", "", "lower"),
        "words": Measure("Words changed", "", "lower"),
        "findings_accepted": Measure("Findings acted on", "", "higher"),
        "sections": Measure("Sections changed for this reason", "", "lower"),
        "seconds_to_sign": Measure("Time from first look to signature", "s", "lower"),
    }
)


def model_of(note: ReviewedNote) -> str:
    """Name and version, and the prompt's version if it has one."""
    model = note.model
    return " ".join(filter(None, (model.name, model.version, model.prompt_version)))


def of_section(section: ReviewedSection) -> Mapping[str, float]:
    """By the names of MEASURES."""
    return _measured(section.drafted, section.signed, _acted(section))


def of_note(note: ReviewedNote) -> Mapping[str, float]:
    """Of all its sections together."""
    drafted = tuple(s for each in note.sections for s in each.drafted)
    signed = tuple(s for each in note.sections for s in each.signed)
    acted = [one for each in note.sections for one in _acted(each)]
    looked = (note.signed_at - note.seen_at).total_seconds()
    return {**_measured(drafted, signed, acted), "seconds_to_sign": looked}


def _measured(
    drafted: tuple[Statement, ...], signed: tuple[Statement, ...], acted: list[bool]
) -> dict[str, float]:
    """A share of nothing is left out."""
    before, after = _text(drafted), _text(signed)
    found = {
        "characters": edit_share(before, after),
        "words": edit_share(before.split(), after.split()),
    }
    if drafted:
        found["fidelity"] = sum(each in signed for each in drafted) / len(drafted)
    if acted:
        found["findings_accepted"] = sum(acted) / len(acted)
    return found


def _acted(section: ReviewedSection) -> list[bool]:
    return [is_acted_on(section, finding) for finding in section.findings]


def is_acted_on(section: ReviewedSection, finding: Finding) -> bool:
    """Whether what it was about was changed or struck after it was shown; else it was overruled.

    Of the section as a whole: whether anything in it was.
    """
    if not finding.statement:
        return section.signed != section.drafted
    return finding.statement not in {statement.id for statement in section.signed}


def _text(statements: tuple[Statement, ...]) -> str:
    return "\n".join(statement.text for statement in statements)
