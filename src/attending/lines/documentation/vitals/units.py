"""Units after a number: those of measurements, and those that make it something else."""

from __future__ import annotations

import re

# What follows a number that is no measurement: a time, an amount to take, a count.
OTHER = "other"

_MINUTE = r"(?:\s*(?:/|per|a)\s*(?:minute|min)\b)"
_LITRE = r"\s*(?:/|per)\s*(?:d?l|deciliters?|decilitres?|liters?|litres?)\b"
_CELLS = r"(?:k\s*/?\s*(?:ul|µl|mm3)|(?:x|×)\s*10\^?\d?[e\d]*\s*/\s*l)"

_PATTERNS = {
    "mg/dL": r"(?:mg|milligrams?)\s*(?:/|per|%)\s*(?:dl|deciliters?|decilitres?)\b",
    "mmol/mol": r"mmol\s*(?:/|per)\s*mol\b",
    "mmol/L": rf"(?:mmol|millimoles?){_LITRE}",
    "µmol/L": r"(?:µmol|μmol|umol|micromoles?|micromol)" + _LITRE,
    "mEq/L": rf"(?:meq|milliequivalents?){_LITRE}",
    "g/dL": r"(?:g|gm|grams?)\s*(?:/|per)\s*(?:dl|deciliters?|decilitres?)\b",
    "g/L": r"(?:g|grams?)\s*(?:/|per)\s*(?:l|liters?|litres?)\b",
    "kg/m²": r"kg\s*/\s*m(?:2|²|\^2)",
    "K/µL": _CELLS,
    "%": r"%|percent\b|per cent\b",
    "beats/min": rf"beats?\b{_MINUTE}?",
    "breaths/min": rf"(?:breaths?{_MINUTE}?|respirations?{_MINUTE})",
    "/min": r"(?:bpm\b|/\s*min(?:ute)?\b|per minute\b|a minute\b|times\s+(?:a|per) minute\b)",
    "mmHg": r"(?:mm\s*hg\b|millimet(?:er|re)s? of mercury)",
    "°C": r"(?:°\s*c\b|(?:degrees?|deg)\s*(?:c\b|celsius|centigrade)|celsius\b|centigrade\b|(?-i:C)\b)",
    "°F": r"(?:°\s*f\b|(?:degrees?|deg)\s*(?:f\b|fahrenheit)|fahrenheit\b|(?-i:F)\b)",
    "°": r"(?:°|degrees?\b|deg\b)",
    "kg": r"(?:kg|kgs|kilos?|kilograms?|kilogrammes?)\b",
    "lb": r"(?:lb|lbs|pounds?)\b",
    "oz": r"(?:oz|ounces?)\b",
    "stone": r"stones?\b",
    "ft": r"(?:ft\b|feet\b|foot\b|')",
    "in": r"(?:inch(?:es)?\b|\"|in\b(?=\s*(?:[.,;)]|$|tall)))",
    "cm": r"(?:cm|centimet(?:er|re)s?)\b",
    "m": r"(?:m|met(?:er|re)s?)\b",
    "ms": r"(?:ms|msec|milliseconds?)\b",
    OTHER: (
        r"(?:(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|mos?|years?|yrs?"
        r"|y/?o|decades?|am|pm|a\.m|p\.m|o'?clock|-?\s?(?:year|month|week|day)s?)\b"
        r"|(?:mg|mgs|milligrams?|mcg|µg|micrograms?|mls?|milliliters?|millilitres?|cc|units?|iu|l|liters?"
        r"|litres?|meqs?|milliequivalents?|mmol|tablets?|tabs?|pills?|capsules?|caps?|puffs?|drops?|doses?"
        r"|sprays?|patch(?:es)?|refills?|packs?|cups?|glasses|drinks?|beers?|cans?|bottles?|servings?"
        r"|teaspoons?|tablespoons?|calories|kcal|watts?|mets?|miles?|blocks?|steps?|flights?)\b"
        r"|(?:times|points?|x|episodes?|visits?|sets?|reps?|bags?|people|patients?|percentile|st|nd|rd|th)\b"
        r"|%\s*of\b|percent of\b)"
    ),
    "g": r"(?:g|gm|gms|grams?|grammes?)\b",
}

_ORDER = (OTHER, *(name for name in _PATTERNS if name != OTHER))
_COMPOUND = tuple(name for name in _PATTERNS if "/" in name)
_UNITS = {
    name: re.compile(rf"[\s-]{{0,2}}(?:{_PATTERNS[name]})", re.IGNORECASE)
    for name in (*_COMPOUND, *(each for each in _ORDER if each not in _COMPOUND))
}


def unit_after(text: str, place: int) -> tuple[str, int]:
    """The unit that begins at a place, by its name here, and where it ends; "" if there is none."""
    for name, pattern in _UNITS.items():
        if found := pattern.match(text, place):
            return name, found.end()
    return "", place
