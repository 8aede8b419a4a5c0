"""What was said, belongs in a note, and was not written."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.lines.documentation.hearing import clock
from attending.lines.documentation.omitted.missing import missing, note_of
from attending.lines.documentation.omitted.said import Kind, Said, said
from attending.lines.documentation.rendition import from_json
from attending.lines.documentation.soap import Part

MOST = 3  # findings a note: more would not be read
_PLACE = {
    Kind.ALLERGY: Part.ALLERGIES,
    Kind.RED_FLAG: Part.HISTORY,
    Kind.CHANGE: Part.PLAN,
    Kind.MEDICINE: Part.MEDICATIONS,
    Kind.TEST: Part.PLAN,
    Kind.REFERRAL: Part.PLAN,
    Kind.VITAL: Part.EXAMINATION,
    Kind.SYMPTOM: Part.HISTORY,
}
_WEIGHTY = frozenset({Kind.ALLERGY, Kind.RED_FLAG, Kind.CHANGE})
_TOLD = {
    Kind.CHANGE: "a change of {name}",
    Kind.TEST: "{name}, to be ordered",
    Kind.REFERRAL: "a referral ({name})",
    Kind.VITAL: "{name} of {figures}",
}


class Omissions:
    """CAUTION: an allergy, a changed medicine or a red flag that the note names nowhere.

    INFO: a medicine taken, a test, a referral, a value out of range, a symptom. On the section
    where it belongs; at most three a note, the weightiest first.
    """

    name: str = "omission"
    card: CheckCard = CheckCard(
        "What was said and is not written",
        "whether something weighty was said that stands nowhere in the note.",
        (Severity.CAUTION, Severity.INFO),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        if not draft.sections:
            return ()
        found = list(missing(said(from_json(rendition)), note_of(draft)))
        return tuple(self._finding(draft, each) for each in found[:MOST])

    def _finding(self, draft: Draft, each: Said) -> Finding:
        keys = [section.key for section in draft.sections]
        place = _PLACE[each.kind]
        return Finding(
            self.name,
            place if place in keys else keys[0],
            "",
            Severity.CAUTION if each.kind in _WEIGHTY else Severity.INFO,
            _explanation(each),
            each.sentence.text,
        )


def _explanation(each: Said) -> str:
    told = _TOLD.get(each.kind, "{name}").format(name=each.name, figures="/".join(each.figures))
    return f"Said at {clock(each.begin)} and not in the note: {told}. Write it if it belongs here."
