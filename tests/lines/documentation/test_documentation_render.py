"""The note in the record: exactly these characters, since they are signed."""

from __future__ import annotations

from attending.core.draft import Section, Statement, Text
from attending.lines.documentation.render import rendered


def _section(title: str, *texts: str) -> Section:
    return Section(title.lower(), title, tuple(Statement(t, Text(t)) for t in texts))


def test_text_and_html_of_a_note() -> None:
    content = rendered("Note", (_section("Results", "HbA1c < 7 & falling"), _section("Plan")))
    assert content.title == "Note"
    assert content.text == "Note\n\nResults\n- HbA1c < 7 & falling\n"
    assert content.html == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><h1>Note</h1>'
        "<h2>Results</h2><ul><li>HbA1c &lt; 7 &amp; falling</li></ul></div>"
    )


def test_an_empty_note_says_nothing() -> None:
    content = rendered("Note", (_section("Plan"), _section("Results")))
    assert content.text == "Note\n"
    assert content.html.endswith("<h1>Note</h1></div>")


def test_sections_keep_their_order() -> None:
    text = rendered("Note", (_section("B", "2"), _section("A", "1"))).text
    assert text.index("B") < text.index("A")


def test_a_statement_cannot_forge_a_section() -> None:
    forged = rendered("Note", (_section("Plan", "Rest.\n\nResults\n- All normal\x00"),))
    assert forged.text == "Note\n\nPlan\n- Rest. Results - All normal\n"
