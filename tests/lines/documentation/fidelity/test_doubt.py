"""One doubt a claim: what raises it, what is told of it, and the guard that tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from attending.core.draft import Draft, Finding, Severity, Statement, Text
from attending.core.evidence import TimeSpan
from attending.core.speech import Role, Transcript
from attending.core.support import Pair, Verdict
from attending.lines.documentation.checks.drugs import UnheardDrugs
from attending.lines.documentation.checks.numbers import UnheardNumbers
from attending.lines.documentation.fidelity.assess import assess, support_score
from attending.lines.documentation.fidelity.check import Fidelity
from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.combined import JUDGED, LEXICAL, Combined, read, shipped
from attending.lines.documentation.fidelity.conversation import turns
from attending.lines.documentation.fidelity.judge import LexicalJudge
from attending.lines.documentation.fidelity.measured import Conversation
from attending.lines.documentation.fidelity.reasons import reason
from attending.lines.documentation.fidelity.whole import whole
from attending.lines.documentation.rendition import to_json
from attending.lines.documentation.soap import Part, note
from tests.lines.documentation.spoken import transcript

HEARD = transcript(
    (Role.CLINICIAN, "Any cough or fever?"),
    (Role.PATIENT, "I have a dry cough since Monday, no fever."),
    (Role.CLINICIAN, "Your left knee is swollen. Take ibuprofen 400 milligrams twice a day."),
    (Role.CLINICIAN, "Come back in two weeks."),
)
TURNS = turns(HEARD)
TRUE = (
    ("history_of_present_illness", "The patient has a dry cough since Monday."),
    ("examination", "The left knee is swollen."),
    ("plan", "Ibuprofen 400 mg twice a day."),
    ("plan", "He will return in 2 weeks."),
)
FABRICATED = ("past_history", "Cholecystectomy in 1998 complicated by pancreatitis and sepsis.")


class Judge:
    """A judge that answers as it is told, and keeps what it was asked."""

    name = "told"
    version = "1"

    def __init__(self, answers: Mapping[str, Verdict]) -> None:
        self.answers = {claim.lower(): verdict for claim, verdict in answers.items()}
        self.asked: list[Pair] = []

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        self.asked += pairs
        return tuple(self.answers.get(p.claim, Verdict(0.95, 0.04, 0.01)) for p in pairs)


def test_what_was_said_is_not_flagged_and_what_was_not_is_doubted_more() -> None:
    assessed = assess((*TRUE, FABRICATED), TURNS)
    assert [each.text for each in assessed] == [text for _, text in (*TRUE, FABRICATED)]
    assert not any(each.flagged for each in assessed[:4])
    assert assessed[4].doubt > max(each.doubt for each in assessed[:4])
    assert all(0 <= each.doubt <= 1 and each.passages for each in assessed)


def test_headings_and_empty_lines_have_no_doubt() -> None:
    for text in ("PLAN", "Plan:", "", "   ", "•"):
        (assessed,) = assess((("plan", text),), TURNS)
        assert (assessed.doubt, assessed.flagged, assessed.signals) == (0.0, False, ())


def test_a_note_of_nothing_and_a_talk_of_nothing() -> None:
    assert assess((), TURNS) == ()
    assert len(assess(TRUE, ())) == 4


def test_a_contradiction_by_the_judge_raises_the_doubt() -> None:
    plain, told = TRUE[0][1], Verdict(0.01, 0.04, 0.95)
    sure, against = Judge({}), Judge({plain: told})
    (calm,) = assess(TRUE[:1], TURNS, sure)
    (doubted,) = assess(TRUE[:1], TURNS, against)
    assert doubted.doubt > calm.doubt
    assert (len(sure.asked), len(against.asked)) == (1, 2)  # settled by the first, and not
    assert support_score(plain, TURNS, sure) > support_score(plain, TURNS, against)


def test_the_same_sentence_is_judged_once() -> None:
    judge = Judge({})
    assess((TRUE[0], TRUE[0]), TURNS, judge)
    assert len(judge.asked) == 1


def test_the_judge_by_words_prefers_what_was_said() -> None:
    judge = LexicalJudge()
    said, unsaid = judge.judge(
        [Pair("The left knee is swollen.", TURNS[2].text), Pair(FABRICATED[1], TURNS[2].text)]
    )
    assert said.supported > 0.5 > unsaid.supported
    for verdict in (said, unsaid):
        assert sum((verdict.supported, verdict.unsupported, verdict.contradicted)) == pytest.approx(
            1
        )


class Shouting:
    """A signal about every claim that holds its word."""

    def __init__(self, name: str, word: str, strength: float) -> None:
        self.name, self.word, self.strength = name, word, strength

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        told = Signal(self.name, self.strength, f"About {self.word}.", self.word)
        return {claim.id: told for claim in note.claims if self.word in claim.text}


def _measured(signals: Sequence[Shouting]) -> tuple[float, str, Severity]:
    conversation = Conversation(TURNS, signals=signals)
    combined = Combined(-3.0, {"signal:loud": 5.0, "signal:low": 1.0}, {2.0: 0.5})
    measured = conversation.measured(TRUE[1:2])[0]
    why = reason(measured, combined)
    return combined.doubt(measured.features), why.why, why.severity


def test_the_reason_is_what_adds_most_to_the_doubt() -> None:
    doubt, why, severity = _measured([Shouting("low", "knee", 0.9), Shouting("loud", "left", 0.8)])
    assert (why, severity) == ("About left.", Severity.SERIOUS)
    assert doubt > _measured([Shouting("low", "knee", 0.9)])[0]


def test_a_faint_signal_is_no_reason() -> None:
    _, why, severity = _measured([Shouting("loud", "left", 0.1)])
    assert (why, severity) == ("Nothing that was said clearly carries this.", Severity.CAUTION)


def test_what_is_off_is_not_looked_for() -> None:
    loud = Shouting("loud", "left", 0.9)
    measured = Conversation(TURNS, signals=[loud], off=frozenset({"loud"})).measured(TRUE[1:2])
    assert measured[0].signals == ()


@pytest.mark.parametrize("kind", [LEXICAL, JUDGED])
def test_what_is_shipped_is_of_a_kind(kind: str) -> None:
    combined = shipped(kind)
    budgets = sorted(combined.thresholds)
    kept = [combined.thresholds[budget] for budget in budgets]
    assert kept == sorted(kept, reverse=True)
    assert combined.threshold(0.1) == kept[0]
    assert combined.threshold(99) == kept[-1]
    assert combined.threshold(budgets[1]) == kept[1]
    assert all(weight >= 0 for name, weight in combined.weights.items() if "signal:" in name)
    assert len(combined.facts["digest"]) == 64
    assert read(combined.document()) == combined


def _draft(*statements: tuple[Part, str], human: bool = False, cited: bool = True) -> Draft:
    span = TimeSpan(0.0, 1.0, "audio", "u1", "Any cough or fever?")
    made: dict[Part, tuple[Statement, ...]] = {}
    for number, (part, text) in enumerate(statements):
        statement = Statement(f"s{number}", Text(text), (span,) if cited else (), human=human)
        made[part] = (*made.get(part, ()), statement)
    return note(made)


def _told(draft: Draft, check: Fidelity | None = None) -> tuple[Finding, ...]:
    return (check or Fidelity(budget=5)).examine(to_json(HEARD), draft)


def test_a_true_note_has_no_finding() -> None:
    assert _told(_draft(*((Part(key), text) for key, text in TRUE))) == ()


def test_an_invented_statement_is_told_with_a_place_to_listen() -> None:
    (finding,) = _told(_draft((Part.PAST_HISTORY, FABRICATED[1])))
    assert (finding.check, finding.section, finding.statement) == ("fidelity", "past_history", "s0")
    assert "Listen at 0:0" in finding.explanation


FOREIGN = (
    "Cholecystectomy in 1998 complicated by pancreatitis and sepsis.",
    "The cardiac catheterization showed three vessel disease.",
    "Hemodialysis on Tuesdays and Saturdays through the left fistula.",
    "She was widowed and moved to Nebraska.",
    "Bilateral cataracts were removed by an ophthalmologist.",
)


def test_a_note_of_which_much_was_not_said_is_told_as_a_whole() -> None:
    own = [(Part(key), text) for key, text in TRUE]
    first, *others = _told(_draft(*own, *((Part.PAST_HISTORY, text) for text in FOREIGN)))
    assert (first.statement, first.severity) == ("", Severity.CAUTION)
    assert f"5 of {len(own) + 5} statements" in first.explanation
    assert "right patient" in first.explanation
    assert len(others) == 5
    assert all(each.statement for each in others)
    fewer = _told(_draft(*own, *((Part.PAST_HISTORY, text) for text in FOREIGN[1:])))
    assert all(each.statement for each in fewer), "four of a note are no other patient's"


def test_what_nothing_accounts_for_surprises() -> None:
    said, invented = assess((TRUE[0], FABRICATED), TURNS)
    assert said.surprise < invented.surprise
    twice = whole([True, True], [invented.surprise, invented.surprise])
    assert twice.unsaid > whole([True], [invented.surprise]).unsaid
    assert whole([], []).unsaid == 0


def test_what_a_clinician_wrote_over_a_draft_is_asked_about_and_what_they_added_is_not() -> None:
    written = ((Part.PAST_HISTORY, FABRICATED[1]),)
    (finding,) = _told(_draft(*written, human=True))
    assert finding.severity is Severity.CAUTION
    assert finding.explanation.endswith("is it meant?")
    assert _told(_draft(*written, human=True, cited=False)) == ()


def test_what_another_check_says_is_not_said_again() -> None:
    before = (UnheardNumbers(), UnheardDrugs())
    draft = _draft((Part.PLAN, "Start warfarin 12.5 mg for a pulmonary embolism."))
    assert {f.check for c in before for f in c.examine(to_json(HEARD), draft)}
    assert _told(draft)
    assert _told(draft, Fidelity(before=before, budget=5)) == ()


def test_nothing_was_heard() -> None:
    silence = to_json(Transcript((), 0.0))
    findings = Fidelity(budget=5).examine(silence, _draft((Part.PLAN, "Rest.")))
    assert all("Listen" not in finding.explanation for finding in findings)


def test_a_signal_speaks_for_no_claim() -> None:
    """A coefficient that would be negative is set to 0."""
    from attending.lines.documentation.fidelity.fitting.logistic import chances, fit

    drawn = np.random.default_rng(1)
    x = drawn.random((400, 2))
    y = (drawn.random(400) < x[:, 0] * (1 - x[:, 1])).astype(float)
    found = fit(x, y, np.ones(400), 0.01)
    assert found[0] > 1
    assert found[1] == 0
    wide = np.column_stack([x, np.ones(400)])
    assert chances(wide, found).mean() == pytest.approx(y.mean(), abs=1e-6)


def test_the_doubt_of_extremes_stays_a_probability() -> None:
    combined = Combined(0.0, {"a": 1e9}, {1.0: 0.5})
    assert combined.doubt({"a": 1.0}) == pytest.approx(1)
    assert combined.doubt({"a": -1.0}) == pytest.approx(0)
    assert replace(combined, bias=-3.0).doubt({}) < 0.5
