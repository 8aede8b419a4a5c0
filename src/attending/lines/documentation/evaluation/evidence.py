"""Evidence: a claim is looked for in several visits' talk at once; is its own found first?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Reading, Request, Trial
from attending.assurance.measures.arrays import UNDEFINED
from attending.assurance.offers import Offers
from attending.lines.documentation.evaluation import formats, subjects
from attending.lines.documentation.evaluation.judging import LEXICAL
from attending.lines.documentation.evaluation.subjects import WINDOW, Here, content_words
from attending.lines.documentation.evaluation.visits import Visits, visits
from attending.lines.documentation.fidelity.claims import Passage, Turn
from attending.lines.documentation.fidelity.linking import Linker

FORMAT = "joined-dialogues"
JOINED = 10  # dialogues
FIRST = 3  # places that are looked at
KNOWN = ("claims as JSON lines {encounter, claim, label} with dialogues {encounter, dialogue}",)

Ranker = Callable[[str, int], tuple[Passage, ...]]
Reader = Callable[[Sequence[Turn]], Ranker]  # of one block's talk, which it reads once


class EvidenceTask:
    """Joins the dialogues of ten visits, in the order of the file, and asks for each claim."""

    name: str = "evidence"

    def __init__(self, here: Here) -> None:
        self.offers = Offers((here.checks, subjects.peer(LEXICAL)))

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        subjects.turned_off(request.off, ())
        offer = self.offers.chosen(request.subject, request.registered)
        files = formats.tables(request.dataset)
        found = formats.holding(files, "encounter", "claim", "label")
        if not found:
            raise formats.refused(request.dataset, files, KNOWN)
        claims: dict[str, list[str]] = {}
        for record in formats.records(found[0]):
            # What was said to be somebody else's, or was changed, has no right place.
            claims.setdefault(str(record["encounter"]), []).extend(
                [str(record["claim"])] if record["label"] == "supported" else []
            )
        near = formats.neighbours(request.dataset, request.beside)
        dialogues = visits(near, claims)
        if claims.keys() - dialogues.by_id.keys():
            raise formats.missing("dialogues", request.dataset)
        joined = Joined(claims, dialogues, _lexical if offer.name == LEXICAL else _linking)
        return Trial(
            task=self.name,
            format=FORMAT,
            split=formats.split_of(found[0].name),
            version=subjects.scoring_version(),
            subject=offer.subject,
            files=found[:1],
            beside=dialogues.files,
            items=tuple(claims),
            score=joined.score,
            reading=EvidenceReading(),
        )

    def reading(self, format_: str) -> Reading:
        del format_
        return EvidenceReading()


@dataclass(frozen=True)
class Joined:
    """Visits in blocks of ten, each block's turns in one row."""

    claims: dict[str, list[str]]
    dialogues: Visits
    reader: Reader
    read: dict[tuple[str, ...], tuple[Ranker, tuple[str, ...]]] = field(default_factory=dict)

    @cached_property
    def blocks(self) -> dict[str, tuple[str, ...]]:
        order = list(self.claims)
        starts = range(0, len(order), JOINED)
        # A last block that is short takes from the one before: ten are ten for all.
        blocks = (order[max(0, min(s, len(order) - JOINED)) :][:JOINED] for s in starts)
        found: dict[str, tuple[str, ...]] = {}
        for block in blocks:
            for visit in block:
                found.setdefault(visit, tuple(block))
        return found

    def score(self, item: str) -> tuple[Row, ...]:
        block = self.blocks[item]
        if block not in self.read:
            turns, owners = self._turns(block)
            self.read[block] = self.reader(turns), owners
        ranker, owners = self.read[block]
        return tuple(
            {"row": str(index), "group": item, "place": _place(ranker(claim, FIRST), owners, item)}
            for index, claim in enumerate(self.claims[item])
        )

    def _turns(self, block: tuple[str, ...]) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
        said = [(visit, turn) for visit in block for turn in self.dialogues.by_id[visit].turns]
        turns = tuple(
            Turn(index, turn.role, turn.text, f"u{index + 1}")
            for index, (_, turn) in enumerate(said)
        )
        return turns, tuple(visit for visit, _ in said)


def _place(found: Sequence[Passage], owners: tuple[str, ...], item: str) -> int:
    """Of the first passage of the right dialogue, from 1; beyond those looked at, one more."""
    for place, passage in enumerate(found, 1):
        # A passage that runs into the next dialogue belongs to most of its turns.
        held = [owners[turn.index] for turn in passage.turns]
        if held and max(set(held), key=held.count) == item:
            return place
    return FIRST + 1


class EvidenceReading:
    """How often the right dialogue stands first, and among the first three passages."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        del scores
        return (
            Gauge("right-first", partial(_within, 1)),
            Gauge(f"right-in-{FIRST}", partial(_within, FIRST)),
        )

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        del scores
        return ()


def _within(places: int, scores: Columns) -> float:
    return float((scores.numbers("place") <= places).mean()) if len(scores) else UNDEFINED


def _linking(turns: Sequence[Turn]) -> Ranker:
    return Linker(turns).rank


def _lexical(turns: Sequence[Turn]) -> Ranker:
    said = [content_words(turn.text) for turn in turns]
    windows = [frozenset().union(*said[i : i + WINDOW]) for i in range(len(said))]

    def ranked(claim: str, k: int) -> tuple[Passage, ...]:
        wanted = content_words(claim)
        best = sorted(range(len(windows)), key=lambda i: (-len(wanted & windows[i]), i))[:k]
        return tuple(
            Passage(tuple(turns[i : i + WINDOW]), float(len(wanted & windows[i]))) for i in best
        )

    return ranked
