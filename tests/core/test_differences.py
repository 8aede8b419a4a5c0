"""The differences of two texts: both can be had back from them, and they are fit to read."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.core import differences as module
from attending.core.differences import Change, Piece, differences, in_brief
from attending.web.console.pages import _TEMPLATES

WORDS = st.sampled_from(["no", "pain", "chest", "2.5", "25", "mg", " ", " ", "\n", ".", ",", "é"])
NOTES = st.lists(WORDS, max_size=40).map("".join)
TEXTS = NOTES | st.text(max_size=60)


def without(change: Change, pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces if piece.change is not change)


def told(pieces: tuple[Piece, ...]) -> str:
    marks: dict[Change, Callable[[str], str]] = {
        Change.SAME: str,
        Change.DELETED: "[-{}-]".format,
        Change.ADDED: "[+{}+]".format,
    }
    return "".join(marks[piece.change](piece.text) for piece in pieces)


@given(TEXTS, TEXTS)
def test_both_texts_come_back_from_the_pieces(before: str, after: str) -> None:
    pieces = differences(before, after)

    assert without(Change.ADDED, pieces) == before
    assert without(Change.DELETED, pieces) == after


@given(TEXTS, TEXTS)
def test_no_piece_is_empty_and_neighbours_differ_in_kind(before: str, after: str) -> None:
    pieces = differences(before, after)

    assert all(piece.text for piece in pieces)
    assert all(left.change is not right.change for left, right in pairwise(pieces))
    assert (Change.ADDED, Change.DELETED) not in [(a.change, b.change) for a, b in pairwise(pieces)]


@given(TEXTS)
def test_a_text_that_was_left_is_one_piece(text: str) -> None:
    assert differences(text, text) == ((Piece(Change.SAME, text),) if text else ())


@given(TEXTS, TEXTS)
def test_what_is_the_same_never_grows_by_more_than_either_text_holds(
    before: str, after: str
) -> None:
    same = [p.text for p in differences(before, after) if p.change is Change.SAME]

    assert len("".join(same)) <= min(len(before), len(after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Takes 2.5 mg daily.", "Takes 25 mg daily.", "Takes [-2.5-][+25+] mg daily."),
        ("No chest pain.", "Chest pain.", "[-No chest-][+Chest+] pain."),
        (
            "Blood pressure 130/85.",
            "Blood pressure 150/85.",
            "Blood pressure [-130/85-][+150/85+].",
        ),
        ("a\nb\nc", "a\nc", "a\n[-b\n-]c"),
        ("Take one tablet", "Take two capsules", "Take [-one tablet-][+two capsules+]"),
        ("Rest", "Rest and fluids", "Rest[+ and fluids+]"),
        ("", "New line", "[+New line+]"),
    ],
)
def test_words_and_numbers_change_whole(before: str, after: str, shown: str) -> None:
    assert told(differences(before, after)) == shown


def test_a_text_that_is_wholly_another_is_shown_as_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AT_MOST", 4)

    pieces = differences("Same. " + "a b c d e", "Same. " + "v b x d z")

    assert told(pieces) == "Same. [-a b c d e-][+v b x d z+]"


class _Read(HTMLParser):
    """The text of a page, without the words that are for the ear alone."""

    def __init__(self) -> None:
        super().__init__()
        self.text: dict[str, str] = {"": "", "del": "", "ins": ""}
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._within.pop() == tag

    def handle_data(self, data: str) -> None:
        if "span" not in self._within:
            self.text[next((t for t in self._within if t in self.text), "")] += data


MACRO = '{% from "_difference.html" import difference %}{{ difference(pieces) }}'


@given(NOTES, NOTES)
def test_the_page_shows_the_pieces_and_no_space_of_its_own(before: str, after: str) -> None:
    pieces = differences(before, after)
    page = _Read()

    page.feed(_TEMPLATES.from_string(MACRO).render(pieces=pieces))

    of = {change: "".join(p.text for p in pieces if p.change is change) for change in Change}
    assert page.text == {
        "": of[Change.SAME],
        "del": of[Change.DELETED],
        "ins": of[Change.ADDED],
    }


def test_the_page_says_in_words_what_was_deleted_and_what_was_added() -> None:
    pieces = differences("<b>old</b>", "<b>new</b>")

    page = _TEMPLATES.from_string(MACRO).render(pieces=pieces)

    assert '<del><span class="hidden">[deleted: </span>old' in page
    assert '<ins><span class="hidden">[added: </span>new' in page
    assert "<b>" not in page


@given(TEXTS, TEXTS)
def test_in_brief_every_change_is_whole(before: str, after: str) -> None:
    whole = differences(before, after)
    brief = in_brief(whole)
    assert [p for p in brief if p.change is not Change.SAME] == [
        p for p in whole if p.change is not Change.SAME
    ]
    assert [p.change for p in brief] == [p.change for p in whole]


def test_in_brief_only_what_stands_beside_a_change_is_read() -> None:
    words = [f"w{number}" for number in range(60)]
    changed = [*words[:30], "other", *words[31:]]
    brief = in_brief(differences(" ".join(words), " ".join(changed)))
    assert brief[0].text == " … w25 w26 w27 w28 w29 "
    assert brief[-1].text == " w31 w32 w33 w34 w35 … "
