"""A number that was said of something else, and a number with another unit than was said."""

from __future__ import annotations

from collections.abc import Mapping

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.amounts import Amount
from attending.lines.documentation.fidelity.signals.binding import (
    Binding,
    Bound,
    bind,
    denominator,
    same_kind,
)
from attending.lines.documentation.fidelity.signals.number import counted, dated
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each

_FREQUENCIES = frozenset({"daily", "twice daily"})
_DOSED = 10  # words from a medicine to how often it is taken
_NEAR = 0.35  # of the context, to say that two numbers are of the same thing


class NumberOfSomethingElse:
    """Its value was said, but beside other words; with these words another value was said."""

    name: str = "number_in"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        found = [
            (strength, amount, binding)
            for amount in counted(stated)
            if amount.value > 1
            and not dated(stated, amount)
            and not denominator(stated.words, amount)
            and (binding := bind(reading.said, stated, amount)).own
            and (strength := _misplaced(amount, binding)) > 0
        ]
        if not found:
            return None
        strength, amount, binding = max(found, key=lambda item: item[0])
        return Signal(self.name, strength, _why(amount, binding), _quote(reading.said, binding))


class OtherUnit:
    """The number was said in this context, with another unit."""

    name: str = "unit"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        if (found := _frequency(reading.said, stated)) is not None:
            here, there, place = found
            why = f"Here it is {here}; said was {there}."
            return Signal(self.name, 0.75, why, reading.said.quote(place))
        for amount in counted(stated):
            binding = bind(reading.said, stated, amount)
            other = _otherwise(amount, binding)
            if other is not None:
                said = f"{other.amount.written} {other.amount.unit}"
                why = f"{amount.written} {amount.unit}: said was {said}."
                return Signal(self.name, 0.9, why, reading.said.quote(other.amount.start))
        return None


def _frequency(said: Said, stated: Stated) -> tuple[str, str, int] | None:
    """How often it is taken here and there, if they differ, and where that was said."""
    for index, word in enumerate(stated.words):
        if word.stem not in _FREQUENCIES:
            continue
        medicine = next((w for w in reversed(stated.words[:index]) if w.drug), None)
        if medicine is None:
            continue
        for other in _FREQUENCIES - {word.stem}:
            near = _beside(said, medicine.stem, other)
            if near and not _beside(said, medicine.stem, word.stem):
                return word.text, said.words[near[0]].text, near[0]
    return None


def _beside(said: Said, one: str, other: str) -> list[int]:
    """The places of the one stem that stand beside the other."""
    return [
        place
        for place in said.places.get(other, ())
        if any(0 < place - p <= _DOSED for p in said.places.get(one, ()))
    ]


def _misplaced(amount: Amount, binding: Binding) -> float:
    best = binding.own[0]
    rival = binding.rivals[0].score if binding.rivals else 0.0
    if best.agrees == 0 and amount.unit:
        return 0.7 if rival else 0.6
    lead = rival - best.score
    if (
        amount.unit == "age" and best.agrees and best.likeness >= _NEAR
    ):  # "he is nine": an age without its unit
        lead /= 2
    if lead <= 0:
        return 0.0
    return min(0.9, 0.25 + 1.5 * lead)


def _otherwise(amount: Amount, binding: Binding) -> Bound | None:
    if not amount.unit or any(found.agrees == 1 for found in binding.own):
        return None
    others = [f for f in binding.own if f.agrees == 0 and same_kind(f.amount.unit, amount.unit)]
    return next((found for found in others if found.likeness >= _NEAR), None)


def _why(amount: Amount, binding: Binding) -> str:
    why = f"{amount.written} was said of something else"
    if binding.rivals and binding.rivals[0].score > binding.own[0].score:
        return f"{why}; here {binding.rivals[0].amount.written} {binding.rivals[0].amount.unit} was said."
    return why + "."


def _quote(said: Said, binding: Binding) -> str:
    rival = binding.rivals[0] if binding.rivals else binding.own[0]
    return said.quote(rival.amount.start)
