"""What notes write of what was said: a table of word pairs, learned from public visits."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any

FILE = "association.json.gz"
_RAREST = 1e-5  # share of a note's word that no training note held
_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Association:
    """``written``: by a word of talk, what it becomes in a note, each with its probability.

    ``shares``: how often a note holds a word, of all words of notes.
    """

    written: Mapping[str, Mapping[str, float]]
    shares: Mapping[str, float]
    facts: Mapping[str, Any] = field(default_factory=dict)  # what it was learned from

    def sources(self, term: str) -> Mapping[str, float]:
        """The words of talk that may become this term, each with how likely it does."""
        return self._sources.get(term, _NOTHING)

    def background(self, term: str) -> float:
        """The term's share in notes at large; above 0."""
        return self.shares.get(term, 0.0) + _RAREST

    @cached_property
    def _sources(self) -> Mapping[str, Mapping[str, float]]:
        turned: dict[str, dict[str, float]] = {}
        for said, becomes in self.written.items():
            for term, share in becomes.items():
                turned.setdefault(term, {})[said] = share
        return turned

    def packed(self) -> bytes:
        """The same bytes for the same table."""
        document = {"facts": self.facts, "written": self.written, "shares": self.shares}
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        return gzip.compress(text.encode(), mtime=0)


def unpacked(data: bytes) -> Association:
    document = json.loads(gzip.decompress(data))
    return Association(document["written"], document["shares"], document["facts"])


@cache
def shipped() -> Association:
    """The table that comes with this installation."""
    return unpacked(files(f"{__package__}.fitted").joinpath(FILE).read_bytes())
