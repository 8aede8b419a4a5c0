"""Which utterances a written statement rests on: those that the guard's linker finds near.

What the model cites is a hint and no proof: a cited turn counts only where it is near, too.
"""

from __future__ import annotations

from collections.abc import Iterable

from attending.core.draft import Draft, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.speech import Role, Transcript, Utterance
from attending.lines.documentation.fidelity.carried import Talk
from attending.lines.documentation.fidelity.claims import Passage
from attending.lines.documentation.fidelity.terms import terms
from attending.lines.documentation.generative.reading import Written
from attending.lines.documentation.soap import CLINICIAN_ONLY, Part, note

MOST = 4  # utterances that a statement cites
_PASSAGES = 4  # that are looked at
ENOUGH = 2.0  # a passage's score, from which it is cited
CITED_ENOUGH = 0.0  # the same, where the model cites a turn of it


class Links:
    """Over one transcript."""

    def __init__(self, transcript: Transcript) -> None:
        self._utterances = transcript.utterances
        self._talk = Talk(transcript)

    def evidence(self, written: Written) -> tuple[Utterance, ...]:
        """In order of time; none where nothing said is near."""
        named = {
            self._utterances[turn - 1].id for turn in written.turns if turn <= len(self._utterances)
        }
        chosen = self._carrying(written)
        left = set(terms(written.text)) - self._terms(chosen)
        for passage in self._talk.near(written.text, _PASSAGES):
            held = {turn.utterance for turn in passage.turns}
            if len(chosen) >= MOST or not _is_near(passage, named):
                continue
            if chosen and left.isdisjoint(self._terms(held)):
                continue
            left -= self._terms(held)
            chosen |= held
        return tuple(u for u in self._utterances if u.id in chosen)[:MOST]

    def _carrying(self, written: Written) -> set[str]:
        """Utterances that carry it: of what only a clinician grounds, in a clinician's words."""
        told = (
            self._talk.told_by_clinician(written.text) if written.part in CLINICIAN_ONLY else None
        )
        passage = told or self._talk.carrying(written.text)
        return {turn.utterance for turn in passage.turns} if passage else set()

    def _terms(self, chosen: set[str]) -> set[str]:
        return {term for u in self._utterances if u.id in chosen for term in terms(u.text)}


def _is_near(passage: Passage, named: set[str]) -> bool:
    cited = any(turn.utterance in named for turn in passage.turns)
    return passage.score > (CITED_ENOUGH if cited else ENOUGH)


def linked(written: Iterable[Written], transcript: Transcript) -> Draft:
    """What was written as a draft: each statement with what it rests on, in its section."""
    links = Links(transcript)
    parts: dict[Part, tuple[Statement, ...]] = {}
    for each in written:
        standing = parts.get(each.part, ())
        name = f"{each.part}.{len(standing) + 1}"
        parts[each.part] = (*standing, _statement(name, each.text, links.evidence(each)))
    return note(parts)


def _statement(name: str, text: str, cited: tuple[Utterance, ...]) -> Statement:
    return Statement(name, Text(text), tuple(map(_span, cited)), _speaker(cited))


def _span(utterance: Utterance) -> TimeSpan:
    """The whole utterance as evidence."""
    return TimeSpan(utterance.start, utterance.end, "audio", utterance.id, utterance.text)


def _speaker(cited: tuple[Utterance, ...]) -> str | None:
    """Whose words a statement rests on: the clinician's, if theirs are among them.

    A question asserts nothing: its answer counts.
    """
    told = [utterance for utterance in cited if not utterance.text.rstrip().endswith("?")]
    roles = [utterance.role for utterance in told or cited]
    if Role.CLINICIAN in roles:
        return Role.CLINICIAN.value
    return roles[0].value if roles else None
