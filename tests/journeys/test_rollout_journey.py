"""A version's way: registered, measured, promoted, rolled out, watched, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attending.adapters.storage import registering, statements
from attending.assurance.pairs import compared
from attending.core.case import DecisionKind
from attending.core.errors import Conflict, Forbidden, NotFound
from attending.core.identity import StaffRole
from attending.core.rollout import AnswersWanted, Cohort, Role
from attending.core.trust import PromotionBody, StatementKind
from attending.loop.answer import answers
from tests.clinic import Clinic
from tests.plugins.two_engines import FailingRate, SlowestRate
from tests.registered import Registry


@pytest.fixture
def registry(server: Path) -> Iterator[Registry]:
    with Clinic.opened(server, '["tests.plugins.vitals_line"]') as clinic:
        yield Registry(clinic)


def test_what_the_lines_bring_is_registered_by_itself(registry: Registry) -> None:
    known = {(v.kind.value, v.name, v.registered_by) for v in registering.versions(registry.admin)}
    assert ("model", "mean-rate", "attending") in known
    assert ("checks", "vitals-checks", "attending") in known
    assert ("model", "whisper-tiny.en", "attending") in known


def test_without_a_rollout_the_lines_own_engine_answers(registry: Registry) -> None:
    _, run = registry.answer()
    assert (run.model.name, dict(run.parameters)) == ("mean-rate", {})


def test_a_champion_answers_from_the_next_draft_on_and_until_it_is_taken_back(
    registry: Registry,
) -> None:
    version = registry.promoted()
    registry.roll(version, Role.CHAMPION)
    _, run = registry.answer()
    assert (run.model.name, run.parameters["rollout"]) == ("slowest-rate", "champion")
    assert registry.roll_back().version == version.id
    _, run = registry.answer()
    assert (run.model.name, run.parameters["rollout"]) == ("mean-rate", "own")
    with pytest.raises(Conflict, match="Nothing is rolled out"):
        registry.roll_back()


def test_a_champion_before_it_takes_over_when_one_is_taken_back(registry: Registry) -> None:
    registry.engines = (SlowestRate(), SlowestRate(FailingRate().model))
    registry.__post_init__()
    first, second = registry.promoted(), registry.promoted(registry.engines[1])
    registry.roll(first, Role.CHAMPION)
    registry.roll(second, Role.CHAMPION)
    assert registry.answer()[1].model.name == "failing-rate"
    registry.roll_back()
    assert registry.answer()[1].model.name == "slowest-rate"


def test_a_shadow_runs_beside_and_is_shown_to_nobody(registry: Registry) -> None:
    version = registry.register()
    registry.roll(version, Role.SHADOW)
    case, run = registry.answer()
    assert run.model.name == "mean-rate"
    assert registry.runs(case) == {
        "decode": "csv",
        "infer": "mean-rate",
        "beside": "slowest-rate",
    }
    shown = registry.clinic.case(case)
    assert shown.proposal().title == "Vitals"
    assert {model.name for model in shown.models} == {"csv", "mean-rate"}
    assert paired(registry) == ()  # while it is reviewed
    registry.clinic.see_all(case)
    for section in shown.proposal().sections:
        registry.clinic.decide(case, section.key, DecisionKind.ACCEPT)
    signature = registry.clinic.sign(case)
    assert {model.name for model in signature.payload.models} == {"csv", "mean-rate"}
    [pair] = paired(registry)
    assert (pair.case, pair.shown) == (case, run.id)
    beside = registry.run(case, "beside")
    assert pair.beside == beside.id
    drafts = [answers.validate_json(each.output).draft for each in (run, beside)]
    assert compared(*drafts).agreement == 1.0


def paired(registry: Registry) -> tuple:  # type: ignore[type-arg]
    with registry.clinic.web.transaction(registry.clinic.tenant, "tests") as unit:
        return unit.registry.paired("vitals", AnswersWanted())


def test_a_shadow_that_fails_leaves_the_draft_and_is_told(registry: Registry) -> None:
    registry.roll(registry.register(FailingRate()), Role.CHALLENGER)
    case, run = registry.answer()
    assert run.model.name == "mean-rate"
    assert "beside" not in registry.runs(case)
    with registry.clinic.web.transaction(registry.clinic.tenant, "tests") as unit:
        told = [e.entry for e in unit.trail.entries(0, 1000) if "model.failed_beside" in e.entry]
    assert len(told) == 1
    assert "ZeroDivisionError" not in told[0]


def test_a_canary_answers_its_share_and_always_the_same_visits(registry: Registry) -> None:
    version = registry.promoted()
    registry.roll(version, Role.CANARY, share=0.5)
    encounters = [registry.clinic.encounter() for _ in range(8)]
    names = [registry.answer(each)[1].model.name for each in encounters]
    assert set(names) <= {"mean-rate", "slowest-rate"}
    registry.roll(version, Role.CANARY, share=1.0)
    assert registry.answer()[1].model.name == "slowest-rate"
    registry.roll_back()
    assert registry.answer()[1].model.name == "mean-rate"


def test_a_cohort_is_a_clinicians_or_a_sites(registry: Registry) -> None:
    version = registry.promoted()
    me, other = registry.clinic.person(), registry.clinic.person("demo-second")
    registry.roll(version, Role.CHAMPION, cohort=Cohort(f"clinician:{other.id}"))
    assert registry.answer()[1].model.name == "mean-rate"
    registry.roll(version, Role.CHAMPION, cohort=Cohort(f"clinician:{me.id}"))
    assert registry.answer()[1].model.name == "slowest-rate"
    registry.roll_back()
    site = registry.clinic.installation.target
    registry.roll(version, Role.CHAMPION, cohort=Cohort(f"site:{site}"))
    assert registry.answer()[1].model.name == "slowest-rate"


def test_what_is_paused_falls_back_and_the_run_says_so(registry: Registry) -> None:
    version = registry.promoted()
    registry.roll(version, Role.CHAMPION)
    registry.roll(version, Role.PAUSED, by="demo-safety")
    case, run = registry.answer()
    assert run.model.name == "mean-rate"
    assert run.parameters["passed_over"] == "slowest-rate 1: paused"
    with registry.clinic.web.transaction(registry.clinic.tenant, "tests") as unit:
        entries = [each.entry for each in unit.trail.entries(0, 1000)]
    assert any("model.passed_over" in each and str(case) in each for each in entries)


def test_a_safety_officer_takes_away_and_never_rolls_out(registry: Registry) -> None:
    version = registry.promoted()
    with pytest.raises(Forbidden):
        registry.roll(version, Role.CHAMPION, by="demo-safety")
    with pytest.raises(Forbidden):
        registry.roll(version, Role.CHAMPION, by="demo-clinician")
    registry.roll(version, Role.CHAMPION)
    registry.roll_back(by="demo-safety")


def test_a_version_that_nobody_promoted_is_shown_to_nobody(registry: Registry) -> None:
    version = registry.register()
    for role, share in ((Role.CHAMPION, 0.0), (Role.CANARY, 0.1)):
        with pytest.raises(Conflict, match="not promoted"):
            registry.roll(version, role, share)
    with pytest.raises(NotFound):
        registry.roll(
            registry.own.__class__(**{**vars(registry.own), "id": registry.clinic.tenant}),
            Role.SHADOW,
        )


def test_a_version_with_other_content_than_was_promoted_answers_nobody(registry: Registry) -> None:
    version = registry.register(digest="ab" * 32)
    registry.evaluated(version)
    registry.promote(version)
    registry.roll(version, Role.CHAMPION)
    _, run = registry.answer()
    assert run.model.name == "mean-rate"
    assert run.parameters["passed_over"] == "slowest-rate 1: resource.not_found"


def test_a_signer_who_left_promotes_nothing_any_more_until_the_admin_key_confirms(
    registry: Registry,
) -> None:
    clinic = registry.clinic
    leaving = clinic.enrolled(StaffRole.CLINICIAN)
    version = registry.register()
    registry.evaluated(version)
    signed = registry.promote(version, leaving)
    registry.roll(version, Role.CHAMPION)
    assert registry.answer()[1].model.name == "slowest-rate"
    clinic.installation.state(
        statements.Change(StatementKind.PRINCIPAL, str(leaving.id), reason="Left.")
    )
    assert registry.answer()[1].parameters["passed_over"] == "slowest-rate 1: trust.untrusted"
    body = PromotionBody("1", signed.digest)
    change = statements.Change(StatementKind.PROMOTION, "model/slowest-rate", body)
    clinic.installation.state(change)
    assert registry.answer()[1].model.name == "slowest-rate"
    clinic.installation.state(
        statements.Change(StatementKind.PROMOTION, "model/slowest-rate", reason="It errs.")
    )
    assert registry.answer()[1].model.name == "mean-rate"


def test_any_past_moment_can_be_asked(registry: Registry) -> None:
    version = registry.promoted()
    first, _ = registry.answer()
    between = datetime.now(UTC)
    registry.roll(version, Role.CHAMPION)
    second, _ = registry.answer()
    with registry.clinic.web.transaction(registry.clinic.tenant, "tests") as unit:
        before = unit.registry.answered(AnswersWanted(until=between))
        since = unit.registry.answered(AnswersWanted(since=between))
        by_name = unit.registry.answered(AnswersWanted(name="slowest-rate", version="1"))
        assert unit.registry.rollouts("vitals", until=between) == ()
        assert len(unit.registry.rollouts("vitals")) == 1
    assert {(a.case, a.name) for a in before} == {(first, "mean-rate"), (first, "csv")}
    assert {(a.case, a.name) for a in since} == {(second, "slowest-rate"), (second, "csv")}
    assert [(a.case, a.why) for a in by_name] == [(second, "champion")]
