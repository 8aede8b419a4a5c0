"""Support: does the conversation carry a claim? By claim, with the kind of change it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from attending.assurance.columns import Columns, Row
from attending.assurance.evaluation import Drawing, Gauge, Reading, Request, Trial
from attending.assurance.measures.arrays import Flags
from attending.assurance.measures.ranking import auroc, average_precision, roc_points
from attending.assurance.result import Subject
from attending.core.speech import Role
from attending.core.support import Pair, SupportModel
from attending.lines.documentation.evaluation import formats, subjects
from attending.lines.documentation.evaluation.formats import Record
from attending.lines.documentation.evaluation.visits import visits
from attending.lines.documentation.fidelity.assess import support_score
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.judge import LexicalJudge
from attending.lines.documentation.fidelity.premise import spoken

CLAIMS, SCIENCE = "claims", "science"
KNOWN = (
    "claims as JSON lines {encounter, claim, label, kind} with dialogues {encounter, dialogue}",
    "SciFact claims as JSON lines {claim, evidence} with abstracts {id, title, sentences}",
)
TRAINED = frozenset(f"D2N{number:03}" for number in range(1, 68))  # ACI-Bench train

Scorer = Callable[[str, Sequence[Turn]], float]
Judging = Callable[[str, Sequence[Turn], SupportModel | None], float]


class SupportTask:
    """Scores claims; ``support`` is the model that the shipped subject asks."""

    name: str = "support"
    subjects: tuple[str, ...] = ("support", "lexical")

    def __init__(self, support: SupportModel | None) -> None:
        self._support = support

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        subjects.turned_off(request.off, ())
        asked = subjects.chosen(request.subject, self.subjects)
        files = formats.tables(request.dataset)
        if found := formats.holding(files, "encounter", "claim", "label"):
            return claims_trial(request, found[0], *self._scorer(asked, support_score))
        if found := formats.holding(files, "claim", "evidence"):
            return science_trial(request, found[0], *self._scorer(asked, evidence_score))
        raise formats.refused(request.dataset, files, KNOWN)

    def reading(self, format_: str) -> Reading:
        return ScienceReading() if format_ == SCIENCE else ClaimsReading()

    def _scorer(self, asked: str, score: Judging) -> tuple[Scorer, Subject]:
        if asked == "lexical":
            return subjects.lexical_support, subjects.peer("lexical")
        named = subjects.shipped("support", self._support, subjects.line_digest())
        return lambda claim, turns: score(claim, turns, self._support), named


def evidence_score(claim: str, turns: Sequence[Turn], support: SupportModel | None) -> float:
    """How far evidence that is named speaks for the claim and not against it, 0..1.

    Nothing is to be looked for, so the judge alone is asked, of all that is there.
    """
    judge = support or LexicalJudge()
    (verdict,) = judge.judge([Pair(spoken(claim), spoken(" ".join(turn.text for turn in turns)))])
    return (1 + verdict.supported - verdict.contradicted) / 2


@dataclass(frozen=True)
class Claims:
    """Claims by item: a visit, or one scientific claim; scored against the turns beside each."""

    by_item: dict[str, tuple[Record, ...]]
    turns: Callable[[str, Record], tuple[Turn, ...]]
    told: Callable[[Record], Row]
    scorer: Scorer

    def score(self, item: str) -> tuple[Row, ...]:
        return tuple(
            {
                "row": str(index),
                "group": item,
                "score": self.scorer(str(claim["claim"]), self.turns(item, claim)),
                **self.told(claim),
            }
            for index, claim in enumerate(self.by_item[item])
        )


def claims_trial(request: Request, file: Path, scorer: Scorer, subject: Subject) -> Trial:
    by_visit: dict[str, list[Record]] = {}
    for record in formats.records(file):
        by_visit.setdefault(str(record["encounter"]), []).append(record)
    near = formats.neighbours(request.dataset, request.beside)
    found = visits(near, by_visit)
    if by_visit.keys() - found.by_id.keys():
        raise formats.missing("dialogues", request.dataset)
    claims = Claims(
        {visit: tuple(said) for visit, said in by_visit.items()},
        lambda item, _claim: found.by_id[item].turns,
        _claim_row,
        scorer,
    )
    return _trial(CLAIMS, subject, (file,), found.files, claims, ClaimsReading())


def _claim_row(claim: Record) -> Row:
    trained = str(claim["encounter"]) in TRAINED
    supported = str(claim["label"]) == "supported"
    kind = str(claim.get("kind") or claim["label"])
    return {"supported": supported, "kind": kind, "trained": trained}


def science_trial(request: Request, file: Path, scorer: Scorer, subject: Subject) -> Trial:
    near = formats.neighbours(request.dataset, request.beside)
    corpora = formats.holding(near, "id", "title", "sentences")
    if not corpora:
        raise formats.missing("abstracts", request.dataset)
    told = {
        f"{record.get('id', index)}-{evidence['doc']}": {**record, **evidence}
        for index, record in enumerate(formats.records(file))
        for evidence in record["evidence"]
    }
    wanted = {str(claim["doc"]) for claim in told.values()}
    abstracts = {str(r["id"]): r for r in formats.records(corpora[0]) if str(r["id"]) in wanted}
    claims = Claims(
        {key: (claim,) for key, claim in told.items()},
        partial(_evidence, abstracts),
        lambda claim: {"supported": claim["label"] == "SUPPORT"},
        scorer,
    )
    return _trial(SCIENCE, subject, (file,), corpora[:1], claims, ScienceReading())


def _trial(
    format_: str,
    subject: Subject,
    files: tuple[Path, ...],
    beside: tuple[Path, ...],
    claims: Claims,
    reading: Reading,
) -> Trial:
    return Trial(
        task="support",
        format=format_,
        split=formats.split_of(files[0].name),
        version=subjects.scoring_version(),
        subject=subject,
        files=files,
        beside=beside,
        items=tuple(claims.by_item),
        score=claims.score,
        reading=reading,
    )


def _evidence(abstracts: dict[str, Record], _item: str, claim: Record) -> tuple[Turn, ...]:
    """The sentences that are named as evidence, as one turn."""
    sentences = abstracts[str(claim["doc"])]["sentences"]
    text = " ".join(sentences[n] for n in claim["sentences"] if n < len(sentences))
    return (Turn(0, Role.UNKNOWN, text, "u1"),)


class ClaimsReading:
    """Supported claims against all others, and against each kind of change alone."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        kinds = [kind for kind in scores.kinds("kind") if kind != "supported"]
        unseen = bool((~scores.flags("trained")).any()) and bool(scores.flags("trained").any())
        return (
            *_pair("", everything),
            *(_auroc(f"auroc/{kind}", partial(_against, kind)) for kind in kinds),
            *(_pair("/valid-only", _unseen) if unseen else ()),
            *(
                _auroc(f"auroc/{kind}/valid-only", partial(_unseen_against, kind))
                for kind in kinds
                if unseen
            ),
        )

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        return (_curve(scores),)


