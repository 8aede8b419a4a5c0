"""Names of medicines that the recogniser did not quite hear."""

from __future__ import annotations

import pytest

from attending.adapters.models.hints import apply_hints, sound_key
from attending.core.speech import Word


def words(text: str, confidence: float = 0.5) -> list[Word]:
    return [Word(word, float(at), at + 0.9, confidence) for at, word in enumerate(text.split())]


def text(found: list[Word]) -> str:
    return " ".join(word.text for word in found)


def never(_start: float, _end: float, hint: str) -> list[Word]:
    pytest.fail(f"listened again for {hint}")


class Listener:
    """Hears the given text whenever asked again."""

    def __init__(self, hears: str) -> None:
        self.hears = hears
        self.asked: list[tuple[float, float, str]] = []

    def __call__(self, start: float, end: float, hint: str) -> list[Word]:
        self.asked.append((start, end, hint))
        return words(self.hears)


@pytest.mark.parametrize(
    ("heard", "hint"),
    [
        ("low sartan", "losartan"),
        ("Licinapril", "lisinopril"),
        ("met four men", "metformin"),
        ("Clonodine", "clonidine"),
    ],
)
def test_what_sounds_the_same_is_the_hint(heard: str, hint: str) -> None:
    assert sound_key(heard) == sound_key(hint)
    found = apply_hints(words(f"and start {heard}, once a day."), (hint,), never)
    assert text(found) == f"and start {hint}, once a day."


def test_a_changed_word_keeps_the_lowest_confidence_and_the_whole_time() -> None:
    heard = [Word("low", 3.0, 3.4, 0.4), Word("sartan.", 3.4, 4.0, 0.9)]
    assert apply_hints(heard, ("losartan",), never) == [Word("losartan.", 3.0, 4.0, 0.4)]


def test_what_only_resembles_is_taken_if_it_is_heard_again() -> None:
    listener = Listener("I take lisinopril, every")
    found = apply_hints(words("I take Listen April, every day"), ("lisinopril",), listener)
    assert text(found) == "I take lisinopril, every day"
    ((start, end, hint),) = listener.asked
    assert (start, hint) == (0.5, "lisinopril")
    assert end == pytest.approx(5.4)


def test_what_only_resembles_is_left_if_it_is_not_heard_again() -> None:
    found = apply_hints(words("Listen April is here"), ("lisinopril",), Listener("Listen, April"))
    assert text(found) == "Listen April is here"


def test_a_single_word_competes_with_the_hint() -> None:
    listener = Listener("take prednisolone daily")
    found = apply_hints(words("take prednisolone daily"), ("prednisone",), listener)
    assert text(found) == "take prednisolone daily"
    assert listener.asked[0][2] == "prednisone, prednisolone"


def test_a_known_name_is_never_another() -> None:
    heard = words("take prednisolone daily")
    assert apply_hints(heard, ("prednisone",), never, frozenset({"prednisolone"})) == heard


def test_two_hints_that_are_as_near_leave_the_words_alone() -> None:
    heard = words("take prednisolome daily")
    assert apply_hints(heard, ("prednisolone", "prednisolane"), never) == heard


def test_a_surely_heard_word_that_only_resembles_stays() -> None:
    heard = words("take prednisolone daily", confidence=0.95)
    assert apply_hints(heard, ("prednisone",), never) == heard


def test_a_misheard_name_is_changed_however_sure_and_then_marked() -> None:
    found = apply_hints(words("stop lysinapril today", confidence=0.98), ("lisinopril",), never)
    assert [(word.text, word.confidence) for word in found] == [
        ("stop", 0.98),
        ("lisinopril", 0.5),
        ("today", 0.98),
    ]


def test_a_name_does_not_reach_over_the_end_of_a_sentence() -> None:
    heard = words("it is low. Sartan")
    assert apply_hints(heard, ("losartan",), never) == heard


@pytest.mark.parametrize("everyday", ["i'm here", "it feels at all", "come in", "looks sure"])
def test_everyday_words_are_not_brand_names(everyday: str) -> None:
    hints = ("Humira", "Advil", "Coumadin", "Lasix", "Zyrtec")
    heard = words(everyday)
    assert apply_hints(heard, hints, never) == heard


def test_without_hints_nothing_changes() -> None:
    heard = words("low sartan")
    assert apply_hints(heard, (), never) == heard
    assert apply_hints(heard, ("", "!!", "ab"), never) == heard
