"""Values that no living patient has, in many people's words, and the traps beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attending.lines.documentation.vitals import doubts

PHRASINGS = Path(__file__).parents[3] / "benchmarks" / "guard" / "vitals_phrasings.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in PHRASINGS.read_text().splitlines()]
RECALL, FALSE_FLAGS = 0.95, 0.02  # the goals of the guard


def _of(split: str, *, implausible: bool) -> list[str]:
    return [
        row["text"] for row in ROWS if row["split"] == split and row["implausible"] is implausible
    ]


def test_there_are_enough_phrasings_each_once() -> None:
    texts = [row["text"] for row in ROWS]
    assert len(texts) == len(set(texts)) >= 240
    assert min(len(_of(split, implausible=wrong)) for split in ("development", "held-out")
               for wrong in (True, False)) >= 80  # fmt: skip


@pytest.mark.parametrize("split", ["development", "held-out"])
def test_implausible_values_are_found_and_plausible_ones_pass(split: str) -> None:
    wrong, right = _of(split, implausible=True), _of(split, implausible=False)
    missed = [text for text in wrong if not doubts(text)]
    flagged = [text for text in right if doubts(text)]
    assert len(missed) <= (1 - RECALL) * len(wrong), missed
    assert len(flagged) <= FALSE_FLAGS * len(right), flagged


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("BP 145/19.", "A diastolic pressure of 19 is not plausible."),
        ("BP 82/134.", "The lower value stands first: 134 over 82 may be meant."),
        ("Temperature of 986.", "Temperature of 986 is not plausible. 98.6 may be meant."),
        ("Temperature 98.6 °C.", "Temperature of 98.6 °C is not plausible. The other scale may be meant."),
        ("Pulse ox is 9 to 8.", "Oxygen saturation of 9 to 8 is not plausible. 98 may have been said."),
        ("The newborn weighs 33 kg.", "Nobody of this age weighs 33 kg."),
        ("Her pulse is 80 feet per minute.", "“feet per minute” is no unit of a pulse or breath."),
        ("Height 5'14\".", "This is not a height."),
        ("A 184-year-old man.", "Nobody is that old."),
    ],
)  # fmt: skip
def test_each_doubt_says_why(text: str, why: str) -> None:
    (doubt,) = doubts(text)
    assert doubt.why == why
    assert doubt.quote


def test_spoken_temperatures_are_read_as_people_say_them() -> None:
    assert doubts("Your temperature is ninety-eight six.") == ()
    assert doubts("She had a fever of one oh two.") == ()
    assert doubts("Your temperature is nine hundred eighty six.") != ()


def test_a_long_line_is_read_in_time_that_grows_with_its_length() -> None:
    """No pattern here goes back over what it has read: a page of digits ends."""
    assert doubts("pulse " + "is " * 20_000 + "72") == ()
    assert doubts("120/" * 5_000) == ()
