"""A medicine that nobody named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from attending.lines.documentation.drugs import generic
from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.medicines import medicines
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.fidelity.signals.words import Word, stem

_ALIKE = 0.72  # of two spellings, from which one may be the other misheard
_SHORTEST = 5  # letters of a word worth comparing
_KINDS = frozenset(  # names of kinds, not of medicines
    {"opioid", "opioids", "analgesic", "analgesics", "antacid", "antacids", "vitamins", "statin",
     "statins", "contraceptive", "contraceptives", "narcotic", "narcotics", "diuretic", "diuretics"}
)  # fmt: skip
_CLASS_WORDS = {  # how a class is spoken of
    "nsaid": ("nsaid", "inflammat"), "steroid": ("steroid", "inject"), "antibiotic": ("antibiotic",),
    "statin": ("statin",), "anticoagulant": ("anticoagulant", "thin"), "bronchodilator": ("inhaler",),
    "diuretic": ("diuretic", "water"), "opioid": ("narcot", "opioid"), "diabetes": ("insulin",),
    "antiviral": ("antivir",), "antifungal": ("antifung",), "analgesic": ("nsaid",),
    "laxative": ("laxat", "stool"), "antidepressant": ("antidepress",),
}  # fmt: skip


class UnsaidDrug:
    """Weaker where something alike in sound was said, or its class was."""

    name: str = "drug"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        found = [_doubt(reading.said, word, self.name) for word in drugs(stated)]
        return max((s for s in found if s), key=lambda s: s.strength, default=None)


def drugs(stated: Stated) -> Iterator[Word]:
    return (word for word in stated.words if word.drug and word.text not in _KINDS)


def _doubt(said: Said, word: Word, name: str) -> Signal | None:
    if word.stem in said.places or stem(word.text) in said.places:
        return None
    if heard := alike(said, word):
        why = f"“{word.text}” was not said; “{heard}” was, which may be it misheard."
        return Signal(name, 0.35, why, word.text)
    medicine = medicines().get(word.stem)
    spoken = _CLASS_WORDS.get(medicine.kind, ()) if medicine else ()
    strength = 0.6 if any(stem in said.places for stem in spoken) else 0.95
    return Signal(name, strength, f"Nobody named {word.text}.", word.text)


def alike(said: Said, word: Word) -> str:
    """What was said that sounds like the medicine and is no medicine itself, or ""."""
    names = {word.text, word.stem}
    for first, second in zip(said.words, (*said.words[1:], Word("", "")), strict=False):
        if first.drug or generic(first.text):
            continue
        for heard in (first.text, first.text + second.text):
            if len(heard) >= _SHORTEST and any(_sound(heard, name) for name in names):
                return heard
    return ""


def _sound(heard: str, name: str) -> bool:
    one, other = _spoken(heard), _spoken(name)
    if abs(len(one) - len(other)) > 2 or one[:1] != other[:1]:  # noqa: PLR2004
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _spoken(word: str) -> str:
    """Roughly as it sounds: spellings of one sound made one, letters said once."""
    plain = re.sub(r"[^a-z]", "", word)
    for spelled, sound in (
        ("ph", "f"),
        ("ck", "k"),
        ("c", "k"),
        ("x", "ks"),
        ("z", "s"),
        ("y", "i"),
        ("qu", "k"),
    ):
        plain = plain.replace(spelled, sound)
    return re.sub(r"(.)\1+", r"\1", plain)
