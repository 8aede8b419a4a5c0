"""Values that no living patient has, and units that a recogniser is known to mishear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from attending.core.draft import Draft, Finding, Severity
from attending.lines.documentation.checks.examined import examined
from attending.lines.documentation.quantities import in_figures

SYSTOLIC = (50, 280)  # mmHg
DIASTOLIC = (25, 160)
PULSE_PRESSURE = 10  # mmHg between the two, at least

_NUMBER = r"(?P<number>\d+(?:\.\d+)?)"
_BETWEEN = r"(?:[\s:,]+(?!over\b|or\b|weeks?\b)[a-z']+){0,4}?[\s:,]+"
# What makes of a number something else: a time, a count, the first half of a pressure.
_NOT_A_VALUE = (
    r"(?![\d.]*\d)(?!\s*(?:over|/|hours?|days?|weeks?|months?|years?|times|minutes|to \d|out of|"
    r"(?:am|pm)\b|percentile|points?|more|less|"
    r"(?:mg|mgs|milligrams?|meq|milliequivalents?)\b(?!\s*(?:/|per))))"  # an amount to take
)


@dataclass(frozen=True)
class Quantity:
    """A value with every range that it can have in a living patient, one range a unit."""

    name: str
    spoken: str  # a pattern
    ranges: tuple[tuple[float, float], ...]

    def possible(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.ranges)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{self.spoken})\b{_BETWEEN}{_NUMBER}{_NOT_A_VALUE}", re.IGNORECASE)


QUANTITIES = (
    Quantity("temperature", "temperature|temp", ((30, 43.5), (86, 110))),  # °C, °F
    Quantity("pulse", "pulse|heart rate", ((20, 250),)),
    Quantity("respiratory rate", "respiratory rate|respirations|breathing rate", ((4, 80),)),
    Quantity(
        "oxygen saturation",
        "oxygen saturation|o2 sats?|o2 saturation|oxygen level|sats?|spo2|pulse ox",
        ((50, 100),),
    ),
    Quantity("weight", "weight|weigh", ((0.4, 1000),)),  # kg or lb
    Quantity("A1c", "a1c|hba1c", ((3, 20), (15, 200))),  # %, mmol/mol
    Quantity("potassium", "potassium", ((1.2, 10),)),
    Quantity("sodium", "sodium(?: level)?", ((95, 200),)),
    Quantity("creatinine", "creatinine", ((0.1, 30), (30, 2500))),  # mg/dL, µmol/L
    Quantity("haemoglobin", "ha?emoglobin(?! a)", ((1.5, 25), (25, 250))),  # g/dL, g/L
)
_PRESSURE = re.compile(
    r"(?<![\d/.])(?P<systolic>\d{2,3})\s*(?:over|/)\s*(?P<diastolic>\d{1,3})(?![\d/]|\.\d|\s*(?:hours?|"
    r"days?|weeks?|months?|years?))",
    re.IGNORECASE,
)
_NO_PRESSURE = re.compile(r"\b(?:vision|eyes?|acuity|strength|pain|out of)\b", re.IGNORECASE)
_PER_MINUTE = re.compile(
    r"\d+ (?P<unit>(?!beats?|breaths?|respirations?|times|lit|mls?|steps|cc)[a-z]+) (?:per|a) minute",
    re.IGNORECASE,
)
_WRONG_UNIT = re.compile(
    r"\b(?:weigh|weight)\b(?:\s+[a-z']+){0,3}?\s+\d+(?:\.\d+)? (?:feet|inches|beats|degrees)"
    r"|\bheight\b(?:\s+[a-z']+){0,4}?\s+\d+(?:\.\d+)? (?:pounds|kilograms|kilos|kg|beats|degrees)",
    re.IGNORECASE,
)
_HEIGHT = re.compile(r"\b(?P<feet>\d+) (?:feet|foot)(?: and)? (?P<inches>\d+)(?: inch|\b)")


@dataclass(frozen=True)
class Doubt:
    """What stands in the note, and why it cannot be right."""

    quote: str
    why: str


class ImplausibleValues:
    """SERIOUS: a vital sign or result outside what any living patient has, in any section.

    A clinician's own words are examined too: a slip of the pen looks the same.
    """

    name: str = "implausible-value"

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return tuple(
            item.finding(
                self.name,
                Severity.SERIOUS,
                f"{'The note says' if item.statement.human else 'The recogniser heard'} "
                f"“{doubt.quote}”. {doubt.why} {'' if item.statement.human else item.listen()}".strip(),
                doubt.quote,
            )
            for item in examined(rendition, draft)
            for doubt in doubts(item.text)
        )


def doubts(text: str) -> tuple[Doubt, ...]:
    """Everything in a statement that cannot be right, in words for a clinician."""
    figures = in_figures(text)
    return (*_pressures(figures), *_quantities(figures), *_units(figures), *_heights(figures))


def _pressures(text: str) -> Iterator[Doubt]:
    if _NO_PRESSURE.search(text):
        return
    for match in _PRESSURE.finditer(text):
        systolic, diastolic = int(match["systolic"]), int(match["diastolic"])
        spoken = "over" in match.group().lower() or "pressure" in text.lower()
        if not spoken and not SYSTOLIC[0] <= systolic <= SYSTOLIC[1]:
            continue  # a date, a ratio
        if why := _pressure_fault(systolic, diastolic):
            yield Doubt(match.group(), why)


def _pressure_fault(systolic: int, diastolic: int) -> str:
    if not SYSTOLIC[0] <= systolic <= SYSTOLIC[1]:
        return f"A systolic pressure of {systolic} is not plausible."
    if not DIASTOLIC[0] <= diastolic <= DIASTOLIC[1]:
        return f"A diastolic pressure of {diastolic} is not plausible."
    if systolic - diastolic < PULSE_PRESSURE:
        return f"A pressure of {systolic} with a diastolic of {diastolic} is not plausible."
    return ""


def _quantities(text: str) -> Iterator[Doubt]:
    for quantity in QUANTITIES:
        for match in quantity.pattern.finditer(text):
            if not quantity.possible(float(match["number"])):
                yield Doubt(
                    match.group(), f"A {quantity.name} of {match['number']} is not plausible."
                )


def _units(text: str) -> Iterator[Doubt]:
    for match in _PER_MINUTE.finditer(text):
        yield Doubt(match.group(), f"“{match['unit']} per minute” is no unit of a pulse or breath.")
    for match in _WRONG_UNIT.finditer(text):
        yield Doubt(match.group(), "The unit does not belong to this measurement.")


def _heights(text: str) -> Iterator[Doubt]:
    for match in _HEIGHT.finditer(text):
        feet, inches = int(match["feet"]), int(match["inches"])
        if feet > 8 or inches > 11:  # noqa: PLR2004 - twelve inches are a foot
            yield Doubt(match.group(), "This is not a height.")
