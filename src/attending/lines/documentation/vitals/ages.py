"""How young the patient is that a text tells of, where it matters to what is plausible."""

from __future__ import annotations

import re

_YOUNG = re.compile(
    r"\b(?:newborn|neonat\w+|infants?|bab(?:y|ies)|preterm|prematur\w+|toddlers?|f(?:o?e)tal|f(?:o?e)tus|nicu)\b",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"\b(?P<number>\d+)[- ](?P<unit>day|week|month|year)s?[- ]old\b(?! (?:daughter|son|child|kid|grand))",
    re.IGNORECASE,
)
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
# Kilograms that no child of so many days weighs.
_HEAVIEST = ((31, 9.0), (183, 15.0), (400, 25.0), (1460, 60.0), (3300, 130.0))
_INFANT = 400  # days
_GROWN = 18 * 365
_LIGHTEST = 18  # kilograms of whoever is grown
_KILOGRAMS = {"kg": 1.0, "lb": 0.4536, "g": 0.001, "oz": 0.02835, "stone": 6.35}


def young(text: str) -> bool:
    """Whether it tells of a child in its first year."""
    days = _days(text)
    return _YOUNG.search(text) is not None or (days is not None and days <= _INFANT)


def of_another_age(text: str, value: float, unit: str) -> bool:
    """Whether nobody of the age that is told weighs so much, or so little.

    Without a unit it may be kilograms or pounds.
    """
    days = _days(text)
    if days is None and re.search(r"\b(?:newborn|neonate)\b", text, re.IGNORECASE):
        days = 1
    if days is None:
        return False
    if days >= _GROWN:
        return value * _KILOGRAMS.get(unit, 1) < _LIGHTEST
    weighs = value * _KILOGRAMS.get(unit, _KILOGRAMS["lb"])
    return any(days <= age and weighs > most for age, most in _HEAVIEST)


def _days(text: str) -> int | None:
    found = _AGE.search(text)
    return int(found["number"]) * _DAYS[found["unit"].lower()] if found else None
