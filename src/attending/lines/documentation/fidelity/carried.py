"""Where the talk holds a statement, whatever the statement cites, and in whose words.

That a passage holds what a statement is about does not make the statement true: details are
judged elsewhere. It says where to listen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from attending.core.speech import Role, Transcript
from attending.lines.documentation.fidelity.claims import Passage, Turn
from attending.lines.documentation.fidelity.conversation import turns
from attending.lines.documentation.fidelity.linking import Linker
from attending.lines.documentation.fidelity.pieces import pieces
from attending.lines.documentation.fidelity.terms import terms

# Closeness for each term. Of the sentences of 32 reference notes nine in ten have it, of the
# sentences of other patients' notes that were put into them three in a hundred.
CARRIES = 2.0
_ASKS = re.compile(
    r"(?:(?:and|so|okay|now|well|alright|um|uh|hey)\b[\s,.]*)*(?:any|ever|do|does|did|have you|has|had|"
    r"are|is|was|were|how|what|when|where|why|which|who|can|could|would|will|tell me)\b",
    re.IGNORECASE,
)


class Talk:
    """One conversation, asked for each statement. ``Linker`` is made when it is first needed."""

    def __init__(self, transcript: Transcript) -> None:
        self._turns = turns(transcript)

    def carrying(self, text: str) -> Passage | None:
        """The closest passage of the whole talk; None if none is close enough."""
        return _close(self._all, text)

    def near(self, text: str, most: int) -> tuple[Passage, ...]:
        """The closest passages of the whole talk, the closest first, however far."""
        return self._all.rank(text, most)

    def told_by_clinician(self, text: str) -> Passage | None:
        """The closest passage of what clinicians told; what they asked is not told."""
        return _close(self._clinicians, text)

    @cached_property
    def _all(self) -> Linker:
        return Linker(self._turns)

    @cached_property
    def _clinicians(self) -> Linker:
        return Linker(tuple(_told(self._turns)))


def _close(linker: Linker, text: str) -> Passage | None:
    wanted = len(terms(text))
    best = next(iter(linker.rank(text, 1)), None) if wanted else None
    return best if best and best.score >= CARRIES * wanted else None


def _told(all_turns: tuple[Turn, ...]) -> Iterator[Turn]:
    for turn in all_turns:
        if turn.role is Role.CLINICIAN:
            yield from (each for each in pieces(turn) if not _asked(each))


def _asked(piece: Turn) -> bool:
    said = piece.text.strip()
    return said.endswith("?") or _ASKS.match(said) is not None
