"""The words of notes and of talk brought to one form, so that they can meet.

A note says "dyspnea", "HTN" and "Tylenol 1,000 mg"; a visit says "short of breath", "high blood
pressure" and "acetaminophen, a thousand milligrams".
"""

from __future__ import annotations

import re
from functools import lru_cache

from attending.lines.documentation.drugs import generic
from attending.lines.documentation.fidelity.synonyms import PHRASES, STOP
from attending.lines.documentation.quantities import in_figures

_WORD = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?")
_CLITIC = re.compile(r"(\w) (n't|'(?:s|m|re|ve|ll|d))\b")  # as corpora write: "do n't", "it 's"
_POSSESSIVE = re.compile(r"'s?\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_SHORTEST_STEM = 3


def plain(text: str) -> str:
    """Lower case, plain apostrophes, clitics joined, numbers as figures."""
    text = _CLITIC.sub(r"\1\2", text.lower().replace("’", "'"))
    return _THOUSANDS.sub("", in_figures(text))


def terms(text: str) -> tuple[str, ...]:
    """The content of a text, in order: stems, numbers, concepts, generic names of medicines."""
    said = plain(text)
    for pattern, concept in PHRASES:
        said = pattern.sub(concept, said)
    spelled = (word for word in _WORD.findall(said) if not word.endswith("n't"))
    words = (_POSSESSIVE.sub("", word) for word in spelled)
    return tuple(term for word in words if word not in STOP and (term := _term(word)))


@lru_cache(maxsize=20_000)
def _term(word: str) -> str:
    """A medicine by its generic name, anything else by its stem."""
    if drug := generic(word):
        return drug.lower().replace(" ", "_")
    return stem(word)


def stem(word: str) -> str:
    """Without the endings of English inflection: "swelling", "swollen" differ, "swells" not."""
    if not word.isalpha() or len(word) <= _SHORTEST_STEM:
        return word
    for ending, instead in _ENDINGS:
        left = len(word) - len(ending)
        if word.endswith(ending) and left >= _SHORTEST_STEM:
            return _undoubled(word[:left] + instead)
    return word


_ENDINGS = (
    ("ations", "at"), ("ation", "at"), ("ically", "ic"), ("ies", "i"), ("ied", "i"),
    ("nesses", ""), ("ness", ""), ("ments", ""), ("ment", ""), ("ingly", ""), ("ings", ""),
    ("ing", ""), ("edly", ""), ("ed", ""), ("ers", ""), ("er", ""), ("ally", ""), ("al", ""),
    ("ly", ""), ("ss", "ss"), ("es", ""), ("s", ""), ("e", ""), ("y", "i"),
)  # fmt: skip


def _undoubled(stem: str) -> str:
    """Once what English doubles before an ending: "stopp" is "stop"; "ill" stays."""
    doubled = len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2] and stem[-1] not in "aeiousl"
    return stem[:-1] if doubled else stem
