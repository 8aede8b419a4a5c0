"""A relative whom nobody named, or of whom something else was said."""

from __future__ import annotations

from collections.abc import Mapping

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each

_GROUPS = (
    ("mother", "father"), ("grandmother", "grandfather"), ("wife", "husband"), ("son", "daughter"),
    ("brother", "sister"), ("aunt", "uncle"), ("niece", "nephew"), ("maternal", "paternal"),
    ("grandson", "granddaughter"),
)  # fmt: skip
KIN = frozenset(name for group in _GROUPS for name in group) | {"cousin", "mom", "dad"}
_WIDER = {  # who is meant, too, where these are named
    "mother": ("par", "parent"), "father": ("par", "parent"), "son": ("child", "boy", "kid"),
    "daughter": ("child", "girl", "kid"), "brother": ("sibl",), "sister": ("sibl",),
    "wife": ("spous",), "husband": ("spous",), "grandmother": ("grandpar",),
    "grandfather": ("grandpar",), "maternal": ("mother",), "paternal": ("father",),
}  # fmt: skip
_OPPOSITE = {name: set(group) - {name} for group in _GROUPS for name in group}
_ASKED, _QUESTION = 0.5, 0.6  # below this it was only asked, which counts less
_TOGETHER = 4  # words between two relatives of whom one thing is said
_LEAD = 0.2  # by which another relative must be closer to these words


class OtherRelative:
    name: str = "kin"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        for index, word in enumerate(stated.words):
            if word.stem in KIN and (found := self._doubt(reading, stated, index)):
                return found
        return None

    def _doubt(self, reading: Reading, stated: Stated, index: int) -> Signal | None:
        kin, said = stated.words[index].stem, reading.said
        named = [s for s in KIN if s in said.places]
        if not any(stem in said.places for stem in (kin, *_WIDER.get(kin, ()))):
            elsewhere = sum(kin in other.telling for other in reading.stated if other is not stated)
            strength = 0.9 if named and not elsewhere else 0.7 if not elsewhere else 0.25
            why = f"Nobody named a {kin}" + (f"; named was: {', '.join(named)}." if named else ".")
            return Signal(self.name, strength, why, stated.words[index].text)
        context = stated.telling - KIN
        scores = {name: _told(said, context, name) for name in named}
        best = max(scores, key=lambda name: scores[name], default=kin)
        lead = scores.get(best, 0.0) - scores.get(kin, 0.0)
        if not context or best == kin or best in stated.telling or lead < _LEAD:
            return None
        if kin not in said.places and best not in _OPPOSITE.get(kin, ()):
            return None  # "her parents": the mother, or the father
        place = max(said.places[best], key=lambda p: said.likeness(context, p))
        if any(abs(place - other) <= _TOGETHER for other in said.places.get(kin, ())):
            return None  # "my mom and her sister, both of them"
        why = f"This was said of the {best}, not of the {kin}."
        return Signal(self.name, min(0.85, 0.45 + lead), why, said.quote(place))


def _told(said: Said, context: frozenset[str], kin: str) -> float:
    """How much of the context was said beside a relative; less where that is a question."""
    return max(
        said.likeness(context, place) * (1.0 if said.signs[place] > _ASKED else _QUESTION)
        for place in said.places[kin]
    )
