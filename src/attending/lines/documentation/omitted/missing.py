"""What of all that was said the note does not name, under any name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from attending.core.draft import Draft
from attending.lines.documentation.characters import compared
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.omitted.said import Kind, Said
from attending.lines.documentation.quantities import in_figures


@dataclass(frozen=True)
class Note:
    """All that the note says, as one text."""

    text: str

    @cached_property
    def drugs(self) -> frozenset[str]:
        return frozenset(mention.drug for mention in drugs_in(self.text))

    @cached_property
    def figures(self) -> frozenset[str]:
        return frozenset(re.findall(r"\d+(?:\.\d+)?", in_figures(self.text)))

    def names(self, said: Said) -> bool:
        if said.drug and (said.drug in self.drugs or said.name.lower() in self.text):
            return True
        if said.figures:
            return any(figure in self.figures for figure in said.figures)
        return said.concept is not None and said.concept.broad.search(self.text) is not None


def note_of(draft: Draft) -> Note:
    return Note(compared("\n".join(section.text for section in draft.sections)).lower())


def missing(said: Iterable[Said], note: Note) -> Iterator[Said]:
    """Each thing once, where it was first said; the weightiest first."""
    first: dict[tuple[Kind, str], Said] = {}
    for each in said:
        if not note.names(each):
            first.setdefault((each.kind, each.name.split()[0] if each.drug else each.name), each)
    changed = {each.drug for each in first.values() if each.kind in {Kind.ALLERGY, Kind.CHANGE}}
    once = [
        each for each in first.values() if not (each.kind is Kind.MEDICINE and each.drug in changed)
    ]
    yield from sorted(_together(once), key=lambda each: (each.kind, each.begin))


def _together(once: Iterable[Said]) -> Iterable[Said]:
    """What one sentence lists is one omission: "ibuprofen, aleve"."""
    joined: dict[tuple[Kind, float], Said] = {}
    for each in once:
        place = (each.kind, each.begin)
        before = joined.get(place)
        joined[place] = replace(before, name=f"{before.name}, {each.name}") if before else each
    return joined.values()
