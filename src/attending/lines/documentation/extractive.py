"""The extractive drafting engine: it quotes the conversation and cannot invent.

Every sentence is given to one section at most, by who says it and what it answers.
A short answer is quoted with its question ("Any chest pain? — No."), each with its own
evidence. Nothing is reworded; fillers, stutters and openers are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from attending.core.case import ModelUse
from attending.core.draft import Draft, Statement, Text
from attending.core.line import Drafted
from attending.core.speech import Role, Transcript
from attending.lines.documentation import cues
from attending.lines.documentation.addressed import addressed
from attending.lines.documentation.content import line_digest
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.rendition import from_json
from attending.lines.documentation.sentences import Sentence, sentences
from attending.lines.documentation.soap import CLINICIAN_ONLY, Part, note
from attending.lines.documentation.topics import asked_about, clinical, small_talk, stated

# Statements that a section may hold: a note longer than this is not read.
LIMITS = {Part.CHIEF_COMPLAINT: 1, Part.HISTORY: 16, Part.PLAN: 16}
LIMIT = 12
_TELLING = 5  # words of a complaint that names no symptom: "I feel out of sorts."
_LONGEST_QUESTION = 24  # words; a longer one is a speech, not a question to quote


@dataclass(frozen=True)
class Quote:
    """One statement to be: the sentences that it quotes, and the section they belong to."""

    part: Part
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        exchange = " — ".join(sentence.text for sentence in self.sentences)
        return f"“{exchange}”" if self._verbatim() else exchange

    @property
    def role(self) -> Role:
        """Whose words it rests on: the answer's."""
        return self.sentences[-1].role

    def _verbatim(self) -> bool:
        """Whether the words are somebody's own, so that the note must say so."""
        unsaid = self.part in CLINICIAN_ONLY or self.part is Part.RESULTS
        unclear = self.role is Role.UNKNOWN and not unsaid
        own = len(self.sentences) == 1 and (self.role is Role.PATIENT or unclear)
        return own or self.to_machine

    @cached_property
    def to_machine(self) -> bool:
        """Whether somebody spoke to the machine: quoted as such, never as the note's words."""
        return any(addressed(sentence.text) for sentence in self.sentences)

    def weight(self) -> int:
        """How much it says about health, to choose by when a section is too long."""
        said = " ".join(sentence.said for sentence in self.sentences)
        found = sum(
            len(cue.findall(said))
            for cue in (cues.SYMPTOM, cues.BODY, cues.COURSE, cues.RESULT, cues.ASSESSMENT)
        )
        return found + 3 * len(drugs_in(said))


class ExtractiveEngine:
    """Drafts a note from the words of the conversation alone. Pure and deterministic."""

    model: ModelUse = ModelUse("draft", "attending-extractive", "2", engine="local")
    egress: str = "local"

    @property
    def digest(self) -> str:
        """Of the line's files: its cues and names are data beside its code."""
        return line_digest()

    def draft(self, rendition: bytes) -> Drafted:
        """A note of ten sections. Raises EngineFailed for what is no transcript."""
        quotes = _chosen(tuple(_quotes(from_json(rendition))))
        drafted = _draft(quotes)
        return Drafted(drafted, _raw(quotes), self.model, {"limit": str(LIMIT)})


def _quotes(transcript: Transcript) -> Iterator[Quote]:
    """Walk the conversation turn by turn, with the question that stands open."""
    said = sentences(transcript)
    complaint = _complaint(said)
    question: Sentence | None = None
    before: Quote | None = None
    for _, group in groupby(said, key=lambda sentence: sentence.utterance.id):
        turn = tuple(group)
        asked = question
        for sentence in turn:
            if sentence.question:
                question = asked = sentence if _quotable(sentence) else question
                continue
            if sentence is complaint:
                yield Quote(Part.CHIEF_COMPLAINT, (sentence,))
            elif quote := _reaction(sentence, before) or _placed(sentence, asked):
                yield quote
                before = quote
            answered = asked is not None and sentence.utterance.id != asked.utterance.id
            asked = None if answered and not _acknowledges(sentence) else asked
        question = asked


def _quotable(question: Sentence) -> bool:
    return clinical(question) and question.length <= _LONGEST_QUESTION


def _complaint(said: tuple[Sentence, ...]) -> Sentence | None:
    """The first thing that the patient tells about their health."""
    opened: str | None = None
    for sentence in said:
        if sentence.question:
            opened = sentence.utterance.id if cues.OPENING.search(sentence.said) else opened
        elif sentence.role is Role.CLINICIAN or addressed(sentence.text):
            continue
        elif _complains(sentence, opened):
            return sentence
    return None


def _complains(sentence: Sentence, opened: str | None) -> bool:
    """A symptom; or, once the clinician has asked, whatever the patient says of themselves."""
    part = stated(sentence)
    asked = opened is not None and sentence.utterance.id != opened
    of_oneself = cues.FIRST_PERSON.search(sentence.said) is not None
    told = asked and of_oneself and sentence.length >= _TELLING and part is None
    return part is Part.HISTORY or (told and not small_talk(sentence))