class ScienceReading:
    """SUPPORT against CONTRADICT."""

    def prepared(self, scores: Columns) -> Columns:
        return scores

    def gauges(self, scores: Columns) -> tuple[Gauge, ...]:
        del scores
        return _pair("", everything)

    def drawings(self, scores: Columns) -> tuple[Drawing, ...]:
        return (_curve(scores),)


def everything(scores: Columns) -> Flags:
    return np.ones(len(scores), dtype=np.bool_)


def _against(kind: str, scores: Columns) -> Flags:
    kept: Flags = scores.flags("supported") | (scores.texts("kind") == kind)
    return kept


def _unseen(scores: Columns) -> Flags:
    return ~scores.flags("trained")


def _unseen_against(kind: str, scores: Columns) -> Flags:
    return _unseen(scores) & _against(kind, scores)


def _pair(suffix: str, among: Callable[[Columns], Flags]) -> tuple[Gauge, ...]:
    return (
        _auroc(f"auroc{suffix}", among),
        Gauge(f"average-precision{suffix}", partial(_precision, among), partial(_count, among)),
    )


def _auroc(name: str, among: Callable[[Columns], Flags]) -> Gauge:
    return Gauge(name, partial(_ranked, among), partial(_count, among))


def _ranked(among: Callable[[Columns], Flags], scores: Columns) -> float:
    kept = among(scores)
    return auroc(scores.numbers("score")[kept], scores.flags("supported")[kept])


def _precision(among: Callable[[Columns], Flags], scores: Columns) -> float:
    """Of what is not supported: that is what a guard looks for."""
    kept = among(scores)
    return average_precision(-scores.numbers("score")[kept], ~scores.flags("supported")[kept])


def _count(among: Callable[[Columns], Flags], scores: Columns) -> int:
    return int(among(scores).sum())


def _curve(scores: Columns) -> Drawing:
    points = roc_points(scores.numbers("score"), scores.flags("supported"))
    return Drawing("roc", "Supported against not supported", points=points)
