"""What is made of a model's answer: tolerant of its form, strict in what it means."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from attending.lines.documentation.generative.asking import MOST_STATEMENTS
from attending.lines.documentation.generative.reading import Answer, read
from attending.lines.documentation.soap import Part

GOOD = {
    "sections": [
        {"section": "plan", "statements": [
            {"text": "Stop lisinopril.", "turns": [3]}, {"text": "Come back in a week.", "turns": [4]}]},
        {"section": "allergies", "statements": []},
    ]
}  # fmt: skip


def told(answer: Answer) -> list[tuple[Part, str]]:
    return [(each.part, each.text) for each in answer.written]


PLAN = [(Part.PLAN, "Stop lisinopril."), (Part.PLAN, "Come back in a week.")]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        f"Sure! Here is the note:\n```json\n{json.dumps(GOOD, indent=2)}\n```\nI hope this helps.",
        json.dumps(GOOD["sections"][0] | {"x": 1}).join(['{"sections": [', "]}"]),
        '{"plan": ["Stop lisinopril.", "Come back in a week."]}',
        '{"sections": {"Plan": ["Stop lisinopril.", {"text": "Come back in a week."}]}}',
        json.dumps(GOOD) + json.dumps({"sections": []}),
    ],
)
def test_the_statements_are_found_around_what_models_add(text: str) -> None:
    answer = read(text)
    assert told(answer) == PLAN
    assert not answer.mended


def test_an_answer_that_was_cut_gives_what_was_ended() -> None:
    whole = json.dumps(GOOD)
    answer = read(whole[: whole.index("Come back") + 4])
    assert told(answer) == PLAN[:1]
    assert answer.mended


@pytest.mark.parametrize("cut", range(1, len(json.dumps(GOOD)), 3))
def test_wherever_it_is_cut_no_half_statement_is_taken(cut: int) -> None:
    assert told(read(json.dumps(GOOD)[:cut])) in ([], PLAN[:1], PLAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The patient is a 25-year-old male.",
        "[1, 2, 3]",
        '{"sections": []}',
        '{"sections": "plan"}',
        '{"sections": [{"section": "plan"}]}',
        '{"sections": [{"section": "recipients", "statements": ["Send it."]}]}',
        '{"sections": [{"section": "plan", "statements": [{"text": {"text": "Nested."}}]}]}',
        '{"sections": [{"section": "plan", "statements": [["Nested."]]}]}',
        '{"sections": [{"sections": [{"section": "plan", "statements": ["Deep."]}]}]}',
        '{"a":' * 50 + "1" + "}" * 50,
        "{" * 100_000,
        '{"a":' * 100_000,
        '{"sections": ' + "[" * 100_000,
        '{"sections": [{"section": "plan", "statements": [{"text": "' + "x" * 2000 + '"}]}]}',
        '{"sections": [{"section": "plan", "statements": [{"text": "\\u200b"}]}]}',
        "x" * 300_000,
    ],
)
def test_what_has_another_meaning_gives_nothing_and_says_why(text: str) -> None:
    answer = read(text)
    assert answer.written == ()
    assert answer.fault.endswith(".")


def test_a_flood_of_statements_is_cut_to_a_sections_length() -> None:
    flood = {
        "sections": [{"section": "plan", "statements": [{"text": "Rest.", "turns": [1]}] * 500}]
    }
    answer = read(json.dumps(flood))
    assert len(answer.written) == MOST_STATEMENTS
    assert answer.dropped == 500 - MOST_STATEMENTS


def test_turns_that_are_no_numbers_are_none() -> None:
    raw = {"plan": [{"text": "Rest.", "turns": [1, "2", True, -3, 2.5, None, 10**9]}]}
    assert read(json.dumps({"sections": {"plan": raw["plan"]}})).written[0].turns == (1,)


@given(some.text(max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert isinstance(read(text), Answer)


@given(
    some.recursive(
        some.none() | some.booleans() | some.integers() | some.text(max_size=8)
        | some.sampled_from(["plan", "sections", "statements"]),
        lambda inner: some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["sections", "section", "statements", "text", "turns", "plan"]), inner
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_any_json_is_read_without_an_error(value: object) -> None:
    answer = read(json.dumps(value))
    assert all(isinstance(each.text, str) and each.text for each in answer.written)
