"""The same statement twice in one section."""

from __future__ import annotations

from collections.abc import Mapping

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import read

_FEWEST = 4  # telling words; shorter ones ("No acute distress") may well stand twice


class Repeated:
    """The second time is the doubtful one."""

    name: str = "repeated"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        seen: set[tuple[object, ...]] = set()
        found = {}
        for stated in read(note).stated:
            words = tuple(word.text for word in stated.words if word.stem or word.text[0].isdigit())
            key = (stated.claim.section, stated.heading, words)
            if key in seen and len(stated.telling) >= _FEWEST:
                why = "This stands twice in its section."
                found[stated.claim.id] = Signal(self.name, 0.6, why, stated.claim.text)
            seen.add(key)
        return found
