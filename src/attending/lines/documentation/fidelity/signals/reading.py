"""A note and its conversation, read once for all signals."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Claim, ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals import polarity
from attending.lines.documentation.fidelity.signals.amounts import Amount, amounts
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.words import Word, telling, words

REACH = 12  # words to each side that count as the context of a word that was said
_CLOSENESS = ((4, 1.0), (8, 0.75), (14, 0.35))
_NEXT_TURN = 0.8  # what is left of closeness where another speaks
_TITLE = 3  # words of a title at most
_HEADING = re.compile(r"^[\W\d]*[A-Z][\w/&()'-]*(?:,? [\w/&()'-]+){0,4}[.:]?$")
_CLAIMS = frozenset(
    listed("""
    is are was were has have had will can does did denies reports no not without continue start
    stop take takes she he normal clear unremarkable stable improved worsening negative positive
    """)
)  # words of short statements that are no headings


@dataclass(frozen=True)
class Said:
    """The conversation as one row of words. ``turn_of``: the turn of each word, by place."""

    words: tuple[Word, ...]
    turn_of: tuple[int, ...]
    roles: tuple[Role, ...]
    texts: tuple[str, ...]

    @cached_property
    def places(self) -> Mapping[str, tuple[int, ...]]:
        """Where each stem was said."""
        found: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self.words):
            if word.stem:
                found[word.stem].append(place)
        return {stem: tuple(places) for stem, places in found.items()}

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        return amounts(self.words)

    @cached_property
    def signs(self) -> tuple[float, ...]:
        """-1 (denied) to 1 (affirmed) for each word."""
        return polarity.spoken(self.words, self.starts)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The place of each turn's first word, and at the end the number of words."""
        firsts = [bisect_left(self.turn_of, turn) for turn in range(len(self.roles))]
        return (*firsts, len(self.words))

    def weight(self, stem: str) -> float:
        """How much it tells that a word was said here: seldom said, much told."""
        return 1 / log(2.0 + len(self.places.get(stem, ())))

    def near(self, place: int, reach: int = REACH) -> range:
        return range(max(0, place - reach), min(len(self.words), place + reach + 1))

    def likeness(self, stems: Iterable[str], place: int) -> float:
        """0..1: how much of the stems that were said at all was said around a place."""
        known = [stem for stem in stems if stem in self.places]
        total = sum(self.weight(stem) for stem in known)
        if not total:
            return 0.0
        return sum(self.weight(stem) * self.closeness(stem, place) for stem in known) / total

    def closeness(self, stem: str, place: int) -> float:
        """1 beside the place, less further away, 0 beyond reach."""
        places = self.places[stem]
        at = bisect_left(places, place)
        nearest = min(places[max(0, at - 1) : at + 1], key=lambda p: abs(p - place))
        share = next((s for reach, s in _CLOSENESS if abs(nearest - place) <= reach), 0.0)
        return share if self.turn_of[nearest] == self.turn_of[place] else _NEXT_TURN * share

    def quote(self, place: int, reach: int = 8) -> str:
        """The words around a place, within its turn."""
        turn = self.turn_of[place]
        inside = [p for p in self.near(place, reach) if self.turn_of[p] == turn]
        return " ".join(self.words[p].text for p in inside)


@dataclass(frozen=True)
class Stated:
    """A claim as words. ``heading``: the problem or organ that it stands under, or ""."""

    claim: Claim
    words: tuple[Word, ...]
    heading: str

    @cached_property
    def title(self) -> bool:
        """Whether it only names a section or a problem."""
        text = self.claim.text.strip()
        if text[-1:] in (".", "!") or len(self.words) > _TITLE:
            return text.isupper()
        return text.isupper() or len(self.words) <= 1 or (text.istitle() and ":" not in text)

    @cached_property
    def telling(self) -> frozenset[str]:
        return telling(self.words)

    @cached_property
    def label(self) -> int:
        """The words of a label before a colon ("Medical Treatment:"), which nobody says."""
        places = (place + 1 for place, word in enumerate(self.words[:6]) if word.text == ":")
        return next(places, 0)

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        return amounts(self.words)

    def around(self, start: int, end: int, reach: int = 7) -> frozenset[str]:
        """The telling stems beside the words ``start`` to ``end``, a label left out."""
        first = max(min(self.label, start), start - reach)
        beside = (*self.words[first:start], *self.words[end : end + reach])
        return telling(beside)


@dataclass(frozen=True)
class Reading:
    said: Said
    stated: tuple[Stated, ...]


@lru_cache(maxsize=2)  # all signals read one note after the other
def read(note: ClaimedNote) -> Reading:
    return Reading(_said(note), tuple(_stated(note)))


def each(
    note: ClaimedNote, look: Callable[[Reading, Stated], Signal | None]
) -> Mapping[str, Signal]:
    """What a look at each claim, beside the whole note, finds."""
    reading = read(note)
    found = ((stated.claim.id, look(reading, stated)) for stated in reading.stated)
    return {claim: signal for claim, signal in found if signal is not None}


@lru_cache(maxsize=2)
def _row(turns: tuple[tuple[Role, str], ...]) -> Said:
    parts = [words(text) for _, text in turns]
    return Said(
        tuple(word for part in parts for word in part),
        tuple(turn for turn, part in enumerate(parts) for _ in part),
        tuple(role for role, _ in turns),
        tuple(text for _, text in turns),
    )


def _said(note: ClaimedNote) -> Said:
    return _row(tuple((turn.role, turn.text) for turn in note.turns))


def _stated(note: ClaimedNote) -> Iterable[Stated]:
    heading, section = "", ""
    for claim in note.claims:
        found = words(claim.text)
        if claim.section != section:
            heading, section = "", claim.section
        if _heads(claim.text, found):
            heading = claim.text
        yield Stated(claim, found, heading)


def _heads(text: str, found: Sequence[Word]) -> bool:
    """Whether it names the problem or the organ that what follows is about."""
    said = any(word.drug or word.text in _CLAIMS for word in found)
    return not said and _HEADING.match(text.strip()) is not None
