"""A large judge's word on a sample of statements; it holds nothing up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from attending.core.draft import Draft, Finding, Severity
from attending.core.errors import EgressRefused, EngineFailed
from attending.core.guarding import Judgement, Scored
from attending.core.line import CheckCard, Judge
from attending.core.support import Pair, Verdict
from attending.lines.documentation.checks.examined import Examined, drafted

_SILENT = (
    "The second judge did not answer. What it was to judge, from here on, was checked by the "
    "others alone."
)
Scores = Callable[[bytes, Draft], Mapping[str, Scored]]
_DOUBTED = 0.5  # probability from which the judge's doubt is told


@dataclass(frozen=True)
class Judged:
    """A statement of the sample with its verdict; None where the judge gave none."""

    statement: str
    pair: Pair
    verdict: Verdict | None


class SampledJudge:
    """CAUTION: a statement that the judge does not find in its evidence.

    INFO, once a note: a judge that did not answer, or may not be asked. The sample is a share of all statements, the same for
    the same recording and text, so that a draft made again is judged alike.
    """

    name: str = "sampled-judge"
    card: CheckCard = CheckCard(
        "A large judge's sample",
        "whether a large model finds some of the statements carried by the conversation.",
        (Severity.CAUTION, Severity.INFO),
    )

    def __init__(self, judge: Judge, scores: Scores | None = None) -> None:
        """scores: of a draft's statements by id, what is kept beside the verdicts; else none is."""
        self._judge = judge
        self._scores = scores

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return self.sample(rendition, draft)[0]

    def sample(
        self, rendition: bytes, draft: Draft
    ) -> tuple[tuple[Finding, ...], tuple[Judgement, ...]]:
        """Raises what the scores raise."""
        sample = tuple(self._sample(rendition, draft))
        return self._findings(sample), tuple(self._judgements(sample, rendition, draft))

    def _findings(self, sample: tuple[tuple[Examined, Judged], ...]) -> tuple[Finding, ...]:
        silent = [item for item, judged in sample if judged.verdict is None][:1]
        doubts = (self._doubt(item, judged.verdict) for item, judged in sample if judged.verdict)
        return (
            *(item.finding(self.name, Severity.INFO, _SILENT) for item in silent),
            *(doubt for doubt in doubts if doubt is not None),
        )

    def _judgements(
        self, sample: tuple[tuple[Examined, Judged], ...], rendition: bytes, draft: Draft
    ) -> Iterator[Judgement]:
        """Of those with a verdict, where the line's own score has a word on them, too."""
        judged = [(item, each.verdict) for item, each in sample if each.verdict is not None]
        if self._scores is None or not judged:
            return
        scores = self._scores(rendition, draft)
        named = f"{self._judge.model.name} {self._judge.model.version}"
        for item, verdict in judged:
            name = item.statement.id
            if name in scores:
                yield Judgement(self.name, item.section, name, named, verdict, scores[name])

    def _sample(self, rendition: bytes, draft: Draft) -> Iterator[tuple[Examined, Judged]]:
        """Once the judge did not answer, the rest of the draft is not asked about."""
        source = hashlib.sha256(rendition).hexdigest()
        silent = False
        for item in drafted(rendition, draft):
            if not item.spans or not _chosen(source, item, self._judge.share):
                continue
            pair = Pair(item.text, item.source())
            verdict = None if silent else self._verdict(pair)
            silent = silent or verdict is None
            yield item, Judged(item.statement.id, pair, verdict)

    def _verdict(self, pair: Pair) -> Verdict | None:
        try:
            return self._judge.model.judge((pair,))[0]
        except (EngineFailed, EgressRefused):
            return None

    def _doubt(self, item: Examined, verdict: Verdict) -> Finding | None:
        if 1 - verdict.supported < _DOUBTED:
            return None
        against = verdict.contradicted > verdict.unsupported
        said = "says something else than" if against else "is not carried by"
        why = f"A second judge finds that this {said} the words that are cited. {item.listen()}"
        return item.finding(self.name, Severity.CAUTION, why)


def _chosen(source: str, item: Examined, share: float) -> bool:
    """By a digest, not by chance."""
    named = f"{source}\0{item.statement.id}\0{item.text}".encode()
    return int.from_bytes(hashlib.sha256(named).digest()[:8]) < share * 2**64
