"""Everything in a statement that cannot be right, in words for a clinician."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attending.lines.documentation.vitals.ages import of_another_age, young
from attending.lines.documentation.vitals.beside import Stated, stated
from attending.lines.documentation.vitals.doubt import Doubt
from attending.lines.documentation.vitals.figures import as_read, figures, told
from attending.lines.documentation.vitals.forms import odd_forms, unnamed
from attending.lines.documentation.vitals.pressure import pressures
from attending.lines.documentation.vitals.table import TEMPERATURE, WEIGHT

_SENTENCE = re.compile(r"(?<=[.?!;])\s+(?=[A-Z•])|\n")


def doubts(text: str) -> tuple[Doubt, ...]:
    """One doubt for each place, in the order of the text."""
    every = [doubt for sentence in _SENTENCE.split(text) for doubt in _sentence(as_read(sentence))]
    kept: list[Doubt] = []
    for doubt in every:
        if not any(doubt.quote in other.quote or other.quote in doubt.quote for other in kept):
            kept.append(doubt)
    return tuple(kept)


def _sentence(text: str) -> Iterator[Doubt]:
    found = tuple(figures(text))
    odd = tuple(odd_forms(text))
    yield from pressures(text)
    for each in stated(text, found):
        told_already = any(each.figure.written in doubt.quote for doubt in odd)
        if not told_already and (why := _fault(text, each)):
            yield Doubt(each.quote(text), why)
    yield from odd
    yield from unnamed(found)


def _fault(text: str, each: Stated) -> str:
    quantity, figure = each.quantity, each.figure
    if not quantity.belongs(figure.unit):
        return f"“{figure.written}” has a unit that does not belong to a {quantity.name}."
    child = young(text)
    if all(quantity.possible(value, figure.unit, young=child) for value in figure.values):
        if quantity is WEIGHT and of_another_age(text, figure.value, figure.unit):
            return f"Nobody of this age weighs {figure.written}."
        return ""
    name = quantity.name[0].upper() + quantity.name[1:]
    return f"{name} of {figure.written} is not plausible.{_perhaps(each)}"


def _perhaps(each: Stated) -> str:
    """What may have been meant: a reader decides."""
    quantity, figure = each.quantity, each.figure
    if quantity is TEMPERATURE and figure.unit in {"°C", "°F"}:
        other = "°F" if figure.unit == "°C" else "°C"
        return " The other scale may be meant." if quantity.possible(figure.value, other) else ""
    if figure.upper is not None and figure.value < 10 and figure.upper < 10:  # noqa: PLR2004 - digits
        joined = f"{figure.value:g}{figure.upper:g}"
        return f" {joined} may have been said." if quantity.possible(float(joined), "") else ""
    for tenth in (figure.value / 10, figure.value / 100):
        if figure.upper is None and not quantity.close and quantity.possible(tenth, figure.unit):
            return f" {told(tenth)} may be meant."
    return ""
