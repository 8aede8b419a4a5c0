"""For any transcript at all: the note is grounded, whole, and well-formed."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from attending.core.draft import Section, Statement, Text
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.checks import CHECKS
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.panel import TranscriptPanel
from attending.lines.documentation.render import rendered
from attending.lines.documentation.rendition import from_json, to_json
from attending.lines.documentation.soap import CLINICIAN_ONLY, Part
from tests.lines.documentation.spoken import case_of, transcript

PHRASES = st.sampled_from(
    [
        "I have a cough.", "Any chest pain?", "No.", "Yes, um, I I do.", "Your lungs are clear.",
        "Your blood pressure is 145 over 19.", "Are you allergic to anything?", "Penicillin.",
        "We'll start losartan 50 milligrams.", "I think this is asthma.", "My father had a stroke.",
        "I take metformin 500 mg", "Should I stop it?", "temperature is 98 .4", "and so and so and",
        "Your A1c came back at 7.2", "Okay.", "<b>&amp;</b>", "one hundred and", "point five",
        "What brings you in?", "It gave me a rash.", "started loss artin twenty point",
    ]
)  # fmt: skip
WORDS = st.one_of(
    st.text(max_size=8).map(lambda text: "".join(text.split())), st.sampled_from([".", "?", "’"])
)
TURNS = st.lists(
    st.tuples(
        st.sampled_from(list(Role)),
        st.lists(st.one_of(PHRASES, WORDS), min_size=1, max_size=5).map(" ".join),
    ),
    max_size=12,
)
ANY_WORD = st.builds(
    Word,
    text=st.text(max_size=10),
    start=st.floats(0, 1e4),
    end=st.floats(0, 1e4),
    confidence=st.floats(0, 1),
)
ANY_UTTERANCE = st.builds(
    Utterance,
    id=st.text(max_size=4),
    speaker=st.text(max_size=4),
    role=st.sampled_from(list(Role)),
    words=st.lists(ANY_WORD, max_size=6).map(tuple),
)
ANY_TRANSCRIPT = st.builds(
    Transcript,
    utterances=st.lists(ANY_UTTERANCE, max_size=6).map(tuple),
    duration=st.floats(0, 1e5),
)


def _tokens(text: str) -> Counter[str]:
    joined = re.sub(r"(\d) (\.\d)", r"\1\2", text)
    return Counter(re.findall(r"\w+", joined.lower()))


@settings(max_examples=150, deadline=None)
@given(TURNS)
def test_every_statement_is_quoted_from_what_it_cites(turns: list[tuple[Role, str]]) -> None:
    heard = transcript(*turns)
    drafted = ExtractiveEngine().draft(to_json(heard)).draft
    said = {utterance.id: utterance for utterance in heard.utterances}
    assert [section.key for section in drafted.sections] == list(Part)
    for section in drafted.sections:
        for statement in section.statements:
            spans = statement.evidence
            assert spans
            assert all(span.quote in said[span.utterance].text for span in spans)
            assert _tokens(statement.text) <= _tokens(" ".join(span.quote for span in spans))
            roles = {said[span.utterance].role for span in spans}
            assert section.key not in CLINICIAN_ONLY or roles != {Role.PATIENT}


@settings(max_examples=100, deadline=None)
@given(TURNS)
def test_what_is_quoted_is_never_called_unsourced(turns: list[tuple[Role, str]]) -> None:
    rendition = to_json(transcript(*turns))
    drafted = ExtractiveEngine().draft(rendition).draft
    named = {f.check for check in CHECKS for f in check.examine(rendition, drafted)}
    assert not named & {"missing-evidence", "unheard-number", "unheard-drug"}


@settings(max_examples=100, deadline=None)
@given(ANY_TRANSCRIPT)
def test_nothing_raises_and_a_retry_makes_the_same(heard: Transcript) -> None:
    rendition = to_json(heard)
    assert from_json(rendition) == heard
    drafted = ExtractiveEngine().draft(rendition)
    assert drafted == ExtractiveEngine().draft(rendition)
    for check in CHECKS:
        check.examine(rendition, drafted.draft)
    ET.fromstring(TranscriptPanel().html(rendition, case_of(drafted.draft), "/recording"))
    ET.fromstring(rendered("Note", drafted.draft.sections).html)


@settings(max_examples=200, deadline=None)
@given(st.text(), st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=3)), max_size=4))
def test_rendering_escapes_anything(title: str, sections: list[tuple[str, list[str]]]) -> None:
    content = rendered(
        title,
        tuple(
            Section("key", heading, tuple(Statement("s", Text(text)) for text in texts))
            for heading, texts in sections
        ),
    )
    root = ET.fromstring(content.html)
    filled = [(heading, texts) for heading, texts in sections if texts]
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert names.count("li") == sum(len(texts) for _, texts in filled)
    assert names.count("h2") == len(filled)
    assert set(names) <= {"div", "h1", "h2", "ul", "li"}
