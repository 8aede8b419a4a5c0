"""Which number belongs to which name: "pulse is 72", "98.6 degrees temperature"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attending.lines.documentation.vitals.figures import OTHER, Figure
from attending.lines.documentation.vitals.table import (
    BREATHING,
    PULSE,
    QUANTITIES,
    TEMPERATURE,
    Quantity,
)

_FARTHEST = 70  # characters from a name to its number
_MOST_WORDS = 7
_STOP = re.compile(r"[;?!\n•]|\.(?!\d)")
_LINK = re.compile(
    r"(?:[\s:,=~()*\-–]|\b(?:in the|low|mid|upper|lower|teens|is|was|are|were|be|been|being|of|at|to|the|a|an|about|around|approximately|"
    r"roughly|currently|today|today's|now|still|back|came|comes|come|reading|readings?|reads|read|"
    r"measured|measures|measuring|shows?|showed|showing|levels?|value|result|score|rate|looks?|looking|"
    r"like|has|have|had|running|ran|runs|sitting|stayed|up|down|as|high|low|only|just|taken|regular|"
    r"steady|stable|normal|elevated|good|fine|great|initial|repeat|repeated|recorded|noted|found|"
    r"resting|oral|orally|tympanic|rectal|axillary|room|air|ra|body|this|morning|week|last|night|"
    r"overnight|it's|it|its|that's|which|spiked|spiking|went|goes|going|rose|dropped|fell|jumped|"
    r"climbed|reached|hit|peaked|got|gave|says?|said|estimated|average|averaging|averages|actually|"
    r"really|also|us|me|we|equals?|by|max|maximum|low-grade|rates?|rating|right|here|there|minutes?)\b)*",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:for|since|every|aged?|call|phone|number|year|month|week|day|days|weeks|months|years|ago|mg|"
    r"take|takes|taking|took|started|on|times|than|visit|bed|in|due|pain|chapter|grade|stage|type)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*(?:$|[.,;)\]]|(?:and|with|at|today|this|which|but|when|while|by|after|before|per|now|here)\b)",
    re.IGNORECASE,
)
_LONE = {"T": TEMPERATURE, "P": PULSE, "R": BREATHING}
_COMPANY = re.compile(r"\bBP\b|\bHR\b|\bRR\b|SpO2|O2|\bsats?\b|[vV]ital|\b[TPR]:?\s+\d")


@dataclass(frozen=True)
class Named:
    """A quantity where it is named."""

    quantity: Quantity
    start: int
    end: int


@dataclass(frozen=True)
class Stated:
    """A figure beside the name of what it measures. ``sure``: nothing stands between them."""

    named: Named
    figure: Figure
    sure: bool

    @property
    def quantity(self) -> Quantity:
        return self.named.quantity

    def quote(self, text: str) -> str:
        start = min(self.named.start, self.figure.start)
        return text[start : max(self.named.end, self.figure.end)].strip(" ,")


def stated(text: str, found: Sequence[Figure]) -> Iterator[Stated]:
    """Each name with its figure, at most one: the one that follows, else the one just before."""
    names = tuple(_names(text))
    taken: set[int] = set()
    ends = (*(name.start for name in names), len(text))[1:]
    for name, end in zip(names, ends, strict=True):
        free = [figure for figure in found if figure.start not in taken]
        if each := _after(text, name, end, found) or _before(text, name, free):
            taken.add(each.figure.start)
            yield each


def _names(text: str) -> Iterator[Named]:
    every = [
        Named(quantity, match.start(), match.end())
        for quantity in QUANTITIES
        for match in quantity.pattern.finditer(text)
        if not _alone(text, match)
    ]
    last = -1
    for name in sorted(every, key=lambda each: (each.start, -each.end)):
        if name.start >= last:
            last = name.end
            yield name


def _alone(text: str, match: re.Match[str]) -> bool:
    """Whether it is "T", "P" or "R", which name vital signs only among vital signs."""
    if match.group() not in _LONE:
        return False
    return len(_COMPANY.findall(text)) < 2 and not re.match(r"\s*:", text[match.end() :])  # noqa: PLR2004 - itself


def _after(text: str, name: Named, end: int, found: Sequence[Figure]) -> Stated | None:
    stop = _STOP.search(text, name.end, min(end, name.end + _FARTHEST))
    last = stop.start() if stop else min(end, name.end + _FARTHEST)
    begin = name.end
    for figure in found:
        if not name.end <= figure.start < last:
            continue
        if figure.unit == OTHER or (figure.whole and not name.quantity.out_of):
            begin = figure.end
            continue
        return _linked(text, name, begin, figure)
    return None


def _linked(text: str, name: Named, begin: int, figure: Figure) -> Stated | None:
    quantity = name.quantity
    if quantity.always_out_of and not figure.whole:
        return None
    if figure.whole and figure.whole != quantity.out_of:
        return None
    between = text[begin : figure.start]
    if _LINK.fullmatch(between):
        return Stated(name, figure, sure=True)
    loose = len(between.split()) <= _MOST_WORDS and not _ELSEWHERE.search(between)
    own = quantity.belongs(figure.unit) and bool(figure.unit or _GOES_ON.match(text, figure.end))
    return Stated(name, figure, sure=False) if loose and own and not quantity.close else None


def _before(text: str, name: Named, found: Sequence[Figure]) -> Stated | None:
    """As in "98.6 degrees temperature": with a unit, or a fever's figure."""
    for place, figure in enumerate(found):
        gap = text[figure.end : name.start]
        if figure.end > name.start or gap.strip(" -") not in {"", "of"}:
            continue
        after_feet = place > 0 and found[place - 1].unit == "ft" and figure.unit == "in"
        counted = figure.unit == OTHER or figure.whole or name.quantity.close or after_feet
        measured = name.quantity.belongs(figure.unit) if figure.unit else False
        warm = name.quantity is TEMPERATURE and figure.unit in {"", "%"}
        if not counted and (measured or warm):
            return Stated(name, figure, sure=True)
    return None
