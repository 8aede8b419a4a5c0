"""A large judge on a sample: its word is kept, and it holds nothing up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from attending.adapters.models.asked_judge import AskedJudge
from attending.adapters.models.openai_compatible import Endpoint, OpenAiCompatible
from attending.core.draft import Draft, Severity
from attending.core.errors import EgressRefused, EngineFailed
from attending.core.guarding import Judgement, Scored
from attending.core.line import Engines, Judge, Sampling
from attending.core.support import Pair, SupportModel, Verdict
from attending.core.text import Question, TextAnswer
from attending.lines.documentation import DocumentationLine
from attending.lines.documentation.checks.sampled_judge import SampledJudge
from attending.lines.documentation.extractive import ExtractiveEngine
from attending.lines.documentation.rendition import to_json
from tests.adapters.models.fake_endpoint import Fake, faked
from tests.lines.documentation.spoken import DATA, consultation

HEARD = to_json(
    consultation(next(p.name for p in sorted(DATA.glob("*.json")) if "heard" not in p.name))
)
YES, NO, OTHERWISE = Verdict(0.9, 0.05, 0.05), Verdict(0.2, 0.7, 0.1), Verdict(0.1, 0.2, 0.7)


@dataclass
class Fixed:
    """Judges as it is told to."""

    verdict: Verdict = YES
    fails: Exception | None = None
    name: str = "large"
    version: str = "1"
    asked: list[Pair] = field(default_factory=list)

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        self.asked.extend(pairs)
        if self.fails:
            raise self.fails
        return tuple(self.verdict for _ in pairs)


def _draft() -> Draft:
    return ExtractiveEngine().draft(HEARD).draft


def _statements() -> int:
    return sum(len(section.statements) for section in _draft().sections)


SCORED = Scored("a score 1", 0.4, 0.3)


def _check(model: SupportModel, share: float = 1.0) -> SampledJudge:
    return SampledJudge(Judge(model, share), lambda _, draft: dict.fromkeys(_ids(draft), SCORED))


def _ids(draft: Draft) -> list[str]:
    return [statement.id for section in draft.sections for statement in section.statements]


def _judged(model: SupportModel, share: float = 1.0) -> tuple[Judgement, ...]:
    return _check(model, share).sample(HEARD, _draft())[1]


def test_it_judges_its_share_and_the_same_statements_each_time() -> None:
    model = Fixed()
    first = _judged(model, 0.4)
    assert 0 < len(first) < _statements()
    assert _judged(Fixed(), 0.4) == first
    assert {each.statement for each in first} < {e.statement for e in _judged(Fixed(), 0.8)}
    assert _judged(model, 0.0) == ()
    assert len(_judged(model, 1.0)) == _statements()


def test_its_verdict_stands_beside_the_score_of_the_line() -> None:
    sections = {s.id: section.key for section in _draft().sections for s in section.statements}
    for each in _judged(Fixed(NO)):
        assert each.section == sections[each.statement]
        assert (each.check, each.judge) == ("sampled-judge", "large 1")
        assert (each.verdict, each.scored) == (NO, SCORED)
    unscored = SampledJudge(Judge(Fixed(), 1.0), lambda *_: {})
    assert unscored.sample(HEARD, _draft())[1] == ()


def test_the_line_keeps_the_doubt_of_fidelity_beside_it() -> None:
    line = DocumentationLine(Engines(judge=Judge(Fixed(), 1.0)))
    (check,) = [c for c in line.checks if isinstance(c, Sampling)]
    judged = check.sample(HEARD, _draft())[1]
    assert {each.statement for each in judged} == set(_ids(_draft()))
    assert {each.scored.by.partition(" ")[0] for each in judged} == {"fidelity"}
    assert len({each.scored.doubt for each in judged}) > 1


def test_what_it_finds_carried_is_not_mentioned() -> None:
    assert _check(Fixed(YES)).examine(HEARD, _draft()) == ()


@pytest.mark.parametrize(("verdict", "words"), [(NO, "not carried"), (OTHERWISE, "something else")])
def test_its_doubt_is_a_caution(verdict: Verdict, words: str) -> None:
    found = _check(Fixed(verdict)).examine(HEARD, _draft())
    assert len(found) == _statements()
    assert {f.severity for f in found} == {Severity.CAUTION}
    assert all(words in f.explanation for f in found)


@pytest.mark.parametrize("error", [EngineFailed("Away."), EgressRefused("Elsewhere.")])
def test_one_that_does_not_answer_is_told_once_and_holds_nothing_up(error: Exception) -> None:
    model = Fixed(fails=error)
    (told,) = _check(model).examine(HEARD, _draft())
    assert told.severity is Severity.INFO
    assert len(model.asked) == 1, "it is not waited for again and again"
    assert _judged(model) == ()


def test_the_line_has_it_among_its_checks_only_where_there_is_one() -> None:
    with_judge = DocumentationLine(Engines(judge=Judge(Fixed(), 0.5)))
    assert "sampled-judge" in {check.name for check in with_judge.checks}
    assert "sampled-judge" not in {check.name for check in DocumentationLine(Engines()).checks}


def _asked(text: str) -> Verdict:
    class Model:
        name, version, egress = "m", "1", "local"

        def ask(self, question: Question) -> TextAnswer:
            assert json.loads(question.content) == {"claim": "A.", "said": "B."}
            return TextAnswer(text)

    (verdict,) = AskedJudge(Model()).judge([Pair("A.", "B.")])
    return verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ('{"verdict": "supported", "confidence": 0.9}', Verdict(0.9, 0.05, 0.05)),
        ('{"verdict": "contradicted", "confidence": 1}', Verdict(0.0, 0.0, 1.0)),
        ('Sure: {"verdict": "unsupported", "confidence": 0.8} I hope so.', Verdict(0.1, 0.8, 0.1)),
    ],
)
def test_an_answer_is_a_verdict(text: str, verdict: Verdict) -> None:
    told = _asked(text)
    assert (told.supported, told.unsupported, told.contradicted) == pytest.approx(
        (verdict.supported, verdict.unsupported, verdict.contradicted)
    )


@pytest.mark.parametrize(
    "text",
    ["", "supported", "{}", '{"verdict": "fine", "confidence": 1}', '{"verdict": "supported"}',
     '{"verdict": "supported", "confidence": 7}', '{"verdict": "supported", "confidence": NaN}',
     '{"verdict": ["supported"], "confidence": 1}', '{"verdict": "supported", "confidence": "x"}', "[1]"],
)  # fmt: skip
def test_an_answer_that_is_no_verdict_is_an_error(text: str) -> None:
    with pytest.raises(EngineFailed, match="no verdict"):
        _asked(text)


def test_a_judge_behind_an_endpoint_is_asked_over_http() -> None:
    def replies(body: dict[str, Any]) -> str:
        told = json.loads(body["messages"][1]["content"])
        same = told["claim"].strip("“”.") in told["said"]
        return json.dumps({"verdict": "supported" if same else "unsupported", "confidence": 0.9})

    with faked(Fake(replies)) as fake:
        judge = AskedJudge(OpenAiCompatible(Endpoint(fake.base, "large"), pause=lambda _: None))
        verdicts = judge.judge(
            [Pair("I have a cough.", "Well, I have a cough."), Pair("Gout.", "No.")]
        )
    assert [verdict.supported > 0.5 for verdict in verdicts] == [True, False]
