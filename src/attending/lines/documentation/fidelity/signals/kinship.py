"""A relative whom nobody named, or of whom something else was said."""

from __future__ import annotations

from collections.abc import Mapping

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import Reading, Stated, each

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
            strength = 0.9 if named and not elsewhere else 0.7 if not elsewhere else 0.4
            why = f"Nobody named a {kin}" + (f"; named was: {', '.join(named)}." if named else ".")
            return Signal(self.name, strength, why, stated.words[index].text)
        context = stated.telling - KIN
        if not context or kin not in said.places:
            return None
        scores = {k: max(said.likeness(context, p) for p in said.places[k]) for k in named}
        best = max(scores, key=lambda k: scores[k])
        lead = scores[best] - scores[kin]
        if best == kin or best in stated.telling or lead < _LEAD:
            return None
        place = max(said.places[best], key=lambda p: said.likeness(context, p))
        why = f"This was said of the {best}, not of the {kin}."
        return Signal(self.name, min(0.85, 0.45 + lead), why, said.quote(place))
