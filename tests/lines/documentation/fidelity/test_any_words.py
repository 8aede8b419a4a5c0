"""No words of a note or a talk bring the guard down: a model may write anything."""

# ruff: noqa: SIM905 - words are read more easily in a row

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attending.core.speech import Role
from attending.lines.documentation.fidelity.assess import assess
from attending.lines.documentation.fidelity.claims import Turn

WORDS = st.sampled_from(
    "2 10 1.5 7.2 .5 1,000 120/80 3/7 15th 1st two twenty hundred thousand half a point oh o and times"
    " twice daily x mg mcg ml % + - / . , ? ! : ; 2x 10mg 5-10 9am 98.6f '24 no not denies n't left"
    " right he she mother lisinopril metformin start stopped knee pain fever weeks ago since type a1c"
    " é 米 🙂 \u200b (( [VERIFY] \" ' … — 1e5 infinity nan 0 00 000 ½ ² ٣ 1/0 and a half".split(" ")
)
TEXT = st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=40)
TURNS = st.lists(st.tuples(st.sampled_from(list(Role)), TEXT), max_size=5)


@given(st.lists(TEXT, max_size=5), TURNS)
def test_every_sentence_gets_a_doubt(note: list[str], said: list[tuple[Role, str]]) -> None:
    turns = tuple(Turn(index, role, text) for index, (role, text) in enumerate(said))
    told = assess([("plan", text) for text in note], turns)
    assert [each.text for each in told] == note
    assert all(0 <= each.doubt <= 1 for each in told)
