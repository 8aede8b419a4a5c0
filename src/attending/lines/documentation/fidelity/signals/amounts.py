"""Numbers as they are spoken and written, each with its unit and its place among the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.words import Word

_ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_SMALL: dict[str, int] = {
    **{word: value for value, word in enumerate(_ONES)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    **{word: value for value, word in enumerate(_ORDINALS, 1)},
    "twentieth": 20, "thirtieth": 30, "twenties": 20, "thirties": 30, "forties": 40,
    "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000}
_COUNTS = {
    "twice": "2", "couple": "2 3", "few": "3 2 4", "several": "3 4 5 6", "half": "1/2", "dozen": "12", "pair": "2", "single": "1",
    "quarter": "1/4", "once": "1", "twice daily": "2", "daily": "1", "biweekly": "2", "both": "2",
    "twin": "2", "thrice": "3", "triple": "3", "double": "2", "bilateral": "2",
}  # fmt: skip
_ARTICLES = frozenset({"a", "an", "another", "per", "each", "every", "last", "next", "this"})
_MONTHS = {
    name: str(number)
    for number, name in enumerate(
        listed(
            "january february march april may june july august september october november december"
        ),
        1,
    )
}

UNITS: dict[str, tuple[str, ...]] = {
    "second": ("second", "seconds", "sec", "secs"),
    "minute": ("minute", "minutes", "min", "mins"),
    "hour": ("hour", "hours", "hr", "hrs", "hourly"),
    "day": ("day", "days", "daily"),
    "week": ("week", "weeks", "wk", "wks", "weekly"),
    "month": ("month", "months", "mo", "monthly"),
    "year": ("year", "years", "yr", "yrs", "yearly"),
    "mg": ("mg", "mgs", "milligram", "milligrams"),
    "mcg": ("mcg", "mcgs", "µg", "microgram", "micrograms"),
    "g": ("g", "gram", "grams", "gm", "grammes"),
    "kg": ("kg", "kilogram", "kilograms", "kilos", "kilo"),
    "mL": ("ml", "mls", "milliliter", "milliliters", "millilitres", "cc", "ccs"),
    "L": ("liter", "liters", "litre", "litres"),
    "units": ("unit", "units", "iu"),
    "mEq": ("meq", "milliequivalents", "milliequivalent"),
    "tablets": ("tablet", "tablets", "pill", "pills", "capsule", "capsules", "tab", "tabs"),
    "puffs": ("puff", "puffs"),
    "drops": ("drop", "drops"),
    "cm": ("cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    "mm": ("mm", "millimeter", "millimeters"),
    "inches": ("inch", "inches"),
    "feet": ("feet", "foot", "ft"),
    "miles": ("mile", "miles"),
    "pounds": ("pound", "pounds", "lb", "lbs"),
    "ounces": ("ounce", "ounces", "oz"),
    "percent": ("percent", "%"),
    "degrees": ("degree", "degrees"),
    "times": ("time", "times"),
    "packs": ("pack", "packs"),
}
_UNIT_OF = {spoken: unit for unit, forms in UNITS.items() for spoken in forms}
DURATIONS = {"day": 1, "week": 7, "month": 30, "year": 365}  # in days
TIMES = frozenset({"second", "minute", "hour", *DURATIONS})
DOSES = frozenset({"mg", "mcg", "g", "mL", "units", "mEq", "tablets", "puffs", "drops"})
_PRESSURE = 50  # and more before a stroke is a blood pressure: 120/80
_RANGE = frozenset({"to", "or", "and", "through"})


@dataclass(frozen=True)
class Amount:
    """A number at words ``start`` to ``end`` (exclusive).

    ``values``: every reading of it, the likeliest first: "one fifty" is 150, or 1 and 50.
    ``unit``: a key of UNITS, "age", "of" (3 out of 10, 3/10), "over" (a pressure), or "".
    """

    values: tuple[Fraction, ...]
    unit: str
    start: int
    end: int
    written: str

    @property
    def value(self) -> Fraction:
        return self.values[0]


def amounts(words: Sequence[Word]) -> tuple[Amount, ...]:
    """Every number in the words, in order; one of several readings is one amount."""
    found = list(_runs(words))
    return tuple(
        Amount(
            values,
            _unit(words, start, end, values, found[index + 1 :]),
            start,
            end,
            _written(words, start, end),
        )
        for index, (values, start, end) in enumerate(found)
    )


def _written(words: Sequence[Word], start: int, end: int) -> str:
    return " ".join(word.text for word in words[start:end])


_Run = tuple[tuple[Fraction, ...], int, int]


def _runs(words: Sequence[Word]) -> Iterator[_Run]:
    index = 0
    while index < len(words):
        end = _end_of_run(words, index)
        if end > index:
            yield _readings([word.text for word in words[index:end]]), index, end
            index = end
            continue
        yield from _counts(words, index)
        index += 1


def _counts(words: Sequence[Word], index: int) -> Iterator[_Run]:
    """What counts without a numeral: "a couple", "twice", "next week", "march"."""
    word = words[index]
    count = _COUNTS.get(word.text) or _COUNTS.get(word.stem) or _MONTHS.get(word.text, "")
    after = words[index + 1].text if index + 1 < len(words) else ""
    if not count and word.text in _ARTICLES and after in _UNIT_OF:
        count = "1"
    if count:
        yield tuple(Fraction(part) for part in count.split()), index, index + 1


def numeral(text: str) -> bool:
    if " " in text:
        return False  # a phrase: "2 times a day"
    return (
        text[0].isdigit() or text in _SMALL or text in _SCALES or (text[0] == "." and len(text) > 1)
    )


def _end_of_run(words: Sequence[Word], start: int) -> int:
    end = start
    while end < len(words):
        text = words[end].text
        after = words[end + 1].text if end + 1 < len(words) else ""
        if numeral(text):
            if end > start and (text[0].isdigit() or words[end - 1].text[0].isdigit()):
                break
            end += 1
        elif end > start and _between(words[end - 1].text, text, after):
            end += 1
        elif end > start and [word.text for word in words[end : end + 3]] == ["and", "a", "half"]:
            return end + 3
        else:
            break
    return end


def _between(before: str, text: str, after: str) -> bool:
    """Whether a word stands inside a number: "two hundred and five", "seven . five"."""
    if not after or not numeral(after):
        return False
    if text == ".":  # a recogniser's point; between figures it ends a sentence
        return not before[0].isdigit() and after in _SMALL
    return text in ("point", "oh", "o") or (text == "and" and before in _SCALES)


def _readings(texts: list[str]) -> tuple[Fraction, ...]:
    """The likeliest reading first, then each part and each way to join neighbours."""
    if texts[-1] == "half" and len(texts) > 1:
        number, *parts = _readings(texts[:-3])
        return (number + Fraction(1, 2), *parts, number)
    whole, decimals = _split(texts)
    likely = _joined(whole)
    digits = "".join(str(_value(text)) for text in decimals if text in _SMALL or text.isdigit())
    if digits and likely.isdigit():
        return (Fraction(f"{likely}.{digits}"), *_parts(whole), *_parts(decimals))
    return tuple(dict.fromkeys((Fraction(likely), *_parts(whole), *_spoken_decimal(whole))))


def _split(texts: list[str]) -> tuple[list[str], list[str]]:
    kept = [text for text in texts if text != "and"]
    at = next((at for at, text in enumerate(kept) if text in ("point", ".")), None)
    if at is None:
        return kept, []
    return kept[:at], [text for text in kept[at + 1 :] if text not in ("point", ".")]


def _value(text: str) -> Fraction:
    if text in ("oh", "o"):
        return Fraction(0)
    return Fraction(_SMALL[text]) if text in _SMALL else Fraction(text)


def _joined(texts: list[str]) -> str:
    """The digits: "two hundred five" is 205; "one forty five", as pressures are spoken, is 145."""
    total, group, scaled, tens = 0, "", False, False
    for text in texts:
        if text in _SCALES:
            total, group, scaled = int(total + Fraction(group or "1") * _SCALES[text]), "", True
            continue
        value = _value(text)
        if value.denominator != 1 or "." in text:
            return text
        joins = tens and 0 < value < 10  # noqa: PLR2004
        group = f"{group[:-1]}{value}" if joins else f"{group}{value}"
        tens = text in _TENS
    return str(total + int(group or 0)) if scaled else group or "0"


def _parts(texts: list[str]) -> Iterator[Fraction]:
    for index in range(len(texts)):
        for end in range(index + 1, min(len(texts), index + 4) + 1):
            if not (end - index == 1 and texts[index] in _SCALES):
                yield Fraction(_joined(texts[index:end]))


def _spoken_decimal(texts: list[str]) -> Iterator[Fraction]:
    """A point left out: "ninety eight six" may be 98.6, "seven two" 7.2."""
    if len(texts) > 1 and texts[-1] in _SMALL and _value(texts[-1]) < 10:  # noqa: PLR2004
        whole = _joined(texts[:-1])
        if whole.isdigit():
            yield Fraction(f"{whole}.{_value(texts[-1])}")


def _unit(
    words: Sequence[Word], start: int, end: int, values: Sequence[Fraction], later: Sequence[_Run]
) -> str:
    texts = [word.text for word in words[end : end + 5]]
    if not texts:
        return ""
    if words[start].stem in ("twice daily", "daily") or words[start].text in ("twice", "once"):
        return "times"
    gap = later[0][1] - end if later else -1
    if (texts[0] == "over" and gap == 1) or _fraction(texts):
        return "over" if values[0] >= _PRESSURE else "of"
    if texts[:2] == ["out", "of"]:
        return "of"
    ranged = gap == 1 and texts[0] in _RANGE
    if ranged or (gap == 0 and words[start].text[0].isdigit()):  # "2 to 3 weeks", "2-3 weeks"
        return _plain_unit([word.text for word in words[later[0][2] : later[0][2] + 3]])
    return _plain_unit(texts)


def _fraction(texts: list[str]) -> bool:
    return len(texts) > 1 and texts[0] == "/" and texts[1].isdigit()


def _plain_unit(texts: list[str]) -> str:
    skipped = [text for text in texts if text not in ("of", "more", "full", "to", "a")]
    if not skipped:
        return ""
    if skipped[:3] == ["y", ".", "o"]:
        return "age"
    unit = _UNIT_OF.get(skipped[0], "")
    if unit in DURATIONS and skipped[1:2] == ["old"]:
        return "age"
    return unit
