"""A transcript cut into sentences, each with its exact words and so its exact times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from attending.core.evidence import TimeSpan
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.quantities import numbers_in

LONGEST = 32  # words; beyond it a sentence is cut where the speaker goes on with "and", "so" …
SHORTEST_PIECE = 9

_END = re.compile(r"[.?!…][\"”’)]*$")
_ABBREVIATION = re.compile(r"^(dr|mr|mrs|ms|st|vs|prof|e\.g|i\.e|approx)\.$", re.IGNORECASE)
_GO_ON = frozenset({"and", "so", "but", "okay", "ok", "alright", "then", "because", "now", "um"})
_FILLERS = frozenset({"um", "uh", "uhm", "umm", "erm", "hmm", "hm", "mm", "mm-hmm", "uh-huh"})
_OPENERS = frozenset(
    {"okay", "ok", "so", "well", "and", "alright", "yeah", "now", "oh", "right", "then", "but"}
)
_INTERROGATIVE = re.compile(
    r"^(any|are|is|was|were|do|does|did|have|has|had|can|could|would|will|should|may|what|"
    r"what's|when|where|which|who|how|how's|why)\b"
)
_INVITATION = re.compile(r"^(?:can you |could you )?(?:please )?(?:tell me|describe)\b")
_TAG = re.compile(r"\b(?:okay|ok|alright|all right)\?$")  # asks for a nod, not an answer
_DECIMAL = re.compile(r"(\d) (\.\d)")  # a recogniser writes "98 .4"
_REPEATABLE = re.compile(r"^[a-z']+$")


@dataclass(frozen=True)
class Sentence:
    """Neighbouring words of one utterance that say one thing."""

    utterance: Utterance
    words: tuple[Word, ...]

    @property
    def role(self) -> Role:
        return self.utterance.role

    @cached_property
    def text(self) -> str:
        """The words as they may stand in a note: fillers, repeats and openers left out."""
        return tidy(tuple(word.text for word in self.words))

    @cached_property
    def said(self) -> str:
        """``text`` in lower case with plain apostrophes, for matching cues."""
        return self.text.lower().replace("’", "'")

    @cached_property
    def length(self) -> int:
        return len(self.said.split())

    @cached_property
    def question(self) -> bool:
        """Whether it asks: by its mark, or by its first word where nothing is punctuated."""
        if _TAG.search(self.said):
            return False
        if self.said.endswith("?") or _INVITATION.match(self.said):
            return True
        unmarked = not _END.search(self.words[-1].text)
        return unmarked and _INTERROGATIVE.match(self.said) is not None

    @property
    def span(self) -> TimeSpan:
        """Where it was said, with the words exactly as they were heard."""
        return TimeSpan(
            start=self.words[0].start,
            end=self.words[-1].end,
            channel="audio",
            utterance=self.utterance.id,
            quote=" ".join(word.text for word in self.words),
        )


def sentences(transcript: Transcript) -> tuple[Sentence, ...]:
    """All sentences that hold a word, in order of time."""
    return tuple(
        sentence
        for utterance in transcript.utterances
        for piece in passages(utterance)
        if (sentence := Sentence(utterance, piece)).text
    )


def passages(utterance: Utterance) -> tuple[tuple[Word, ...], ...]:
    """The utterance cut into what may become sentences; every word is in one of them."""
    return tuple(piece for words in _ended(utterance.words) for piece in _pieces(words))


def tidy(words: tuple[str, ...]) -> str:
    """The spoken words as a sentence: nothing is added but a capital and a full stop."""
    kept = _without_openers(_without_repeats([w for w in words if _bare(w) not in _FILLERS]))
    text = _DECIMAL.sub(r"\1\2", " ".join(kept)).strip(" ,;-–—")
    if not any(character.isalnum() for character in text):
        return ""
    ended = text if _END.search(text) else text + "."
    first = ended[0].upper()
    # A letter whose capital is another letter's, too, stays: "µ" would become Greek.
    return (first if first.lower() == ended[0].lower() else ended[0]) + ended[1:]


def _bare(word: str) -> str:
    return word.lower().strip(' ,.;:?!…-–—"“”')


def _without_repeats(words: list[str]) -> list[str]:
    """Stutters ("I, I, I feel") once; figures are never dropped."""
    return [
        word
        for index, word in enumerate(words)
        if not (
            index + 1 < len(words)
            and _REPEATABLE.match(_bare(word))
            and _bare(word) == _bare(words[index + 1])
            and not numbers_in(word)
            and not _END.search(word)
        )
    ]


def _without_openers(words: list[str]) -> list[str]:
    first = 0
    while first < len(words) - 2 and _bare(words[first]) in _OPENERS:
        first += 1
    # "Right now" or "so far" at the beginning carry meaning once only one word follows.
    return words[first:]


def _ended(words: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """Cut after full stops, question marks and exclamation marks."""
    begin = 0
    for index, word in enumerate(words, 1):
        if _END.search(word.text) and not _ABBREVIATION.match(word.text):
            yield words[begin:index]
            begin = index
    if begin < len(words):
        yield words[begin:]


def _pieces(words: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """Cut what has no full stops where the speaker goes on, so that a quote stays short."""
    begin = 0
    for index, word in enumerate(words):
        long = index - begin >= SHORTEST_PIECE and len(words) - index >= SHORTEST_PIECE // 2
        if len(words) > LONGEST and long and _bare(word.text) in _GO_ON:
            yield words[begin:index]
            begin = index
    yield words[begin:]
