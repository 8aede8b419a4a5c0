"""Numbers as they are spoken and written: the same value by any way of saying it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.lines.documentation.fidelity.signals.amounts import Amount, amounts
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.words import words

_ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")


def found(text: str) -> tuple[Amount, ...]:
    return amounts(words(text))


def spelled(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens = _TENS[number // 10 - 2]
        return f"{tens} {_ONES[number % 10]}" if number % 10 else tens
    if number < 1000:
        rest = f" and {spelled(number % 100)}" if number % 100 else ""
        return f"{_ONES[number // 100]} hundred{rest}"
    rest = f" {spelled(number % 1000)}" if number % 1000 else ""
    return f"{spelled(number // 1000)} thousand{rest}"


@given(st.integers(0, 99_999))
def test_a_spelled_number_is_the_number(number: int) -> None:
    assert found(f"it was {spelled(number)} then")[0].value == number


@given(st.integers(1, 99), st.integers(0, 9))
def test_a_spoken_decimal_is_the_decimal(whole: int, tenth: int) -> None:
    expected = Fraction(f"{whole}.{tenth}")
    assert found(f"{spelled(whole)} point {_ONES[tenth]}")[0].value == expected
    assert found(f"{spelled(whole)} . {_ONES[tenth]}")[0].value == expected


@given(st.integers(1, 9), st.integers(10, 99))
def test_a_pressure_said_in_two_parts_is_one_number(hundreds: int, rest: int) -> None:
    assert found(f"{_ONES[hundreds]} {spelled(rest)} over eighty")[0].value == hundreds * 100 + rest


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    for amount in found(text):
        assert amount.values
        assert 0 <= amount.start < amount.end


@given(
    st.lists(
        st.sampled_from(
            [
                *_ONES,
                *_TENS,
                "hundred",
                "thousand",
                "point",
                ".",
                "and",
                "a",
                "half",
                "oh",
                "7",
                "2.5",
                "/",
                "over",
            ]
        ),
        max_size=12,
    )
)
def test_any_run_of_number_words_can_be_read(said: list[str]) -> None:
    for amount in found(" ".join(said)):
        assert all(value >= 0 for value in amount.values)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("one fifty over ninety", 150, "over"),
        ("twenty three hundred milligrams", 2300, "mg"),
        ("one oh five", 105, ""),
        ("she is a fifty-three-year-old", 53, "age"),
        ("a 67 y.o. man", 67, "age"),
        ("three and a half weeks", Fraction(7, 2), "week"),
        ("a couple of pills", 2, "tablets"),
        ("in two to three months", 2, "month"),
        ("for 6-8 weeks", 6, "week"),
        ("a three out of ten", 3, "of"),
        ("pain 3/10", 3, "of"),
        ("128/72 mm Hg", 128, "over"),
        ("next week", 1, "week"),
        ("twenty twenty one", 2021, ""),
    ],
)
def test_ways_of_saying(text: str, value: Fraction, unit: str) -> None:
    first = found(text)[0]
    assert (first.value, first.unit) == (value, unit)


@pytest.mark.parametrize(
    "text", ["COVID-19", "L5-S1 and C5-6", "vitamin B12 and B-12", "CA-125", "T12", "an A1c"]
)
def test_names_that_hold_figures_are_no_quantities(text: str) -> None:
    assert not found(text)
