"""A draft that is no consultation note is not guarded, and so is not shown."""

from __future__ import annotations

from attending.core.draft import Draft, Finding
from attending.core.errors import MalformedDraft
from attending.core.line import CheckCard
from attending.lines.documentation.soap import TITLE, Part, heading


class WellFormed:
    """Never a finding. Raises MalformedDraft for a draft whose parts could hide one another.

    Warnings are opened by a statement's id: two statements of one id would be opened as
    one. Titles and sections are ours; an engine that names others follows somebody else.
    """

    name: str = "well-formed"
    card: CheckCard = CheckCard(
        "Form of the note",
        "whether the draft has the sections of a consultation note, each statement under a name of its own.",
        (),
        required=True,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:  # noqa: ARG002
        ids = [statement.id for section in draft.sections for statement in section.statements]
        named = [(section.key, section.title) for section in draft.sections]
        ours = draft.title == TITLE and named == [(part, heading(part)) for part in Part]
        if ours and "" not in ids and len(ids) == len(set(ids)):
            return ()
        raise MalformedDraft(
            "The model's answer has not the form of a consultation note.",
            statements=len(ids),
        )
