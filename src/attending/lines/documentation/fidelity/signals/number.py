"""A number that nobody said."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.amounts import DURATIONS, Amount, numeral
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each

_ELSEWHERE = 0.35  # it may come from the record: an age at registration, a date
_BACKWARDS = 0.7
_SMALL = 2  # one and two are often implied: "a pill", "both", "the second"
_NAMING = frozenset({"type", "grade", "stage", "class", "covid", "phase", "figure", "level"})
_USUAL = {(Fraction(5), "of"), (Fraction(24), "hour"), (Fraction(911), ""), (Fraction("98.6"), "")}
_USUAL |= {(Fraction("98.6"), "degrees"), (Fraction(4), "")}  # four quadrants, four extremities


class UnsaidNumber:
    """Strong if no reading of any number that was said gives it, by no common unit."""

    name: str = "number"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        unsaid = [(doubt(reading.said, stated, a), a) for a in counted(stated)]
        unsaid += [(_BACKWARDS, a) for a in backwards(stated)]
        strength, amount = max(unsaid, key=lambda found: found[0], default=(0.0, None))
        if not strength or amount is None:
            return None
        return Signal(
            self.name, strength, f"The number {amount.written} was not said.", amount.written
        )


def counted(stated: Stated) -> Iterator[Amount]:
    """The amounts of a claim that are quantities: no list numeral, no type of diabetes."""
    for amount in stated.amounts:
        before = stated.words[amount.start - 1].text if amount.start else ""
        after = stated.words[amount.end].text if amount.end < len(stated.words) else ""
        listed = amount.start == 0 and after in (".", ":") and amount.end + 1 >= len(stated.words)
        named = before in _NAMING and amount.value <= 4  # noqa: PLR2004
        if not (listed or named) and numeral(stated.words[amount.start].text):
            yield amount


def backwards(stated: Stated) -> Iterator[Amount]:
    """The first number of a range that does not rise: "8 to 8 weeks", "50-6 years"."""
    for low, high in itertools.pairwise(counted(stated)):
        gap = [word.text for word in stated.words[low.end : high.start]]
        figures = (
            stated.words[low.start].text[0].isdigit() and stated.words[high.start].text[0].isdigit()
        )
        ranged = gap == ["to"] or (not gap and f"{low.written}-{high.written}" in stated.claim.text)
        if figures and ranged and low.value >= high.value and (low.unit or gap):
            yield low


def equals(amount: Amount) -> Iterator[tuple[Fraction, str]]:
    """The same quantity in other units: 14 days are 2 weeks, 0.5 g are 500 mg."""
    for value in amount.values:
        yield value, amount.unit
        if amount.unit in DURATIONS:
            days = value * DURATIONS[amount.unit]
            yield from ((days / length, unit) for unit, length in DURATIONS.items())
    value = amount.value
    if amount.unit == "g":
        yield value * 1000, "mg"
    if amount.unit in ("mg", "mcg"):
        yield value / 1000, {"mg": "g", "mcg": "mg"}[amount.unit]
    if amount.unit in ("year", "month"):
        yield {"year": value * 12, "month": value / 12}[amount.unit], "year month"
    if amount.unit == "hour":
        yield Fraction(24) / value if value else value, "times"


def values_said(said: Said) -> frozenset[Fraction]:
    """Every value that any reading of what was said gives, in any common unit."""
    known = {value for amount in said.amounts for value, _ in equals(amount)}
    hundreds = {v * 100 for v in known if 1 <= v <= 9} if "hundr" in said.places else set()  # noqa: PLR2004
    tablets = {Fraction(81)} if "aspirin" in said.places else set()  # a baby aspirin
    return frozenset(known | hundreds | tablets)


def doubt(said: Said, stated: Stated, amount: Amount) -> float:
    """0..1: how sure it is that the amount was not said."""
    known = values_said(said)
    if _misnamed(said, stated, amount):
        return 0.8
    if any(value in known for value, _ in equals(amount)):
        return 0.0
    if amount.unit == "age":
        return 0.9 if any(other.unit == "age" for other in said.amounts) else _ELSEWHERE
    written = stated.words[amount.start].text
    if dated(stated, amount) or (amount.value, amount.unit) in _USUAL or not written[0].isdigit():
        return _ELSEWHERE
    return _ELSEWHERE if amount.value <= _SMALL else 0.9


def _misnamed(said: Said, stated: Stated, amount: Amount) -> bool:
    """Whether it names a type or stage that nobody named so: "type 500 diabetes"."""
    before = stated.words[amount.start - 1] if amount.start else None
    if before is None or before.text not in _NAMING or before.stem not in said.places:
        return False
    numbers = (other for other in said.amounts if amount.value in other.values)
    named = {place + 1 for place in said.places[before.stem]}
    return not any(other.start in named for other in numbers)


def dated(stated: Stated, amount: Amount) -> bool:
    """Whether it is part of a date in figures, which may stand in the record alone."""
    beside = [word.text for word in stated.words[max(0, amount.start - 4) : amount.end + 4]]
    return "/" in beside and any(text[:2] in ("19", "20") and len(text) == 4 for text in beside)  # noqa: PLR2004
