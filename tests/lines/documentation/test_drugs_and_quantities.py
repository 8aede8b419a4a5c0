"""Medicines and numbers in spoken text."""

from __future__ import annotations

from decimal import Decimal

import pytest

from attending.lines.documentation.drugs import drugs_in, sounds_like
from attending.lines.documentation.quantities import doses_in, in_figures, numbers_in


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("I take Lisinopril and metformin.", ["lisinopril", "metformin"]),
        ("Tylenol", ["acetaminophen"]),
        ("vitamin D, and HCTZ", ["ergocalciferol", "hydrochlorothiazide"]),
        ("My daughter Camila is all clear.", []),
        ("The uric acid, the folate and the alkaline phosphatase are fine.", []),
        ("She sits at home; a nasal spray.", []),
        ("", []),
    ],
)
def test_names_of_medicines(text: str, drugs: list[str]) -> None:
    assert [mention.drug for mention in drugs_in(text)] == drugs


@pytest.mark.parametrize(
    ("heard", "drug"),
    [
        ("loss artin", "losartan"),
        ("met for men", "metformin"),
        ("listen April", "lisinopril"),
        ("the kitchen table", None),
        ("potassium", None),
    ],
)
def test_names_that_sound_alike(heard: str, drug: str | None) -> None:
    assert sounds_like(heard) == drug


@pytest.mark.parametrize(
    ("spoken", "figures"),
    [
        ("one forty five over ninety", "145 over 90"),
        ("one hundred and forty eight", "148"),
        ("two thousand five hundred", "2500"),
        ("ninety eight point six", "98.6"),
        ("98 .4", "98.4"),
        ("twenty-five milligrams", "25 milligrams"),
        ("one twenty two over seventy", "122 over 70"),
        ("no one listens", "no 1 listens"),
        ("one hundred and a half", "100 and a half"),
    ],
)
def test_spoken_numbers(spoken: str, figures: str) -> None:
    assert in_figures(spoken) == figures


def test_numbers_and_doses() -> None:
    assert numbers_in("1,000 and 2.50") == {Decimal(1000), Decimal("2.5")}
    assert [(d.amount, d.unit) for d in doses_in("fifty mg, 20 micrograms and 2 puffs")] == [
        (Decimal(50), "mg"),
        (Decimal(20), "µg"),
        (Decimal(2), "puff"),
    ]
    assert doses_in("in 2 weeks") == ()
