"""Numbers and doses in text, whether they are spoken as words or written in figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000}
_WORDS = "|".join((*_ONES, *_TENS, *_SCALES))
_SPELLED = re.compile(
    rf"\b(?:{_WORDS})(?:(?:\s+and)?[\s-]+(?:{_WORDS}))*(?:\s+point(?:\s+(?:{_WORDS}))+)?\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\w.])\d+(?:,\d{3})+(?!\d)|(?<!\d)\d+(?:\s?\.\d+)?|(?<!\d)\.\d+")

_UNITS = {
    "mg": r"mg|mgs|milligrams?|milligrammes?",
    "µg": r"mcg|µg|micrograms?|microgrammes?",
    "g": r"g|grams?|grammes?",
    "mL": r"mls?|milliliters?|millilitres?|cc|ccs",
    "units": r"units?|iu",
    "tablet": r"tablets?|tabs?|pills?|capsules?|caps?",
    "puff": r"puffs?",
    "drop": r"drops?",
    "mmol": r"mmol|millimoles?",
    "mEq": r"meq|milliequivalents?",
}
_DOSE = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)[\s-]*(?:"
    + "|".join(f"(?P<u{i}>{pattern})" for i, pattern in enumerate(_UNITS.values()))
    + r")\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Dose:
    """An amount with its unit, and how it is written."""

    amount: Decimal
    unit: str
    written: str


def in_figures(text: str) -> str:
    """The text with spelled numbers as figures: "one forty-five over ninety" → "145 over 90"."""
    spelled = _SPELLED.sub(lambda match: _figure(match.group().lower()), text)
    return re.sub(r"(\d)\s(\.\d)", r"\1\2", spelled)


def numbers_in(text: str) -> frozenset[Decimal]:
    """Every number that the text states, in words or in figures."""
    return frozenset(
        Decimal(re.sub(r"[,\s]", "", match.group())).normalize()
        for match in _FIGURE.finditer(in_figures(text))
    )


def doses_in(text: str) -> tuple[Dose, ...]:
    """Amounts with a unit of medicine, in order: "50 milligrams" is 50 mg."""
    return tuple(_doses(in_figures(text).replace(",", "")))


def _doses(text: str) -> Iterator[Dose]:
    for match in _DOSE.finditer(text):
        index = next(i for i in range(len(_UNITS)) if match[f"u{i}"])
        yield Dose(Decimal(match["number"]).normalize(), tuple(_UNITS)[index], match.group())


def _figure(spelled: str) -> str:
    """Figures for one run of number words.

    "two hundred and five" is 205; "one forty five", as pressures are spoken, is 145.
    """
    whole, _, decimals = spelled.replace("-", " ").partition(" point ")
    digits = "".join(str(_ONES.get(word, "")) for word in decimals.split())
    number = _whole([word for word in whole.split() if word != "and"])
    return f"{number}.{digits}" if digits else number


def _whole(words: list[str]) -> str:
    total, group, scaled = 0, "", False
    for word in words:
        if word in _SCALES:
            total, group, scaled = total + int(group or 1) * _SCALES[word], "", True
        elif word in _TENS:
            group += str(_TENS[word])
        else:
            # "forty" and "five" are one number, "one" and "forty" are said side by side.
            tens = group.endswith("0") and _ONES[word] < 10 and len(group) > 1  # noqa: PLR2004
            group = group[:-1] + str(_ONES[word]) if tens else group + str(_ONES[word])
    return str(total + int(group or 0)) if scaled else group
