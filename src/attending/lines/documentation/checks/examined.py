"""What every check needs: the statements of a draft, each with the words it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from attending.core.draft import Draft, Finding, Severity, Statement
from attending.core.evidence import TimeSpan
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.characters import compared
from attending.lines.documentation.fidelity.claims import Passage
from attending.lines.documentation.fidelity.conversation import begins
from attending.lines.documentation.hearing import clock
from attending.lines.documentation.rendition import from_json

WAS_SAID = "was it said"  # what several checks ask of a statement, each in its way
_SLACK = 0.01  # seconds; times are rounded when they are stored


@dataclass(frozen=True)
class Examined:
    """A statement in its section, beside the transcript that it should rest on.

    ``place``: counted from 1 in its section, as the page counts.
    """

    section: str
    statement: Statement
    utterances: dict[str, Utterance]
    place: int = 0

    @property
    def text(self) -> str:
        """What the statement says, with nothing unseen in it that would hide a word."""
        return compared(self.statement.text)

    @property
    def spans(self) -> tuple[TimeSpan, ...]:
        return tuple(span for span in self.statement.evidence if isinstance(span, TimeSpan))

    def words(self) -> tuple[Word, ...]:
        """The words, as the recogniser heard them, within the cited spans."""
        return tuple(
            word
            for span in self.spans
            if (utterance := self.utterances.get(span.utterance or "")) is not None
            for word in utterance.words
            if span.start - _SLACK <= word.start and word.end <= span.end + _SLACK
        )

    def source(self) -> str:
        """The cited words as text."""
        return compared(" ".join(word.text for word in self.words()))

    def source_of(self, role: Role) -> str:
        """The cited words of speakers in this role."""
        own = {name: u for name, u in self.utterances.items() if u.role is role}
        return Examined(self.section, self.statement, own).source()

    def said_by(self, role: Role) -> str:
        """All that speakers in this role said, cited or not."""
        return compared(" ".join(u.text for u in self.utterances.values() if u.role is role))

    def conversation(self) -> str:
        """All that anybody said, cited or not."""
        return compared(" ".join(u.text for u in self.utterances.values()))

    def listen(self) -> str:
        """An invitation to the place in the recording, as in "Listen at 1:23"."""
        return f"Listen at {clock(self.spans[0].start)}." if self.spans else "It has no source."

    def finding(self, check: str, severity: Severity, explanation: str, quote: str = "") -> Finding:
        return Finding(check, self.section, self.statement.id, severity, explanation, quote)


def examined(rendition: bytes, draft: Draft) -> Iterator[Examined]:
    """Every statement of the draft, a clinician's own among them."""
    utterances = _by_id(from_json(rendition))
    for section in draft.sections:
        for place, statement in enumerate(section.statements, 1):
            yield Examined(section.key, statement, utterances, place)


def drafted(rendition: bytes, draft: Draft) -> Iterator[Examined]:
    """Statements that a model made: what a clinician wrote needs no source."""
    return (item for item in examined(rendition, draft) if not item.statement.human)


def edited(rendition: bytes, draft: Draft) -> Iterator[Examined]:
    """What a clinician made of a drafted statement, as loop/recheck.py lays it before us.

    A slip of the pen is to be told, gently: the clinician may know what nobody said.
    """
    own = (item for item in examined(rendition, draft) if item.statement.human)
    return (item for item in own if item.statement.evidence)


def place_of(passage: Passage, heard: Transcript) -> str:
    """Where in the recording it stands, as in " at 1:23"; "" if that is not known."""
    at = begins(passage.turns[0], heard)
    return "" if at is None else f" at {clock(at)}"


def _by_id(transcript: Transcript) -> dict[str, Utterance]:
    return {utterance.id: utterance for utterance in transcript.utterances}
