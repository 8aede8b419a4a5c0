"""A note that a person wrote, as a draft: cut into statements that cite what was said.

It stands in for a drafter of today: statements are linked as those of the generative engine
whose model cites nothing, and a label ("Cardiovascular") stands before what it names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from attending.core.draft import Draft
from attending.core.speech import Transcript
from attending.lines.documentation.evaluation.notes import Line
from attending.lines.documentation.generative.linking import linked
from attending.lines.documentation.generative.reading import Written
from attending.lines.documentation.labels import is_label
from attending.lines.documentation.soap import Part


@dataclass(frozen=True)
class Modelled:
    """``ids``: by a line's place in the note, the statement that it stands in."""

    draft: Draft
    ids: dict[int, str]


def modelled(lines: Iterable[Line], transcript: Transcript) -> Modelled:
    """Lines under no section that we know stand in the history. Headings are no statements."""
    joined = list(_joined(lines))
    draft = linked((written for _, written in joined), transcript)
    ids: dict[int, str] = {}
    standing: Counter[Part] = Counter()
    for places, written in joined:
        standing[written.part] += 1
        name = draft.section(written.part).statements[standing[written.part] - 1].id
        ids.update(dict.fromkeys(places, name))
    return Modelled(draft, ids)


def _joined(lines: Iterable[Line]) -> Iterator[tuple[list[int], Written]]:
    """Each statement with the places of its lines; a label that nothing follows is left out."""
    labels: list[tuple[int, str]] = []
    for place, line in enumerate(lines):
        if line.heading:
            labels = []
        elif is_label(line.text):
            labels.append((place, line.text.strip(" :")))
        else:
            part = Part(line.section) if line.section else Part.HISTORY
            text = " ".join([*(_named(label) for _, label in labels[-1:]), line.text.strip()])
            yield [*(at for at, _ in labels), place], Written(part, text, ())
            labels = []


def _named(label: str) -> str:
    return label if label.endswith((".", ")")) else f"{label}:"
