"""From words to who said what."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from attending.adapters.models.roles import assign_roles
from attending.adapters.models.turns import Sentence, Spoken, sentences, utterances
from attending.core.speech import Role, Utterance, Word


def words(text: str, start: float = 0.0) -> list[Word]:
    return [
        Word(word, start + at * 0.3, start + at * 0.3 + 0.25, 0.9)
        for at, word in enumerate(text.split())
    ]


def spoken(*turns: tuple[str, str]) -> tuple[Utterance, ...]:
    return utterances(
        [
            Spoken(Sentence(tuple(words(text, start=at * 20.0))), speaker)
            for at, (speaker, text) in enumerate(turns)
        ]
    )


def roles_of(*turns: tuple[str, str]) -> list[Role]:
    return [utterance.role for utterance in assign_roles(spoken(*turns))]


def test_punctuation_ends_a_sentence_but_a_title_does_not() -> None:
    found = sentences(words("Thank you. Good morning, Dr. Lee. How are you?"))
    assert [sentence.text for sentence in found] == [
        "Thank you.",
        "Good morning, Dr. Lee.",
        "How are you?",
    ]
    assert [sentence.asks for sentence in found] == [False, False, True]


def test_a_pause_ends_a_sentence() -> None:
    found = sentences([*words("so I think"), *words("well yes", start=5.0)])
    assert [sentence.text for sentence in found] == ["so I think", "well yes"]


@given(st.lists(st.tuples(st.sampled_from(["yes.", "no", "why?"]), st.floats(0, 2)), max_size=40))
def test_no_word_is_lost_or_moved(parts: list[tuple[str, float]]) -> None:
    at, heard = 0.0, []
    for text, gap in parts:
        heard.append(Word(text, at + gap, at + gap + 0.2, 0.5))
        at = heard[-1].end
    found = sentences(heard)
    assert [word for sentence in found for word in sentence.words] == heard
    turned = utterances([Spoken(sentence, "AB"[n % 3 == 0]) for n, sentence in enumerate(found)])
    assert [word for utterance in turned for word in utterance.words] == heard
    assert [utterance.id for utterance in turned] == [f"u{n + 1}" for n in range(len(turned))]
    assert all(one.speaker != other.speaker for one, other in pairwise(turned))


def test_the_one_who_asks_and_examines_is_the_clinician() -> None:
    assert roles_of(
        ("A", "Hello doctor, I've had a cough since Monday."),
        ("B", "Any fever? Let me listen to your lungs."),
        ("A", "No. Should I worry?"),
        ("B", "No. I'll prescribe something, and we'll see you in a week."),
    ) == [Role.PATIENT, Role.CLINICIAN, Role.PATIENT, Role.CLINICIAN]


def test_small_talk_tells_no_roles() -> None:
    assert roles_of(("A", "Nice weather."), ("B", "Yes, very nice.")) == [Role.UNKNOWN] * 2


def test_a_dictation_is_the_clinicians() -> None:
    text = "Your blood pressure is fine. I'll order a blood test. Are you taking your medicines?"
    assert roles_of(("A", text)) == [Role.CLINICIAN]


def test_one_voice_that_says_little_is_unknown() -> None:
    assert roles_of(("A", "Mmm, I think.")) == [Role.UNKNOWN]


def test_nothing_said_has_no_roles() -> None:
    assert assign_roles(()) == ()
    assert sentences([]) == []
