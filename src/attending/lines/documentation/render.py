"""The note as it will stand in the record: plain text, and a well-formed XHTML fragment.

    <div xmlns="http://www.w3.org/1999/xhtml">
      <h1>Consultation note</h1>
      <h2>Plan</h2><ul><li>…</li></ul>
    </div>

Sections keep their order; an empty one is left out, and nothing is said in its place.
"""

from __future__ import annotations

from html import escape

from attending.core.draft import Section
from attending.core.entry import Content
from attending.lines.documentation.characters import legible


def rendered(title: str, sections: tuple[Section, ...]) -> Content:
    """Pure and deterministic: the same sections give the same bytes, which are signed."""
    filled = tuple(section for section in sections if section.statements)
    return Content(title=legible(title), text=_text(title, filled), html=_html(title, filled))


def escaped(text: str) -> str:
    """The text as it may stand in an element or an attribute."""
    return escape(legible(text))


def _text(title: str, sections: tuple[Section, ...]) -> str:
    blocks = [legible(title)]
    for section in sections:
        lines = [f"- {legible(statement.text)}" for statement in section.statements]
        blocks.append("\n".join([legible(section.title), *lines]))
    return "\n\n".join(blocks) + "\n"


def _html(title: str, sections: tuple[Section, ...]) -> str:
    body = "".join(_section(section) for section in sections)
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><h1>{escaped(title)}</h1>{body}</div>'


def _section(section: Section) -> str:
    items = "".join(f"<li>{escaped(statement.text)}</li>" for statement in section.statements)
    return f"<h2>{escaped(section.title)}</h2><ul>{items}</ul>"