def _reaction(sentence: Sentence, before: Quote | None) -> Quote | None:
    """What followed on an allergy belongs to it: "It gave me a rash."."""
    if before is None or before.part is not Part.ALLERGIES:
        return None
    same = before.sentences[-1].utterance.id == sentence.utterance.id
    reacted = cues.REACTION.match(sentence.said) and cues.SYMPTOM.search(sentence.said)
    return Quote(Part.ALLERGIES, (sentence,)) if same and reacted else None


def _placed(sentence: Sentence, question: Sentence | None) -> Quote | None:
    if question is not None and _answers(sentence, question):
        answer = _answer(sentence, question)
        if answer is not None:
            return answer
    part = stated(sentence)
    if part is None:
        return None
    if part is Part.HISTORY and _denies(sentence, question):
        part = Part.REVIEW_OF_SYSTEMS
    return Quote(part, (sentence,))


def _answers(sentence: Sentence, question: Sentence) -> bool:
    """Somebody else speaks; or, where the speakers are unknown, anybody."""
    if sentence.utterance.id == question.utterance.id:
        return False
    unknown = Role.UNKNOWN in (sentence.role, question.role)
    return unknown or sentence.role is not question.role


def _answer(sentence: Sentence, question: Sentence) -> Quote | None:
    """An answer in its question's section; a short one together with its question."""
    if question.role is Role.PATIENT:
        return _advice(sentence, question)
    part = asked_about(question)
    own = stated(sentence)
    if part is None or own in CLINICIAN_ONLY or _acknowledges(sentence):
        return None
    if _leans(sentence):
        nods = cues.OPEN.match(question.said) and not cues.YES_NO.sub("", sentence.said)
        return None if nods else Quote(part, (question, sentence))
    if own in (Part.ALLERGIES, Part.PAST_HISTORY, Part.MEDICATIONS):
        return Quote(own, (sentence,))
    return Quote(_of_denial(part, sentence), (sentence,))


def _advice(sentence: Sentence, question: Sentence) -> Quote | None:
    """A clinician's plain yes or no to "should I …?" is advice."""
    asks = question.said.startswith(("should i", "do i need", "can i", "could i"))
    if asks and sentence.role is Role.CLINICIAN and _leans(sentence):
        return Quote(Part.PLAN, (question, sentence))
    return None


def _leans(sentence: Sentence) -> bool:
    """Whether an answer ("No.", "About a week.") says nothing without its question."""
    yes_or_no = cues.YES_NO.match(sentence.said) is not None
    if sentence.length <= 3 and (yes_or_no or stated(sentence) is None):  # noqa: PLR2004 - words
        return True
    return yes_or_no and not (cues.SYMPTOM.search(sentence.said) or drugs_in(sentence.said))


def _acknowledges(sentence: Sentence) -> bool:
    """Neither answers nor asks: "Okay.", "Sure."."""
    return sentence.said.strip(" .,!") in {
        "okay", "ok", "sure", "alright", "all right", "got it", "i see", "thanks", "thank you",
        "good", "great", "alrighty", "you got it", "perfect", "oh", "hm", "sounds good", "gotcha",
        "wow",
    }  # fmt: skip


def _of_denial(part: Part, sentence: Sentence) -> Part:
    return part if part is not Part.REVIEW_OF_SYSTEMS or _denying(sentence) else Part.HISTORY


def _denies(sentence: Sentence, question: Sentence | None) -> bool:
    asked = question is not None and asked_about(question) is Part.REVIEW_OF_SYSTEMS
    return asked and _denying(sentence)


def _denying(sentence: Sentence) -> bool:
    return cues.HEDGE_OR_DENY.search(sentence.said) is not None


def _chosen(quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
    """Without repetitions, and each section no longer than its limit, in order of time."""
    first = {id(q) for q in {(q.part, _likeness(q)): q for q in reversed(quotes)}.values()}
    kept: set[int] = set()
    for part in Part:
        own = [quote for quote in quotes if quote.part is part and id(quote) in first]
        weightiest = sorted(own, key=lambda quote: (quote.to_machine, -quote.weight()))
        kept |= {id(quote) for quote in weightiest[: LIMITS.get(part, LIMIT)]}
    return tuple(quote for quote in quotes if id(quote) in kept)


def _likeness(quote: Quote) -> tuple[str, ...]:
    return tuple(word.strip(".,;:!?“”") for s in quote.sentences for word in s.said.split())


def _draft(quotes: tuple[Quote, ...]) -> Draft:
    return note(
        {
            part: tuple(
                _statement(f"{part}.{number}", quote)
                for number, quote in enumerate((q for q in quotes if q.part is part), 1)
            )
            for part in Part
        }
    )


def _statement(name: str, quote: Quote) -> Statement:
    spans = tuple(sentence.span for sentence in quote.sentences)
    return Statement(name, Text(quote.text), spans, by=quote.role.value)


def _raw(quotes: tuple[Quote, ...]) -> bytes:
    """What was quoted where, as JSON: [{"section": …, "utterances": […], "text": …}, …]."""
    rows = [
        {"section": q.part, "utterances": [s.utterance.id for s in q.sentences], "text": q.text}
        for q in quotes
    ]
    return json.dumps(rows, ensure_ascii=False).encode()
