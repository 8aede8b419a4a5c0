"""What the combined score looks at, for one claim: named numbers, most of them in 0..1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from attending.core.support import Verdict
from attending.lines.documentation.fidelity.claims import Claim, Signal
from attending.lines.documentation.fidelity.linking import SAME, Linker
from attending.lines.documentation.fidelity.terms import terms

SIGNAL = "signal:"  # before the name of a signal
_SURE = 0.005  # a probability is taken to be no nearer to 0 or 1
_UNHEARD = 0.05  # a term that the talk accounts for by less was not said
_FLOOR = 0.1  # added to how well the talk accounts for a term: a table of words knows not all


def features(
    claim: Claim, linker: Linker, verdicts: Sequence[Verdict], signals: Sequence[Signal]
) -> dict[str, float]:
    """By name. Signals keep their own names, with ``SIGNAL`` before them."""
    found = {f"{SIGNAL}{each.name}": each.strength for each in signals}
    return {**found, **_of_words(claim, linker), **_of_judge(verdicts)}


def surprise(text: str, linker: Linker) -> float:
    """How little of the text would be written of the talk: 0 where each word was said.

    In nats, the sum over its words of how much less likely each is than a word that was said;
    about 2 for a word that nothing in the talk accounts for. Source: the likelihood of a text
    given its source under IBM model 1 (Brown et al. 1993), with a floor.
    """
    return sum(_surprising(linker.explained(term)) for term in terms(text))


def _surprising(explained: float) -> float:
    return max(0.0, math.log((SAME + _FLOOR) / (explained + _FLOOR)))


def _of_words(claim: Claim, linker: Linker) -> dict[str, float]:
    """What of the claim the talk, and its closest passages, account for; rare words count more.

    Not the claim's length: it tells more of who seeds errors than of who errs.
    """
    wanted = terms(claim.text)
    rarity = [linker.rarity(term) for term in wanted]
    missing = [1 - linker.explained(term) for term in wanted]
    unheard = [r for r, m in zip(rarity, missing, strict=True) if m > 1 - _UNHEARD]
    total = sum(rarity) or 1.0
    near = frozenset(term for passage in claim.passages for term in terms(passage.text))
    away = sum(r for term, r in zip(wanted, rarity, strict=True) if term not in near)
    return {
        "missing": sum(r * m for r, m in zip(rarity, missing, strict=True)) / total,
        "unheard-rarest": max(unheard, default=0.0) / 10,
        "surprise": math.log1p(surprise(claim.text, linker)) / 3,
        "away": away / total,
    }


def _of_judge(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Of the first verdict and, where one was asked, the second: the mean, and each's extremes."""
    first = verdicts[0] if verdicts else Verdict(0.0, 1.0, 0.0)
    last = verdicts[-1] if verdicts else first
    return {
        "unsupported": -(_logit(first.supported) + _logit(last.supported)) / 10,
        "contradicted": (_logit(first.contradicted) + _logit(last.contradicted)) / 10,
        "unsupported-share": 1 - (first.supported + last.supported) / 2,
        "contradicted-share": (first.contradicted + last.contradicted) / 2,
        "unsupported-twice": min(1 - first.supported, 1 - last.supported),
    }


def _logit(share: float) -> float:
    kept = min(max(share, _SURE), 1 - _SURE)
    return math.log(kept / (1 - kept))


NAMES: tuple[str, ...] = (
    "missing", "unheard-rarest", "surprise", "away", "unsupported", "contradicted", "unsupported-share", "contradicted-share", "unsupported-twice",
)  # fmt: skip


def vector(values: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """In the order of ``names``; a signal that said nothing is 0."""
    return [values.get(name, 0.0) for name in names]
