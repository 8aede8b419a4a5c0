"""What cannot be right without a name beside it: "80 feet per minute", "5 feet 14 inches"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attending.lines.documentation.vitals.doubt import Doubt
from attending.lines.documentation.vitals.figures import Figure, told
from attending.lines.documentation.vitals.table import BREATHING, PULSE, TEMPERATURE

OLDEST = 122  # years that anybody has lived
LATEST_WEEK = 46  # of a pregnancy

_PER_MINUTE = re.compile(
    r"\d+ (?P<unit>(?!beats?\b|breaths?\b|respirations?\b|times\b|litd?|lit(?:er|re)s?\b|ls?\b|mls?\b|cc\b|"
    r"steps\b|words\b|units?\b|drops?\b|mg\b|mcg\b|milli|micro|compressions\b|revolutions\b|more\b|"
    r"or\b|to\b|in\b|is\b|and\b|watts?\b|cycles?\b|bpm\b|cubic\b|meters?\b|miles?\b|percent\b|degrees\b)"
    r"[a-z]+) (?:per|a) minute",
    re.IGNORECASE,
)
_PER_OTHER = re.compile(
    r"\d+ (?P<unit>(?:heart ?)?beats|breaths) (?:per|an?) (?:hour|second|day)\b", re.IGNORECASE
)
_FEET = re.compile(
    r"(?<![\w.])(?P<feet>\d{1,2})\s?(?:feet|foot|ft|'|’)\s?(?:and )?(?P<inches>\d+(?:\.\d+)?)(?P<sign>\s?(?:inch|in\b|\"|”|''))?",
    re.IGNORECASE,
)
_TALL = re.compile(r"\b(?:height|ht|tall|stands)\b", re.IGNORECASE)
_OUT_OF_TEN = re.compile(r"(?<![\w./])(?P<value>\d+)\s*(?P<by>/|out of)\s*10\b(?!/)", re.IGNORECASE)
_HURTS = re.compile(r"\b(?:pain|hurts?|aches?|discomfort|headache)\b", re.IGNORECASE)
_DATED = re.compile(r"\b(?:on|since|until|from|by|started|began|dated?)\s+$", re.IGNORECASE)
_AGE = re.compile(r"(?<![\w.-])(?P<years>\d+)[- ](?:years?|yrs?)[- ]old\b|\baged? (?:of )?(?P<aged>\d+)\b(?!\s*(?:mo|w|d))",
                  re.IGNORECASE)  # fmt: skip
_PREGNANT = re.compile(
    r"(?<![\w.-])(?P<weeks>\d+)[- ]weeks?(?: pregnant| gestation| of gestation|' gestation)",
    re.IGNORECASE,
)
_OXYGEN = re.compile(
    r"(?<![\w.-])(?P<litres>\d+(?:\.\d+)?)\s?(?:l|liters?|litres?)(?:/min| per minute| a minute)?"
    r"(?: of)? (?:o2|oxygen|nasal|nc|by nasal|via nasal|high flow)\b",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"\d\s?[CF]$")  # of much else, where nothing warm is named
_MOST_OXYGEN = 100  # litres a minute


def odd_forms(text: str) -> Iterator[Doubt]:
    """Doubts that need no name of what was measured."""
    yield from _units(text)
    yield from _heights(text)
    yield from _scores(text)
    yield from _limits(text)


def _units(text: str) -> Iterator[Doubt]:
    for match in _PER_MINUTE.finditer(text):
        yield Doubt(match.group(), f"“{match['unit']} per minute” is no unit of a pulse or breath.")
    for match in _PER_OTHER.finditer(text):
        yield Doubt(match.group(), "Pulse and breath are counted per minute.")


def _heights(text: str) -> Iterator[Doubt]:
    tall = _TALL.search(text) is not None
    for match in _FEET.finditer(text):
        feet, inches = int(match["feet"]), float(match["inches"])
        if (tall or match["sign"]) and (feet > 8 or inches >= 12):  # noqa: PLR2004 - twelve inches are a foot
            yield Doubt(match.group(), "This is not a height.")


def _scores(text: str) -> Iterator[Doubt]:
    for match in _OUT_OF_TEN.finditer(text):
        spoken = match["by"].lower() == "out of"
        dated = _DATED.search(text[: match.start()]) is not None
        if int(match["value"]) > 10 and (spoken or (_HURTS.search(text) and not dated)):  # noqa: PLR2004
            yield Doubt(match.group(), "The scale ends at 10.")


def _limits(text: str) -> Iterator[Doubt]:
    for match in _AGE.finditer(text):
        if int(match["years"] or match["aged"]) > OLDEST:
            yield Doubt(match.group(), "Nobody is that old.")
    for match in _PREGNANT.finditer(text):
        if int(match["weeks"]) > LATEST_WEEK:
            yield Doubt(match.group(), "No pregnancy lasts so long.")
    for match in _OXYGEN.finditer(text):
        if float(match["litres"]) > _MOST_OXYGEN:
            yield Doubt(match.group(), "No device gives so much oxygen.")


def unnamed(found: Sequence[Figure]) -> Iterator[Doubt]:
    """Figures whose unit says what they measure."""
    for figure in found:
        for unit, quantity in (
            ("beats/min", PULSE), ("/min", PULSE), ("breaths/min", BREATHING),
            ("°C", TEMPERATURE), ("°F", TEMPERATURE),
        ):  # fmt: skip
            young = unit != "breaths/min"
            if figure.unit != unit or figure.whole or _INITIAL.search(figure.written):
                continue
            if any(
                not _may_be(quantity.possible(v, unit, young=young), unit, v) for v in figure.values
            ):
                value = f"{told(figure.value)} {unit}"
                yield Doubt(figure.written, f"{value} is not plausible in a living patient.")


def _may_be(possible: bool, unit: str, value: float) -> bool:
    """As "4 /min" may be a breath, and "3 times a minute" anything."""
    return possible or (unit == "/min" and value <= PULSE.child[0][1])
