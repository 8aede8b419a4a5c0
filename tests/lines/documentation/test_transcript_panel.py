"""The transcript on the review page."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.panel import TranscriptPanel, clock
from attending.lines.documentation.rendition import to_json


def _html(*words: Word, role: Role = Role.CLINICIAN, name: str = "u12") -> str:
    heard = Transcript((Utterance(name, "S1", role, words),), 100.0)
    return TranscriptPanel().html(to_json(heard), None)


def test_who_when_and_which_words_were_unsure() -> None:
    html = _html(Word("over", 83.2, 83.5, 0.9), Word("19", 83.6, 84.0, 0.31))
    assert html == (
        '<ol class="transcript"><li id="u12" class="utterance clinician" data-start="83.20" '
        'data-end="84.00"><time>1:23</time> <span class="speaker">Clinician</span> '
        '<span class="words">over <mark title="heard with 31% confidence">19</mark></span>'
        "</li></ol>"
    )


def test_hostile_words_stay_words() -> None:
    html = _html(
        Word('<script>alert("1")</script>', 0, 1, 0.9), Word("' onclick=x", 1, 2, 0.1), name='u"1'
    )
    root = ET.fromstring(html)
    assert {element.tag for element in root.iter()} == {"ol", "li", "time", "span", "mark"}
    assert not any("onclick" in element.attrib for element in root.iter())
    assert "<script" not in html


def test_an_unknown_speaker_is_named_by_the_recogniser() -> None:
    assert ">Speaker S1<" in _html(Word("Hello", 0, 1, 0.9), role=Role.UNKNOWN)


def test_silence_is_said_to_be_silence() -> None:
    assert "No speech was found" in TranscriptPanel().html(to_json(Transcript((), 3.0)), None)


def test_clock() -> None:
    assert [clock(s) for s in (0, 59.9, 60, 3725)] == ["0:00", "0:59", "1:00", "62:05"]
