"""How far one claim is carried by its passages: the judge, or words alone where there is none."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from attending.core.support import Pair, SupportModel, Verdict
from attending.lines.documentation.fidelity.association import Association, shipped
from attending.lines.documentation.fidelity.claims import Claim, Passage, Turn
from attending.lines.documentation.fidelity.premise import Premises, Unit, spoken, told
from attending.lines.documentation.fidelity.terms import plain, terms

LINKED = 2  # passages that the linker finds, together in one premise
_SETTLED = 0.8  # supported by the first premise: the second is not asked
_SAME = 0.8  # how well a word accounts for itself
_NEGATED = re.compile(
    r"\b(?:no|not|never|none|without|denie[sd]|deny|negative|nothing|neither|nor|\w+n't)\b"
)


class LexicalJudge:
    """A judge by words alone: what no word of the passage accounts for is not supported.

    The baseline that a trained model must beat, and what judges where none is loaded.
    """

    name: str = "lexical"
    version: str = "1"

    def __init__(self, association: Association | None = None) -> None:
        self._association = association or shipped()

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        return tuple(self._verdict(pair) for pair in pairs)

    def _verdict(self, pair: Pair) -> Verdict:
        covered = self._covered(terms(pair.claim), frozenset(terms(pair.passage)))
        apart = _negated(pair.claim) != _negated(pair.passage)
        contradicted = 0.25 * covered if apart else 0.05 * covered
        supported = covered - contradicted
        return Verdict(supported, 1 - supported - contradicted, contradicted)

    def _covered(self, wanted: Sequence[str], heard: frozenset[str]) -> float:
        """The share of the claim's words that the passage accounts for, rare ones counting more."""
        weights = [-math.log(self._association.background(term)) for term in wanted]
        if not weights:
            return 0.5
        found = [self._best(term, heard) for term in wanted]
        return sum(w * f for w, f in zip(weights, found, strict=True)) / sum(weights)

    def _best(self, term: str, heard: frozenset[str]) -> float:
        if term in heard:
            return _SAME
        sources = self._association.sources(term)
        return min(
            _SAME, max((share for said, share in sources.items() if said in heard), default=0.0)
        )


class Hearing:
    """What a judge is asked of the claims of one conversation.

    First the premise, which gathers what a claim may rest on from the whole conversation;
    where that does not settle it, the passages that the linker finds.
    """

    def __init__(self, turns: Sequence[Turn], judge: SupportModel) -> None:
        self._premises = Premises(turns)
        self._judge = judge

    def verdicts(self, claims: Sequence[Claim]) -> Mapping[str, tuple[Verdict, ...]]:
        """By the claim's id, one or two, in that order. Raises EngineFailed."""
        first = self._asked({claim.id: self._gathered(claim) for claim in claims})
        open_ = (c for c in claims if first[c.id].supported < _SETTLED and c.passages)
        second = self._asked({claim.id: _linked(claim) for claim in open_})
        return {
            name: (verdict, second[name]) if name in second else (verdict,)
            for name, verdict in first.items()
        }

    def _asked(self, pairs: Mapping[str, Pair]) -> Mapping[str, Verdict]:
        """Of the same pair once: a note repeats itself."""
        unique = tuple(dict.fromkeys(pairs.values()))
        found = dict(zip(unique, self._judge.judge(unique) if unique else (), strict=True))
        return {name: found[pair] for name, pair in pairs.items()}

    def _gathered(self, claim: Claim) -> Pair:
        return Pair(spoken(claim.text), self._premises.of(claim.text))


def _linked(claim: Claim) -> Pair:
    return Pair(spoken(claim.text), as_read(claim.passages[:LINKED]))


def as_read(passages: Sequence[Passage]) -> str:
    """Passages in order of time as a judge reads them: each change of speaker is marked."""
    pieces = sorted((turn for p in passages for turn in p.turns), key=lambda turn: turn.index)
    return told([Unit(piece.role, spoken(piece.text)) for piece in pieces])


def _negated(text: str) -> bool:
    return _NEGATED.search(plain(text)) is not None
