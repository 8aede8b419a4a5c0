"""Expected words (the patient's medicines) against what a small recogniser makes of them.

Telling Whisper the names from the start was tried and harms: it dropped a sentence of the
sample consultation, and heard "lisinopril metformin" in mumbling. So it listens without them
first. What then sounds the same as a hint ("low sartan") is written as the hint; what only
resembles it ("listen opera") is listened to again, with the hint, and written so only if it
is heard so. A changed word has little confidence, so that the reviewer looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeAlias

from attending.core.speech import Word

ListenAgain: TypeAlias = Callable[[float, float, str], list[Word]]

LONGEST_SPAN = 4  # words that one name may fall into: "met four men"
SHORTEST_KEY = 5  # sounds; below this too much English is alike
LENGTHS_APART = 2
ALIKE = 0.8  # of 60,000 words of visits, 31 places resembled one of 76 medicines so much
THE_SAME = 0.88  # and with the same sounds: none of those places
APART = 0.08  # two hints closer than this to each other's likeness: no guess
CONFIDENT = 0.85  # heard so surely, a word that only resembles a hint stays
CHANGED = 0.5  # the most confidence that a changed word has
AROUND = 1.5  # seconds of context for listening again

_SOUNDS = (
    ("ph", "f"),
    ("th", "t"),
    ("ck|c(?![eiy])|q", "k"),
    ("x", "ks"),
    ("[cz]", "s"),
    ("g(?=[eiy])", "j"),
    ("d", "t"),
    ("v", "f"),
    ("h", ""),
    ("[aeiouy]w?", "a"),
    (r"(.)\1+", r"\1"),
)


@dataclass(frozen=True)
class _Match:
    start: int
    end: int
    hint: str
    likeness: float
    same: bool


def apply_hints(
    words: list[Word],
    hints: tuple[str, ...],
    listen_again: ListenAgain,
    known: frozenset[str] = frozenset(),
) -> list[Word]:
    """``words`` with those that stand for a hint written as the hint.

    listen_again: hears the seconds from..to once more, expecting the words of a text.
    known: lower-case names that are never taken for another (prednisolone, prednisone).
    """
    known = known | {hint.lower() for hint in hints}
    hints = tuple(hint for hint in hints if len(sound_key(hint)) >= SHORTEST_KEY)
    if not hints:
        return words
    result: list[Word] = []
    at = 0
    while at < len(words):
        match = _best(words, at, hints, known)
        if match is None or not _confirmed(words, match, listen_again):
            result.append(words[at])
            at += 1
            continue
        result.append(_written(words[match.start : match.end], match.hint))
        at = match.end
    return result


@lru_cache(maxsize=4096)
def sound_key(text: str) -> str:
    """What remains of ``text`` when spelling is taken away: its sounds, all vowels as one."""
    key = _letters(text)
    for pattern, sound in _SOUNDS:
        key = re.sub(pattern, sound, key)
    return key


def _best(
    words: list[Word], at: int, hints: tuple[str, ...], known: frozenset[str]
) -> _Match | None:
    """The hint that the words from ``at`` on sound most like, if one clearly does."""
    found = sorted(_matches(words, at, hints, known), key=lambda match: -match.likeness)
    if not found:
        return None
    best = found[0]
    rivals = [match for match in found if match.hint != best.hint]
    if rivals and best.likeness - rivals[0].likeness < APART:
        return None
    return best


def _matches(
    words: list[Word], at: int, hints: tuple[str, ...], known: frozenset[str]
) -> Iterator[_Match]:
    for end in range(at + 1, min(at + LONGEST_SPAN, len(words)) + 1):
        span = words[at:end]
        if any(_bare(word.text) in known for word in span):
            return
        heard = "".join(word.text for word in span)
        sure = min(word.confidence for word in span) > CONFIDENT
        for hint in hints:
            likeness = _likeness(heard, hint)
            same = likeness >= THE_SAME and sound_key(heard) == sound_key(hint)
            # A misheard name repeats itself with confidence ("lysinapril", 0.98).
            if same or (likeness >= ALIKE and not sure):
                yield _Match(at, end, hint, likeness, same)
        if span[-1].text.endswith((".", "?", "!", ",")):
            return


def _likeness(heard: str, hint: str) -> float:
    """How alike two texts are, 0..1: by sound, and by letters, which tell vowels apart."""
    sounds, expected = sound_key(heard), sound_key(hint)
    if sounds[:1] != expected[:1] or abs(len(sounds) - len(expected)) > LENGTHS_APART:
        return 0.0
    by_sound = SequenceMatcher(None, sounds, expected, autojunk=False).ratio()
    if by_sound < ALIKE:
        return 0.0
    by_letter = SequenceMatcher(None, _letters(heard), _letters(hint), autojunk=False).ratio()
    return (by_sound + by_letter) / 2


def _confirmed(words: list[Word], match: _Match, listen_again: ListenAgain) -> bool:
    if match.same:
        return True
    span = words[match.start : match.end]
    # One word may be another name, rightly heard: then let both compete.
    expected = match.hint if len(span) > 1 else f"{match.hint}, {_bare(span[0].text)}"
    again = listen_again(max(0.0, span[0].start - AROUND), span[-1].end + AROUND, expected)
    return match.hint.lower() in " ".join(_bare(word.text) for word in again)


def _written(span: list[Word], hint: str) -> Word:
    tail = re.search(r"[.,;:?!]*$", span[-1].text)
    return Word(
        hint + (tail.group() if tail else ""),
        span[0].start,
        span[-1].end,
        min(CHANGED, *(word.confidence for word in span)),
    )


def _letters(text: str) -> str:
    return re.sub("[^a-z]", "", text.lower())


def _bare(text: str) -> str:
    return re.sub(r"[^\w' -]", "", text.lower())
