"""Which cues reach a concept: near enough, on the right side, with nothing in between that ends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from attending.lines.documentation.context.cues import Found, cues_in
from attending.lines.documentation.context.lexicon import Cue
from attending.lines.documentation.context.reading import Reading

BEFORE = frozenset(
    {
        Cue.DENIED, Cue.NOT, Cue.AFFIRMED, Cue.UNCERTAIN, Cue.PAST, Cue.FORMER, Cue.PRESENT, Cue.CONDITION,
        Cue.OTHER,
    }
)  # fmt: skip
AFTER = frozenset(
    {Cue.DENIED_AFTER, Cue.GONE_AFTER, Cue.UNCERTAIN_AFTER, Cue.PAST_AFTER, Cue.CONDITION}
)
_STOPS = frozenset({".", ";", "?", "!"})
_ENDED_BY: Mapping[Cue, frozenset[Cue]] = {
    Cue.DENIED: frozenset({Cue.AFFIRMED, Cue.CONDITION}),
    Cue.NOT: frozenset({Cue.AFFIRMED, Cue.DENIED}),
    Cue.PAST: frozenset({Cue.PRESENT}),
    Cue.FORMER: frozenset({Cue.PRESENT}),
    Cue.OTHER: frozenset({Cue.PAST, Cue.PRESENT}),
}
_LIST = frozenset({",", "or", "and", "nor", "(", ")", "/", "-"})
_VERBS = """
    is are was were be been has had have having does did do presents presented shows showed shown
    reveals revealed denies denied reports reported states stated notes noted appears appeared seems
    remains remained became develops developed complains complained admits admitted underwent
    received started began demonstrates demonstrated given seen found felt came went brought
    performed consulted instructed advised return returns call will would should can could may
    might lives works drinks smokes smoked quit takes took resolved improved gets got feel feels
"""
VERBS = frozenset(_VERBS.split())


@dataclass(frozen=True)
class Reach:
    """How one kind of cue stands to the concept. ``distance`` in words; 0 touches it."""

    phrase: str
    distance: int
    ended: bool  # something between ends it
    verbs: int  # verbs in between
    listed: bool  # a list goes on in between


def reaches(read: Reading) -> dict[Cue, Reach]:
    """For each kind of cue the nearest that nothing ends; else the nearest."""
    best: dict[Cue, Reach] = {}
    for cue, reach in (*_before(read.left), *_after(read.right)):
        present = best.get(cue)
        if present is None or (present.ended and not reach.ended):
            best[cue] = reach
    return best


def _before(left: tuple[str, ...]) -> Iterator[tuple[Cue, Reach]]:
    """Nearest first."""
    found = cues_in(left)
    for place in range(len(found) - 1, -1, -1):
        hit = found[place]
        between = left[hit.end :]
        for cue in hit.cues:
            if cue in BEFORE:
                yield cue, _reach(hit.phrase, between, found[place + 1 :], cue)


def _after(right: tuple[str, ...]) -> Iterator[tuple[Cue, Reach]]:
    found = cues_in(right)
    for place, hit in enumerate(found):
        between = right[: hit.begin]
        for cue in hit.cues:
            if cue in AFTER:
                yield cue, _reach(hit.phrase, between, found[:place], cue)


def _reach(phrase: str, between: tuple[str, ...], cues: Iterable[Found], cue: Cue) -> Reach:
    enders = _ENDED_BY.get(cue, frozenset())
    ended = not _STOPS.isdisjoint(between) or any(
        Cue.END in each.cues or not enders.isdisjoint(each.cues) for each in cues
    )
    return Reach(
        phrase,
        sum(word not in _LIST for word in between),
        ended,
        sum(word in VERBS for word in between),
        "," in between or "or" in between or "and" in between,
    )
