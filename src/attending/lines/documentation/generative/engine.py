"""The generative drafting engine: a text model writes, and nothing of it is taken on trust.

An answer that cannot be used, or that the guard doubts in large part, is kept as it was given
and not shown: the draft is then the extractive engine's, and says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from attending.core.case import ModelUse
from attending.core.draft import Draft, Finding, Severity
from attending.core.errors import EngineFailed
from attending.core.line import ANSWERED, INSTEAD_OF, Check, Drafted, DraftingEngine, Writer
from attending.core.speech import Transcript
from attending.core.text import TextAnswer
from attending.lines.documentation.fidelity.conversation import turns
from attending.lines.documentation.generative.asking import LONGEST_ANSWER, LONGEST_TALK, question
from attending.lines.documentation.generative.heard import (
    CAUTION_BELOW,
    SERIOUS_BELOW,
    unsaid_words,
)
from attending.lines.documentation.generative.linking import linked
from attending.lines.documentation.generative.prompt import prompt
from attending.lines.documentation.generative.reading import Answer, read
from attending.lines.documentation.rendition import from_json

NAME = "free-writing"  # of the findings that the engine itself makes
_REPEATS = "repetition"
_MOST_NAMED = 4  # unsaid words that a finding lists


class _Unusable(Exception):
    """Why a draft is not the model's, in words for a clinician."""


class GenerativeEngine:
    """Drafts with a text model, else with ``fallback``. ``checks``: the line's own."""

    def __init__(
        self,
        writer: Writer,
        fallback: DraftingEngine,
        checks: tuple[Check, ...],
        longest: int = LONGEST_ANSWER,
    ) -> None:
        """longest: tokens of an answer."""
        self._text, self._doubted, self._longest = writer.model, writer.doubted, longest
        self._fallback, self._checks = fallback, checks
        self.egress = self._text.egress
        self.model = ModelUse(
            "draft", self._text.name, self._text.version, self.egress, prompt().version
        )

    @property
    def digest(self) -> str:
        """Of the prompt and the model's name: the weights behind an endpoint are its operator's."""
        named = f"{self._text.name}\0{self._text.version}\0{prompt().text}"
        return hashlib.sha256(named.encode()).hexdigest()

    @property
    def prompt_digest(self) -> str:
        return prompt().digest

    def draft(self, rendition: bytes) -> Drafted:
        """Raises EngineFailed for what is no transcript, EgressRefused; for an answer never."""
        transcript = from_json(rendition)
        raw = b""
        try:
            answered = self._ask(transcript)
            raw = answered.text.encode("utf-8", "replace")
            return self._written(rendition, transcript, answered)
        except _Unusable as unusable:
            made = self._instead(rendition, raw, str(unusable))
            if not isinstance(unusable.__cause__, EngineFailed):
                return made
            return replace(made, parameters={**made.parameters, ANSWERED: "false"})

    def _ask(self, transcript: Transcript) -> TextAnswer:
        if not transcript.utterances:
            raise _Unusable("No speech was found.")
        if sum(len(utterance.text) for utterance in transcript.utterances) > LONGEST_TALK:
            raise _Unusable("The conversation is too long for the model.")
        try:
            return self._text.ask(question(transcript, self._longest))
        except EngineFailed as failed:
            raise _Unusable(failed.message) from failed

    def _written(self, rendition: bytes, transcript: Transcript, answered: TextAnswer) -> Drafted:
        answer = read(answered.text)
        if answer.fault:
            raise _Unusable(answer.fault)
        draft = linked(answer.written, transcript)
        own = tuple(_own_findings(draft, transcript))
        doubted = self._share_doubted(rendition, draft, own)
        if doubted > self._doubted:
            raise _Unusable(f"{doubted:.0%} of its statements are in serious doubt.")
        told = (*own, *_of_the_whole(draft, answer, cut=answered.cut))
        return Drafted(
            draft,
            answered.text.encode("utf-8", "replace"),
            self.model,
            self._parameters(answer),
            told,
        )

    def _share_doubted(self, rendition: bytes, draft: Draft, own: tuple[Finding, ...]) -> float:
        """Statements with a serious finding, or said again, of all."""
        found = [*own, *(f for check in self._checks for f in check.examine(rendition, draft))]
        doubted = {
            f.statement for f in found if f.severity is Severity.SERIOUS or f.check == _REPEATS
        }
        ids = [s.id for section in draft.sections for s in section.statements]
        return sum(each in doubted for each in ids) / len(ids)

    def _parameters(self, answer: Answer) -> Mapping[str, str]:
        return {
            "longest": str(self._longest),
            "doubted": f"{self._doubted:g}",
            "dropped": str(answer.dropped),
            "mended": str(answer.mended).lower(),
        }

    def _instead(self, rendition: bytes, raw: bytes, why: str) -> Drafted:
        """The other engine's draft, with what the model answered, and why that is not shown."""
        quoted = self._fallback.draft(rendition)
        told = Finding(
            NAME,
            quoted.draft.sections[0].key,
            "",
            Severity.CAUTION,
            f"The language model's answer is not shown: {why} This draft quotes the conversation "
            "instead.",
        )
        parameters = {
            **quoted.parameters,
            INSTEAD_OF: f"{self.model.name} {self.model.version}",
            "prompt": self.model.prompt_version,
            "refused": why,
        }
        return replace(
            quoted, raw=raw or quoted.raw, parameters=parameters, findings=(*quoted.findings, told)
        )


def _own_findings(draft: Draft, transcript: Transcript) -> Iterator[Finding]:
    """Statements of which little was said, by the words that they cite."""
    said = {turn.utterance: turn for turn in turns(transcript)}
    for section in draft.sections:
        for statement in section.statements:
            cited = [said[e.utterance or ""] for e in statement.evidence if e.kind == "time"]
            share, missing = unsaid_words(statement.text, cited)
            if share >= CAUTION_BELOW:
                continue
            severity = Severity.SERIOUS if share < SERIOUS_BELOW else Severity.CAUTION
            named = ", ".join(f"“{word}”" for word in missing[:_MOST_NAMED])
            why = f"The model wrote {named}, which the words that are cited do not hold."
            yield Finding(NAME, section.key, statement.id, severity, why, missing[0])


def _of_the_whole(draft: Draft, answer: Answer, *, cut: bool) -> Iterator[Finding]:
    first = draft.sections[0].key
    if cut or answer.mended:
        why = "The model was cut off before its end: more may have been said. Read the transcript."
        yield Finding(NAME, first, "", Severity.CAUTION, why)
    if answer.dropped:
        why = f"{answer.dropped} parts of the model's answer were no statements, and are left out."
        yield Finding(NAME, first, "", Severity.INFO, why)
