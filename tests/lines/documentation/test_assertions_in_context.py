"""What a sentence asserts of a concept in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.lines.documentation.context import Experiencer, Temporality, assertion, judged
from attending.lines.documentation.context.cues import cues_in
from attending.lines.documentation.context.lexicon import Cue
from attending.lines.documentation.context.reading import Heading, located, reading, words
from attending.lines.documentation.context.training import (
    GOALS,
    crossed,
    dealt,
    document,
    f1,
    labelled,
)
from attending.lines.documentation.context.weights import read


@pytest.mark.parametrize(
    ("sentence", "concept", "negated"),
    [
        ("Patient denies fever, chills, or cough.", "cough", True),
        ("I don't have any chest pain.", "chest pain", True),
        ("no, I haven't been coughing", "coughing", True),
        ("The film does not demonstrate any evidence of effusion.", "effusion", True),
        ("Mammogram was negative for malignancy.", "malignancy", True),
        ("Stool cultures were negative.", "Stool cultures", True),
        ("No pneumothorax, but there is a small effusion.", "effusion", False),
        ("He is not short of breath and complains of headache.", "headache", False),
        ("There is no change in the nodule.", "nodule", False),
        ("It is not only the knee pain.", "knee pain", False),
        ("Abdomen is nontender.", "Abdomen is nontender", False),
        ("Positive for nausea, no vomiting.", "nausea", False),
    ],
)
def test_what_is_denied(sentence: str, concept: str, negated: bool) -> None:
    assert assertion(sentence, concept).negated is negated


@pytest.mark.parametrize(
    ("sentence", "concept", "time"),
    [
        ("She has a history of asthma.", "asthma", Temporality.HISTORICAL),
        ("PAST MEDICAL HISTORY: Gout, hypertension.", "Gout", Temporality.HISTORICAL),
        ("Status post appendectomy in 2010.", "appendectomy", Temporality.HISTORICAL),
        ("He comes in with a two-day history of cough.", "cough", Temporality.RECENT),
        ("History of asthma, presents with wheezing.", "wheezing", Temporality.RECENT),
        ("Return if you develop fever.", "fever", Temporality.HYPOTHETICAL),
        ("Lungs are clear.", "Lungs are clear", Temporality.RECENT),
    ],
)
def test_when_it_holds(sentence: str, concept: str, time: Temporality) -> None:
    assert assertion(sentence, concept).temporality is time


def test_whose_it_is() -> None:
    assert assertion("Her mother had stroke.", "stroke").experiencer is Experiencer.OTHER
    assert assertion("FAMILY HISTORY: Stroke.", "stroke").experiencer is Experiencer.OTHER
    assert assertion("She had a stroke.", "stroke").experiencer is Experiencer.PATIENT


@pytest.mark.parametrize(
    ("sentence", "uncertain"),
    [
        ("Possible pneumonia.", True),
        ("Pneumonia cannot be excluded.", True),
        ("Rule out pneumonia.", True),
        ("She has pneumonia.", False),
        ("No evidence of pneumonia.", False),
    ],
)
def test_how_surely(sentence: str, uncertain: bool) -> None:
    assert assertion(sentence, "pneumonia").uncertain is uncertain


def test_the_start_says_which_of_two_is_meant() -> None:
    sentence = "No pain at rest, but pain on walking."
    assert assertion(sentence, "pain", sentence.index("pain")).negated
    assert not assertion(sentence, "pain", sentence.rindex("pain")).negated


def test_a_concept_in_capitals_is_found_before_a_heading_of_the_same_name() -> None:
    sentence = "ALLERGIES: He has no known ALLERGIES."
    assert located(sentence, "allergies", None)[0] == sentence.rindex("ALLERGIES")
    assert located("Neck: Supple.", "Neck: Supple. No nodes", None) == (0, len("Neck: Supple."))
    assert located("Nothing here.", "gout", None) == (13, 13)


def test_a_heading_and_what_is_masked_are_read() -> None:
    read_ = reading("1. PAST MEDICAL HISTORY: Gout since **DATE[May 2006].", "gout")
    assert (read_.heading, read_.left) == (Heading.PAST, ())
    assert read_.right == ("since", "<date>", ".")
    assert words("a two-day history, 3 weeks ago, in 2004") == (
        "a", "<duration>", "history", ",", "<figure>", "weeks", "ago", ",", "in", "<year>",
    )  # fmt: skip


def test_a_longer_phrase_wins_and_a_denied_verb_joins_its_denial() -> None:
    assert [each.cues for each in cues_in(words("no increase"))] == [(Cue.NOTHING,)]
    joined = cues_in(words("it was not consistent with"))
    assert [(each.phrase, each.cues) for each in joined] == [("was not", (Cue.DENIED,))]


@given(st.text(max_size=80), st.text(max_size=20), st.integers(0, 90) | st.none())
def test_any_text_has_an_answer(sentence: str, concept: str, start: int | None) -> None:
    told = assertion(sentence, concept, start)
    assert 0 <= told.p_negated <= 1
    assert 0 <= told.p_historical <= 1


_LINES = "\n".join(
    json.dumps(
        {
            "sentence": f"{said} {concept} in ward {ward}.",
            "concept": concept,
            "negation": negation,
            "temporality": time,
        }
    )
    for ward in range(8)
    for concept in ("cough", "gout")
    for said, negation, time in (
        ("No", "Negated", "Recent"),
        ("Severe", "Affirmed", "Recent"),
        ("History of", "Affirmed", "Historical"),
        ("Call if", "Affirmed", "Not particular"),
    )
)


def test_the_same_sentences_give_the_same_weights_and_these_judge_as_labelled() -> None:
    made = document(_LINES.encode(), "made.jsonl")
    assert made == document(_LINES.encode(), "made.jsonl")
    assert len(made["data"]["sha256"]) == 64
    told = judged("No cough in ward 77.", "cough", None, read(made))
    assert (told.negated, told.temporality) == (True, Temporality.RECENT)
    told = judged("History of cough in ward 77.", "cough", None, read(made))
    assert (told.negated, told.temporality) == (False, Temporality.HISTORICAL)


def test_no_sentence_is_judged_by_what_was_learned_from_it() -> None:
    """Sentences are dealt into folds: two concepts of one sentence are in the same."""
    sentences = tuple(f"Sentence {index % 40}." for index in range(120))
    folds = dealt(sentences, seed=1)
    assert len({*zip(sentences, folds.tolist(), strict=True)}) == 40
    assert set(folds.tolist()) == {0, 1, 2, 3, 4}


def test_what_is_told_by_other_folds_is_as_good_as_the_cues_allow() -> None:
    data = labelled(_LINES)
    for goal in GOALS:
        said = crossed(data, goal, seed=1) >= goal.threshold
        assert f1(data.labels[goal.name], said) > 0.95
