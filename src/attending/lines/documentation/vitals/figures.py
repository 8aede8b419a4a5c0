"""Numbers as they stand in a text: their value, their range, their unit, and what they are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from attending.lines.documentation.quantities import in_figures
from attending.lines.documentation.vitals.units import OTHER, unit_after

_VALUE = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+"
_NUMBER = re.compile(
    rf"(?<![\w.#])(?<![\d\w][-/:,])(?P<value>{_VALUE})(?P<decade>s\b)?"
    rf"(?:\s*(?:-|–|to)\s*(?:the (?:low|mid|high)?\s?)?(?P<upper>{_VALUE})(?![\w/:]|\.\d))?"
)
_SCALED = re.compile(r"\s*(?P<scale>million|thousand|(?-i:[kK])\b(?!\s*/))", re.IGNORECASE)
_SCALES = {"million": 1e6, "thousand": 1e3, "k": 1e3}
_NO_NUMBER = re.compile(r"\+|\s*teens|:\d|-\d{3,}|[A-Za-z]{2,}\d|-(?:[a-z]{4,})", re.IGNORECASE)
_PART = re.compile(r"\s*(?:/|\bout of\b)\s*(?P<whole>\d+)(?P<third>/\d)?", re.IGNORECASE)
_YEAR = re.compile(
    r"\b(?:in|since|from|until|year|early|late|summer|spring|fall|winter|of|january|february|march|"
    r"april|may|june|july|august|september|october|november|december|\d{1,2}),?\s+$",
    re.IGNORECASE,
)
_SPOKEN_SCALE = re.compile(r"(\d[\d.,]*)[ ](million|thousand)\b", re.IGNORECASE)
_OH = re.compile(r"\b(one|two|three)[ -](?:oh|o)[ -](?=(?:one|two|three|four|five|six|seven|eight|nine)\b)",
                 re.IGNORECASE)  # fmt: skip
_NINETIES = re.compile(
    r"\b(?P<tens>ninety)[ -](?P<ones>five|six|seven|eight|nine)[ ,-]+"
    r"(?P<tenths>zero|one|two|three|four|five|six|seven|eight|nine)\b(?![ -](?:hundred|point))",
    re.IGNORECASE,
)
_WARM = re.compile(r"\b(?:temp|fever)", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """``end``: after its unit. ``whole``: of "4 out of 5", the five; else 0."""

    start: int
    end: int
    value: float
    upper: float | None
    unit: str
    whole: float
    written: str

    @property
    def values(self) -> tuple[float, ...]:
        return (self.value,) if self.upper is None else (self.value, self.upper)


def as_read(text: str) -> str:
    """Spoken numbers as figures, also as temperatures are spoken: "ninety-eight six" is 98.6."""
    if _WARM.search(text):
        text = _NINETIES.sub(r"\g<tens> \g<ones> point \g<tenths>", text)
    text = _OH.sub(r"\1 hundred ", text)
    return in_figures(_SPOKEN_SCALE.sub(lambda found: _whole(found[1], found[2]), text))


def figures(text: str) -> Iterator[Figure]:
    """Every number that may be a value, in order: no date, time, telephone number or grade."""
    for found in _NUMBER.finditer(text):
        end = found.end()
        if _NO_NUMBER.match(text, end) or _a_year(text, found):
            continue
        value, end = _scaled(text, _float(found["value"]), end)
        part = _PART.match(text, end)
        if part and part["third"]:
            continue
        unit, end = unit_after(text, part.end() if part else end)
        upper = _float(found["upper"]) if found["upper"] else None
        whole = float(part["whole"]) if part else 0.0
        written = text[found.start() : end].strip()
        yield Figure(found.start(), end, value, upper, unit, whole, written)


def _a_year(text: str, found: re.Match[str]) -> bool:
    written = found["value"]
    named = re.fullmatch(r"(?:19|20)\d\d", written) is not None
    return named and _YEAR.search(text, 0, found.start()) is not None


def _scaled(text: str, value: float, end: int) -> tuple[float, int]:
    scale = _SCALED.match(text, end)
    if not scale:
        return value, end
    return value * _SCALES[scale["scale"].lower()], scale.end()


def _whole(number: str, scale: str) -> str:
    return f"{_float(number) * _SCALES[scale.lower()]:.0f}"


def _float(written: str) -> float:
    """So "1,024" is a thousand and more, "36,8" a temperature."""
    if re.fullmatch(r"\d+(?:,\d{3})+(?:\.\d+)?", written):
        return float(written.replace(",", ""))
    return float(written.replace(",", "."))


def told(value: float) -> str:
    """As a clinician writes it."""
    return f"{value:,.10g}" if value < 10_000 else f"{value:,.0f}"  # noqa: PLR2004 - digits


__all__ = ["OTHER", "Figure", "as_read", "figures", "told"]
