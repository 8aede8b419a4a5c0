"""The transcript on the review page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from attending.core.case import Case, Decision, DecisionKind, Revision
from attending.core.draft import Draft, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.ids import PrincipalId, fresh
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.checks.confidence import UnsureWords
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.hearing import clock
from attending.lines.documentation.panel import TranscriptPanel
from attending.lines.documentation.rendition import to_json
from attending.lines.documentation.soap import Part, note
from tests.lines.documentation.spoken import case_of, quoting, transcript

CLINICIAN, PATIENT = Role.CLINICIAN, Role.PATIENT
SOMEBODY = PrincipalId(fresh())


def panel(heard: Transcript, case: Case | None = None, recording: str = "/heard") -> ET.Element:
    html = TranscriptPanel().html(to_json(heard), case or case_of(None), recording)
    return ET.fromstring(html)


def classed(root: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in root.iter() if name in e.attrib.get("class", "").split()]


def text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def counts(root: ET.Element) -> list[int]:
    """All, used, unused."""
    return [int(text(e)) for e in classed(root, "count")]


def one_turn(*words: Word, role: Role = CLINICIAN, name: str = "u12") -> ET.Element:
    return panel(Transcript((Utterance(name, "S1", role, words),), 100.0))


def test_who_when_and_how_long() -> None:
    root = one_turn(Word("over", 83.2, 83.5, 0.9), Word("19", 83.6, 84.0, 0.9))
    [turn] = classed(root, "utterance")
    assert (turn.attrib["id"], turn.attrib["data-start"]) == ("u12", "83.20")
    assert turn.attrib["data-end"] == "84.00"
    assert text(classed(root, "turn-head")[0]) == "Play from 1:23 Clinician"
    [said] = classed(root, "said")
    assert text(said) == "over 19"
    assert said.attrib["data-t"] == "8320 30 10 40"


def test_times_are_told_for_each_piece_that_a_page_can_tell_apart() -> None:
    """A word with a blank in it is two pieces; one without any text is none."""
    [said] = classed(
        one_turn(Word("fifty mg", 1, 2, 0.9), Word(" ", 2, 3, 0.9), Word("daily.", 3, 4, 0.9)),
        "said",
    )
    assert len(said.attrib["data-t"].split()) == 2 * len(text(said).split())


@pytest.mark.parametrize(
    ("word", "confidence", "unsure"),
    [("cough", 0.49, True), ("cough", 0.5, False), ("ninety", 0.59, True),
     ("losartan", 0.59, True), ("losartan", 0.6, False)],
)  # fmt: skip
def test_a_word_hardly_heard_is_said_to_be(word: str, confidence: float, unsure: bool) -> None:
    """By the threshold of the check: whoever the one warns of, the other shows."""
    heard = transcript((CLINICIAN, word), confidence=confidence)
    marks = classed(panel(heard), "unsure")
    assert len(marks) == unsure
    assert len(UnsureWords().examine(to_json(heard), quoting(heard, word))) == unsure
    if unsure:
        assert marks[0].attrib["title"] == f"heard with low confidence ({confidence:.0%})"
        assert text(marks[0]) == f"{word} (heard with low confidence)"


def test_hostile_words_stay_words() -> None:
    root = one_turn(
        Word('<script>alert("1")</script>', 0, 1, 0.9), Word("' onclick=x", 1, 2, 0.1), name='u"1'
    )
    assert not [e for e in root.iter() if e.tag == "script" or "onclick" in e.attrib]
    [turn] = classed(root, "utterance")
    assert turn.attrib["id"] == 'u"1'
    assert '<script>alert("1")</script>' in text(turn)


def test_what_cannot_be_seen_is_named() -> None:
    root = one_turn(Word("5\u202e0", 0, 1, 0.9), Word("m\u200bg", 1, 2, 0.9))
    assert text(classed(root, "said")[0]) == "5[U+202E]0 m[U+200B]g"


def test_an_address_stays_an_address() -> None:
    root = panel(transcript((CLINICIAN, "Hello.")), recording='/a"><script>')
    [audio] = [e for e in root.iter() if e.tag == "audio"]
    assert audio.attrib["src"] == '/a"><script>'


def test_an_unknown_speaker_is_named_by_the_recogniser() -> None:
    root = one_turn(Word("Hello", 0, 1, 0.9), role=Role.UNKNOWN)
    assert text(classed(root, "speaker")[0]) == "Speaker S1"


def test_silence_is_said_to_be_silence() -> None:
    root = panel(Transcript((), 3.0))
    assert "No speech was found" in text(root)
    assert classed(root, "player")


def two_statements(heard: Transcript) -> Draft:
    """One on the first passage of u1, one on u2."""
    first, second = heard.utterances[:2]
    part = TimeSpan(first.start, first.words[3].end, "audio", first.id)
    whole = TimeSpan(second.start, second.end, "audio", second.id)
    return note(
        {
            Part.PLAN: (
                Statement("plan.1", Text("A"), (part,)),
                Statement("plan.2", Text("A again"), (part,)),
            ),
            Part.HISTORY: (Statement("history.1", Text("B"), (whole, part)),),
        }
    )


HEARD = transcript(
    (CLINICIAN, "Start losartan fifty mg. Have you any allergies? I hear a murmur."),
    (PATIENT, "My knee hurts."),
    (CLINICIAN, "Nice weather today."),
    (PATIENT, "No chest pain. I take metformin 500 mg."),
)


def test_what_was_made_of_each_turn() -> None:
    root = panel(HEARD, case_of(two_statements(HEARD)))
    states = [turn.attrib["class"].split()[-1] for turn in classed(root, "utterance")]
    assert states == ["partly", "used", "unused", "unused"]
    links = [
        [(text(a), a.attrib["href"]) for a in turn.iter("a")] for turn in classed(root, "utterance")
    ]
    history, plan = (
        ("History of present illness", "#statement-history.1"),
        ("Plan", "#statement-plan.1"),
    )
    assert sorted(links[0]) == sorted([history, plan])
    assert links[1:] == [[history], [], []]
    assert counts(root) == [7, 2, 5]
    assert len(classed(root, "said")) == 7


def test_what_was_left_out_says_what_it_names() -> None:
    root = panel(HEARD, case_of(two_statements(HEARD)))
    fates = [text(e) for e in classed(root, "fate")]
    assert fates[0].endswith("Not in the note: a finding")
    assert fates[1].startswith("In the note:")
    assert "Not in the note:" not in fates[1]
    assert fates[2] == "Not in the note"
    assert fates[3] == "Not in the note: a medicine, a dose, a symptom, a denial, a number"
    assert [int(t.attrib["data-rank"]) for t in classed(root, "utterance")] == [1, 0, 0, 5]


def test_a_rejected_section_writes_nothing_and_so_uses_nothing() -> None:
    rejected = Decision(Part.PLAN, 0, DecisionKind.REJECT, "no", SOMEBODY, 3, datetime.now(UTC))
    root = panel(HEARD, case_of(two_statements(HEARD), (rejected,)))
    assert {a.attrib["href"] for a in root.iter("a")} == {"#statement-history.1"}


def test_a_revision_counts_in_place_of_the_draft() -> None:
    kept = two_statements(HEARD).section(Part.PLAN).statements[1]
    revised = Revision(Part.PLAN, 1, (kept,), SOMEBODY, datetime.now(UTC))
    emptied = Revision(Part.HISTORY, 1, (), SOMEBODY, datetime.now(UTC))
    root = panel(HEARD, case_of(two_statements(HEARD), revisions=(revised, emptied)))
    assert {a.attrib["href"] for a in root.iter("a")} == {"#statement-plan.2"}
    assert counts(root) == [7, 1, 6]


def test_what_another_channel_shows_is_no_speech() -> None:
    first = HEARD.utterances[0]
    span = TimeSpan(first.start, first.end, "heart_rate", None)
    draft = note({Part.PLAN: (Statement("plan.1", Text("A"), (span,)),)})
    assert counts(panel(HEARD, case_of(draft)))[1] == 0


def test_every_word_stands_once_and_in_order() -> None:
    draft = ExtractiveEngine().draft(to_json(HEARD)).draft
    root = panel(HEARD, case_of(draft))
    shown = [text(e) for e in classed(root, "words")]
    assert shown == [utterance.text for utterance in HEARD.utterances]
    assert sum(counts(root)[1:]) == counts(root)[0]


def test_no_markup_that_a_strict_policy_blocks() -> None:
    html = TranscriptPanel().html(to_json(HEARD), case_of(None), "/heard")
    assert re.search(r"<script|<style|\sstyle=|\son\w+=", html) is None


def test_clock() -> None:
    assert [clock(s) for s in (0, 59.9, 60, 3725)] == ["0:00", "0:59", "1:00", "62:05"]
