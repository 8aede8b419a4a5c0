"""From words to sentences, and from sentences with speakers to utterances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple

from attending.core.speech import Role, Utterance, Word

PAUSE = 0.7  # seconds without a word: a new sentence, whatever the punctuation
TITLES = frozenset({"dr.", "mr.", "mrs.", "ms.", "st.", "no.", "vs.", "prof."})


@dataclass(frozen=True)
class Sentence:
    """Words that one speaker said: the smallest piece that can change the speaker."""

    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def asks(self) -> bool:
        return self.words[-1].text.endswith("?")


class Spoken(NamedTuple):
    """A sentence and the label of its speaker: "A" or "B"."""

    sentence: Sentence
    speaker: str


def sentences(words: list[Word]) -> list[Sentence]:
    """Cut where the punctuation or a pause ends a sentence, so no turn breaks inside one."""
    found: list[Sentence] = []
    open_words: list[Word] = []
    for word, following in zip_longest(words, words[1:]):
        open_words.append(word)
        if following is None or _ends(word, following):
            found.append(Sentence(tuple(open_words)))
            open_words = []
    return found


def utterances(spoken: list[Spoken]) -> tuple[Utterance, ...]:
    """Join neighbouring sentences of one speaker, in order of time, roles still unknown."""
    found: list[Utterance] = []
    for sentence, speaker in sorted(spoken, key=lambda item: item.sentence.start):
        if found and found[-1].speaker == speaker:
            found[-1] = replace(found[-1], words=found[-1].words + sentence.words)
            continue
        found.append(Utterance(f"u{len(found) + 1}", speaker, Role.UNKNOWN, sentence.words))
    return tuple(found)


def _ends(word: Word, following: Word) -> bool:
    if following.start - word.end > PAUSE:
        return True
    return word.text.endswith((".", "?", "!")) and word.text.lower() not in TITLES
