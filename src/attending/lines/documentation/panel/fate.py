"""What became of what was said: each passage, and the statements that rest on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from attending.core.case import Case, DecisionKind
from attending.core.evidence import TimeSpan
from attending.core.speech import Transcript, Utterance, Word
from attending.lines.documentation.panel.telling import NAMES, told_by
from attending.lines.documentation.sentences import passages

_SLACK = 0.01  # seconds; times are rounded when they are stored
SOUND = "audio"  # the channel of evidence that speech is


@dataclass(frozen=True)
class Made:
    """A statement of the note as it stands, and where it says that it comes from."""

    statement: str
    section: str  # its title
    spans: tuple[TimeSpan, ...]

    def touches(self, utterance: Utterance) -> bool:
        return any(_near(span, utterance) for span in self.spans)

    def rests_on(self, utterance: Utterance, words: tuple[Word, ...]) -> bool:
        """Whether the middle of any of the words lies within its evidence."""
        return any(
            span.start - _SLACK <= (word.start + word.end) / 2 <= span.end + _SLACK
            for span in self.spans
            if _near(span, utterance)
            for word in words
        )


@dataclass(frozen=True)
class Passage:
    """Neighbouring words that say one thing, and the statements that rest on any of them."""

    utterance: Utterance
    words: tuple[Word, ...]
    made: tuple[Made, ...]

    @property
    def is_used(self) -> bool:
        return bool(self.made)

    @cached_property
    def tells(self) -> tuple[str, ...]:
        """What it names that a note might miss: "a medicine", "a number", …"""
        return told_by(" ".join(word.text for word in self.words))


@dataclass(frozen=True)
class Turn:
    """What one person said without a break; it has a word at least."""

    utterance: Utterance
    passages: tuple[Passage, ...]

    @property
    def made(self) -> tuple[Made, ...]:
        return tuple(dict.fromkeys(made for passage in self.passages for made in passage.made))

    @property
    def unused(self) -> tuple[Passage, ...]:
        return tuple(passage for passage in self.passages if not passage.is_used)

    @cached_property
    def misses(self) -> tuple[str, ...]:
        """What its unused passages name, the weightiest first."""
        told = {name for passage in self.unused for name in passage.tells}
        return tuple(name for name in NAMES if name in told)


def turns_of(transcript: Transcript, case: Case) -> tuple[Turn, ...]:
    """In order of time. Without a draft nothing is used."""
    made = tuple(_made(case))
    return tuple(_turn(utterance, made) for utterance in transcript.utterances if utterance.words)


def _turn(utterance: Utterance, every: tuple[Made, ...]) -> Turn:
    near = tuple(made for made in every if made.touches(utterance))
    return Turn(
        utterance,
        tuple(
            Passage(utterance, words, tuple(m for m in near if m.rests_on(utterance, words)))
            for words in passages(utterance)
        ),
    )


def _near(span: TimeSpan, utterance: Utterance) -> bool:
    return span.utterance in (None, utterance.id)


def _made(case: Case) -> Iterator[Made]:
    """Statements as they stand; what was rejected will not be written, so it uses nothing."""
    for drafted in case.draft.sections if case.draft else ():
        decision = case.decision(drafted.key)
        if decision is not None and decision.kind is DecisionKind.REJECT:
            continue
        for statement in case.section(drafted.key).statements:
            spans = tuple(
                span
                for span in statement.evidence
                if isinstance(span, TimeSpan) and span.channel in (None, SOUND)
            )
            yield Made(statement.id, drafted.title, spans)
