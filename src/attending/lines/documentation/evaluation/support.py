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
from attending.assurance.offers import Offer, Offers
from attending.assurance.result import Subject
from attending.core.speech import Role
from attending.core.support import Pair, SupportModel
from attending.lines.documentation.content import line_digest
from attending.lines.documentation.evaluation import flags, formats, judging, subjects
from attending.lines.documentation.evaluation.formats import Record
from attending.lines.documentation.evaluation.judging import LEXICAL
from attending.lines.documentation.evaluation.subjects import Here
from attending.lines.documentation.evaluation.visits import Visit, visits
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


@dataclass(frozen=True)
class Named:
    """The subject, and what aids it, as a trial has them."""

    subject: Subject
    aided: str


class SupportTask:
    """Scores claims: by the check set, by the judge alone, or by a plain peer."""

    name: str = "support"

    def __init__(self, here: Here) -> None:
        self._here = here
        self.offers = Offers((here.checks, *here.judges, subjects.peer(LEXICAL)))

    @property
    def version(self) -> str:
        return subjects.scoring_version()

    def open(self, request: Request) -> Trial:
        subjects.turned_off(request.off, ())
        offer = self.offers.chosen(request.subject, request.registered)
        files = formats.tables(request.dataset)
        if found := formats.holding(files, "encounter", "claim", "label"):
            return claims_trial(request, found[0], self._scorer(offer), self._named(offer))
        if found := formats.holding(files, "claim", "evidence"):
            return science_trial(request, found[0], self._evidence(offer), self._named(offer))
        raise formats.refused(request.dataset, files, KNOWN)

    def reading(self, format_: str) -> Reading:
        return ScienceReading() if format_ == SCIENCE else ClaimsReading()

    def _named(self, offer: Offer) -> Named:
        alone = offer in self._here.judges
        return Named(offer.subject, line_digest() if alone else "")

    def _scorer(self, offer: Offer) -> Scorer:
        """By what is left beside the doubt."""
        if offer.name == LEXICAL:
            return subjects.lexical_support
        if offer.name == self._here.checks.name:
            return lambda claim, turns: support_score(claim, turns, self._here.support)
        return partial(_by_jury, judging.jury(offer, self._here))

    def _evidence(self, offer: Offer) -> Scorer:
        if offer.name == LEXICAL:
            return subjects.lexical_support
        return lambda claim, turns: evidence_score(claim, turns, self._here.support)


def _by_jury(jury: judging.Jury, claim: str, turns: Sequence[Turn]) -> float:
    (judged,) = jury.judge((("", claim),), turns)
    return 1 - judged.doubt


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


def claims_trial(request: Request, file: Path, scorer: Scorer, named: Named) -> Trial:
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
        lambda claim: _claim_row(claim, found.by_id[str(claim["encounter"])]),
        scorer,
    )
    return _trial(CLAIMS, named, (file,), found.files, claims, ClaimsReading())


def _claim_row(claim: Record, visit: Visit) -> Row:
    trained = str(claim["encounter"]) in TRAINED
    supported = str(claim["label"]) == "supported"
    kind = str(claim.get("kind") or claim["label"])
    who = {"sex": visit.sex, "age": visit.age}
    return {"supported": supported, "kind": kind, "trained": trained, **who}


def science_trial(request: Request, file: Path, scorer: Scorer, named: Named) -> Trial:
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
    return _trial(SCIENCE, named, (file,), corpora[:1], claims, ScienceReading())


def _trial(
    format_: str,
    named: Named,
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
        subject=named.subject,
        aided=named.aided,
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
    """Supported claims against all others, against each kind of change alone, and by patient."""

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
            *(
                _auroc(f"auroc/{column}:{value}", partial(_about, column, value))
                for column in flags.SUBGROUPS
                for value in scores.kinds(column)
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


def _about(column: str, value: str, scores: Columns) -> Flags:
    kept: Flags = scores.texts(column) == value
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
