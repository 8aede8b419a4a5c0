"""Claims find what was said for them, in other words too."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.core.speech import Role
from attending.lines.documentation.corpora.dialogues import turns_of
from attending.lines.documentation.fidelity.association import shipped, unpacked
from attending.lines.documentation.fidelity.claims import Passage, Turn
from attending.lines.documentation.fidelity.linking import (
    LONGEST_PASSAGE,
    MOST_PIECES,
    Linker,
)
from attending.lines.documentation.fidelity.pieces import LONGEST, pieces
from attending.lines.documentation.fidelity.terms import terms

TALK = turns_of(
    """Doctor: What brings you in?
Patient: I get short of breath when I climb the stairs at work.
Doctor: Any swelling in your feet?
Patient: No, none at all.
Doctor: And how is your high blood pressure?
Patient: I check it. I take fifty milligrams of Cozaar every morning.
Doctor: Does anything run in your family?
Patient: My mom had a heart attack when she was sixty.
Doctor: Let me listen to your lungs. They are clear on both sides.
Doctor: I want an x-ray of your chest, and see you again in two weeks."""
)


def rank(claim: str, turns: Sequence[Turn], k: int) -> tuple[Passage, ...]:
    return Linker(turns).rank(claim, k)


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("Dyspnea on exertion.", "short of breath"),
        ("The patient denies edema of the lower extremities.", "swelling"),
        ("Losartan 50 mg daily for hypertension.", "Cozaar"),
        ("Mother had a myocardial infarction at age 60.", "my mom"),
        ("Lungs: Clear to auscultation bilaterally.", "lungs"),
        ("A chest radiograph was ordered.", "x-ray"),
        ("He will follow up in 2 weeks.", "two weeks"),
    ],
)
def test_a_claim_finds_its_passage(claim: str, words: str) -> None:
    assert words.lower() in rank(claim, TALK, 1)[0].text.lower()


def test_an_answer_stands_with_its_question() -> None:
    passage = rank("Denies swelling.", TALK, 1)[0]
    assert [turn.text for turn in passage.turns][:2] == [
        "Any swelling in your feet?",
        "No, none at all.",
    ]


def test_notes_and_talk_meet_in_one_form() -> None:
    assert terms("Tylenol 1,000 mg") == terms("acetaminophen, 1000 milligrams")
    assert terms("She denies SOB.") == terms("any shortness of breath ?")
    assert terms("it do n't hurt") == terms("it doesn't hurt")


def test_the_table_knows_what_notes_write_of_talk() -> None:
    table = shipped()
    (auscultation,) = terms("auscultation")
    assert table.sources(auscultation).get("listen", 0) > 0.1
    assert unpacked(table.packed()) == table
    assert table.background("a word that no note holds") > 0


WORDS = st.sampled_from(
    ["knee", "pain", "left", "swelling", "no", "5", "mg", "lisinopril", ".", "?"]
)
SAID = st.lists(WORDS, max_size=60).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=8), SAID, st.integers(1, 5))
def test_passages_are_runs_of_turns_that_do_not_overlap(
    said: list[str], claim: str, k: int
) -> None:
    turns = [Turn(i, Role.PATIENT, text, f"u{i}") for i, text in enumerate(said)]
    found = rank(claim, turns, k)
    assert found == rank(claim, turns, k)
    assert len(found) <= k
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    pieces = [(t.index, t.text) for p in found for t in p.turns]
    assert all(p.turns for p in found)
    assert all(len(p.text.split()) <= LONGEST_PASSAGE + LONGEST for p in found)
    places = [[t.index for t in p.turns] for p in found]
    assert all(place == sorted(place) for place in places)
    assert len(pieces) <= sum(max(1, len(text.split())) for text in said)


def test_what_was_said_explains_more_than_what_was_not() -> None:
    linker = Linker(TALK)
    (said,), (unsaid,) = terms("stairs"), terms("pancreatitis")
    assert linker.explained(said) > linker.explained(unsaid) == 0
    assert linker.rarity(unsaid) > linker.rarity(terms("pain")[0]) > 0


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=8), SAID)
def test_the_closest_passage_scores_as_its_words_alone_say(said: list[str], claim: str) -> None:
    turns = [Turn(i, Role.PATIENT, text, f"u{i}") for i, text in enumerate(said)]
    cut = [piece.text for turn in turns for piece in pieces(turn)]
    (found, *_) = Linker(turns).rank(claim, 1)
    assert found.score == pytest.approx(max(_by_hand(cut, claim)), abs=1e-6)


def _by_hand(cut: list[str], claim: str) -> list[float]:
    """The score of every run of pieces, each from its own words."""
    runs = [
        cut[begin:end]
        for begin in range(len(cut))
        for end in range(begin + 1, min(begin + MOST_PIECES, len(cut)) + 1)
        if end == begin + 1 or len(" ".join(cut[begin:end]).split()) <= LONGEST_PASSAGE
    ]
    words = [[term for piece in run for term in terms(piece)] for run in runs]
    usual = max(1.0, sum(map(len, words)) / len(words))
    heard = {piece: set(terms(piece)) for piece in cut}
    table = shipped()

    def of(term: str, held: list[str]) -> float:
        known = {w: share for w, share in table.sources(term).items() if w in _all(heard)}
        if term in _all(heard):
            known[term] = max(0.6, known.get(term, 0.0))
        if not known:
            return 0.0
        at_large = table.background(term)
        mass = sum(known.get(word, 0.0) for word in held)
        likely = math.log((mass + 20 * at_large) / ((len(held) + 20) * at_large))
        times = held.count(term)
        if not times:
            return likely
        holding = sum(term in heard[piece] for piece in cut)
        shared = times / (times + 0.25 + 0.25 * len(held) / usual)
        return likely + 0.5 * shared * math.log(1 + len(cut) / holding)

    return [sum(of(term, held) for term in terms(claim)) for held in words]


def _all(heard: dict[str, set[str]]) -> set[str]:
    return set().union(*heard.values())


def test_of_equal_passages_the_first_is_taken() -> None:
    other = "the dog walks by the river, and the cat sleeps at the door " * 8
    turns = [
        Turn(i, Role.PATIENT, text, f"u{i}")
        for i, text in enumerate([other, "My knee is sore.", other, "My knee is sore."])
    ]
    first, second = rank("Sore knee.", turns, 2)
    assert first.score == second.score
    assert [passage.turns[-1].index for passage in (first, second)] == [1, 3]


def test_a_long_talk_takes_memory_by_its_length_and_not_by_its_square() -> None:
    """Nine hours of talk, in which every turn has a word of its own."""
    turns = [Turn(i, Role.PATIENT, f"then {_named(i)} hurt", f"u{i}") for i in range(3_000)]
    tracemalloc.start()
    found = rank(f"Reports {_named(2_345)}.", turns, 1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert any(_named(2_345) in turn.text for turn in found[0].turns)
    assert most < 40e6  # bytes


def _named(number: int) -> str:
    return "z" + "".join(chr(ord("a") + int(figure)) for figure in str(number)) + "k"


def test_nothing_was_said() -> None:
    assert rank("Cough.", [], 3) == ()
