"""Left for right, and other places on the body turned into their opposite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import Reading, Stated, each, read
from attending.lines.documentation.fidelity.signals.words import BODY, Word

_AXES = (
    ("left", "right"), ("upper", "lower"), ("anterior", "posterior"), ("medial", "lateral"),
    ("proximal", "distal"), ("superior", "inferior"), ("internal", "external"),
    ("dorsal", "plantar"), ("dominant", "nondominant"),
)  # fmt: skip
_OPPOSITE = {a: b for pair in _AXES for a, b in (pair, pair[::-1])}
_BOTH = "bilateral"
_NO_SIDE_BEFORE = frozenset(
    {"all", "is", "that", "you", "are", "am", "m", "re", "s", "okay", "alright", "yeah", "oh"}
)
_NO_SIDE_AFTER = frozenset(
    {"now", "here", "there", "away", "after", "before", "when", "where", "then", "okay", "so", "?",
     "off", "back", "in", "at", "through", "around", "down", "up", "i", "you", "we", "it", "that"}
)  # fmt: skip
_OF_A_PERSON = frozenset({"the", "my", "your", "his", "her", "their", "a", "an", "on", "of"})
_NEAR = 6  # words between a side and what it is the side of


@dataclass(frozen=True)
class _Sided:
    side: str
    parts: frozenset[str]
    place: int


class OtherSide:
    """By what was said of this part of the body, and by the rest of the note."""

    name: str = "laterality"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        said = tuple(_sided(read(note).said.words))
        return each(note, lambda reading, stated: self._look(reading, stated, said))

    def _look(self, reading: Reading, stated: Stated, said: Sequence[_Sided]) -> Signal | None:
        found = [
            (strength, sided)
            for sided in _sided(stated.words)
            if (strength := _doubt(sided, stated, reading, said)) > 0
        ]
        if not found:
            return None
        strength, sided = max(found, key=lambda item: item[0])
        against = [other for other in said if _against(sided, other)]
        quote = reading.said.quote(against[0].place) if against else ""
        parts = ", ".join(sorted(sided.parts)) or "this"
        other = _OPPOSITE.get(sided.side, "one side")
        return Signal(self.name, strength, f"Said or written elsewhere: {other} ({parts}).", quote)


def _sided(words: Sequence[Word]) -> Iterator[_Sided]:
    for place, word in enumerate(words):
        side = _BOTH if word.stem == _BOTH else word.text if word.text in _OPPOSITE else ""
        if side and not _discourse(words, place):
            low, high = max(0, place - _NEAR), place + _NEAR + 1
            beside = (w.stem for w in words[low:high])
            yield _Sided(side, frozenset(stem for stem in beside if stem in BODY) - {"side"}, place)


def _discourse(words: Sequence[Word], place: int) -> bool:
    """Whether "right" agrees, or "left" went away."""
    if words[place].text not in ("left", "right"):
        return False
    before = words[place - 1].text if place else ""
    after = words[place + 1] if place + 1 < len(words) else Word("", "")
    if after.stem in BODY or after.text in ("sided", "hand", "side"):
        return False
    if before in _NO_SIDE_BEFORE or after.text in _NO_SIDE_AFTER:
        return True
    return before not in _OF_A_PERSON and words[place].text == "right" and not after.telling


def _against(one: _Sided, other: _Sided) -> bool:
    opposed = other.side == _OPPOSITE.get(one.side)
    return opposed and bool(one.parts & other.parts or not one.parts)


def _with(one: _Sided, other: _Sided) -> bool:
    agrees = other.side == one.side or (other.side == _BOTH and one.side in ("left", "right"))
    return agrees and bool(one.parts & other.parts or not one.parts)


def _doubt(sided: _Sided, stated: Stated, reading: Reading, said: Sequence[_Sided]) -> float:
    if sided.side == _BOTH:
        return _one_sided(sided, said)
    written = [
        other for claim in reading.stated if claim is not stated for other in _sided(claim.words)
    ]
    here = sum(1.0 for other in said if _with(sided, other))
    there = sum(1.0 for other in said if _against(sided, other))
    if sided.side not in ("left", "right"):
        never = not any(other.side == sided.side for other in said)
        return 0.7 if there and sided.parts and never else 0.0
    here += 0.6 * sum(_with(sided, other) for other in written)
    there += 0.6 * sum(_against(sided, other) for other in written)
    if not here and not there:
        return _overall(sided, said)
    return there / (there + 1.5 * here + 0.4) if there > here else 0.0


def _overall(sided: _Sided, said: Sequence[_Sided]) -> float:
    """Where the part was said without its side: which side was said at all."""
    here = sum(other.side == sided.side for other in said)
    there = sum(other.side == _OPPOSITE[sided.side] for other in said)
    return 0.65 if there > 1 and not here else 0.0


def _one_sided(sided: _Sided, said: Sequence[_Sided]) -> float:
    about = [other for other in said if sided.parts & other.parts]
    if not sided.parts or any(other.side == _BOTH for other in about):
        return 0.0
    sides = {other.side for other in about} & {"left", "right"}
    return 0.6 if len(sides) == 1 and len(about) > 1 else 0.0
