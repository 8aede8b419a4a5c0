"""Evaluating what is registered: resolved by its content, kept with it, and read from its card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attending import app
from attending.adapters.storage import registering
from attending.assurance.manifest import Manifest
from attending.cli import cli
from attending.core.errors import AttendingError, Conflict, EngineFailed, InvalidInput, NotFound
from attending.core.registry import VersionKind
from attending.demo.installation import Installation
from attending.lines.documentation.generative.prompt import prompt
from attending.settings import Settings
from tests.adapters.models.fake_endpoint import Fake, faked
from tests.clinic import Clinic
from tests.lines.documentation import small_sets

JUDGE, CHECKS = "support-judge", "documentation-checks"


@pytest.fixture(scope="module")
def clinic(server: Path) -> Iterator[Clinic]:
    """A clinic with the documentation line, whose versions were registered as it was made."""
    with Clinic.opened(server, '["attending.lines.documentation"]') as opened:
        yield opened


@pytest.fixture
def installation(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("ATTENDING_ADMIN_URL", clinic.installation.admin_dsn)
    return clinic.installation


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    small_sets.visits(tmp_path / "aci")
    return small_sets.seeded(tmp_path / "errors")


def run(*words: object) -> str:
    done = CliRunner().invoke(cli, list(map(str, words)))
    if isinstance(done.exception, AttendingError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def evaluate(tmp_path: Path, *words: object) -> dict[str, object]:
    told: dict[str, object] = json.loads(
        run("evaluate", *words, "--json", "--scores", tmp_path / "scores")
    )
    return told


def shipped(name: str) -> Manifest:
    (found,) = [each for each in app.shipped(Settings()) if each.name == name]
    return found


def test_what_is_registered_is_evaluated_and_the_registry_takes_it(
    installation: Installation, seeded: Path, tmp_path: Path
) -> None:
    judge = shipped(JUDGE)
    told = evaluate(tmp_path, "guard", seeded, "--subject", f"{JUDGE}@{judge.version}")
    assert told["subject"] == {
        "name": judge.name,
        "version": judge.version,
        "digest": judge.digest,
    }
    path = tmp_path / "result.json"
    path.write_text(json.dumps(told))
    assert f"Kept for {JUDGE}" in run("model", "evaluate-add", path, "--by", "ada")


def test_the_shipped_judges_card_comes_with_its_figures(installation: Installation) -> None:
    """If this fails the judge was trained anew: python -m benchmarks.guard.judge_card."""
    judge = shipped(JUDGE)
    told = json.loads(run("model", "show", JUDGE, judge.version, "--json"))["evaluations"]
    brought = [each["document"] for each in told if each["added_by"] == "attending"]
    assert {each["task"] for each in brought} == {"guard", "support"}
    assert {each["subject"]["digest"] for each in brought} == {judge.digest}
    assert not any(each["off"] or each["limit"] for each in brought)
    card = run("model", "card", JUDGE, judge.version)
    subgroups = card.partition("## Subgroups")[2].partition("\n## ")[0]
    for kind in ("sex:female", "sex:male", "age:65+", "section:plan", "negation", "drug_in"):
        row = re.escape(f"| guard | test1.json | recall/{kind} |")
        assert re.search(row + r" \d.* \| .* to .* \| \d+ \|", subgroups), kind


def test_both_in_one_command_and_the_card_has_every_subgroup(
    installation: Installation, seeded: Path, tmp_path: Path
) -> None:
    judge = shipped(JUDGE)
    added = ("--add", "--by", "ada")
    guard = evaluate(tmp_path, "guard", seeded, "--subject", JUDGE, *added)
    evaluate(
        tmp_path, "support", small_sets.claims(tmp_path / "claims"), "--subject", JUDGE, *added
    )
    kept = json.loads(run("model", "show", JUDGE, judge.version, "--json"))["evaluations"]
    assert [each["document"]["task"] for each in kept][-2:] == ["guard", "support"]
    assert {each["added_by"] for each in kept[-2:]} == {"ada"}
    card = run("model", "card", JUDGE, judge.version)
    _, _, subgroups = card.partition("## Subgroups")
    measures = guard["measures"]
    assert isinstance(measures, dict)
    for named in ("recall/sex:female", "recall/age:40-64", "recall/negation",
                  "recall/section:plan", "flag-rate/section:chief_complaint"):  # fmt: skip
        each = measures[named]
        figures = f"{each['value']:.4g} | {each['low']:.4g} to {each['high']:.4g} | {each['n']}"
        assert f"| guard | errors-dev.json | {named} | {figures} |" in subgroups
    assert "| support | claims_dev.jsonl | auroc/polarity |" in subgroups
    for wanted in ("## Intended use", "English only.", "CC BY 4.0", judge.digest):
        assert wanted in card
    assert judge.told["training"]["data"][0]["digest"] in card


def test_the_check_set_is_shipped_and_its_card_names_data_and_judge(
    installation: Installation, seeded: Path, tmp_path: Path
) -> None:
    checks, judge = shipped(CHECKS), shipped(JUDGE)
    told = evaluate(tmp_path, "guard", seeded, "--add")  # what is shipped needs no name
    assert told["subject"] == {
        "name": CHECKS, "version": checks.version, "digest": checks.digest,
    }  # fmt: skip
    card = run("model", "card", CHECKS, checks.version)
    assert f"- Judge: {JUDGE} {judge.version}, `{judge.digest}`" in card
    assert "attending fit guard" in card
    assert "CC BY 4.0" in card.partition("## Training data")[2].partition("## ")[0]
    assert "| guard | errors-dev.json | recall |" in card


def test_gates_see_the_subgroups(
    installation: Installation, seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(tmp_path, "guard", seeded, "--subject", JUDGE, "--add")
    monkeypatch.setenv("ATTENDING_PROMOTION_LIMITS", '{"recall": {"at_least": 0, "gap": 1}}')
    judge = shipped(JUDGE)
    tenant = ("--tenant", installation.tenant)
    gates = json.loads(run("model", "gates", JUDGE, judge.version, "--json", *tenant))
    asked = {(gate["gate"], gate["measure"]) for gate in gates}
    assert {
        ("limit", "guard recall/sex:female"),
        ("subgroup", "guard recall/section:plan"),
    } <= asked


def test_other_content_than_what_runs_here_is_refused(
    installation: Installation, seeded: Path, tmp_path: Path
) -> None:
    other = Manifest(VersionKind.MODEL, JUDGE, "other", "0" * 64, told={"name": JUDGE})
    registering.register(installation.admin_dsn, other, "ada")
    with pytest.raises(Conflict, match="other is registered") as raised:
        evaluate(tmp_path, "guard", seeded, "--subject", f"{JUDGE}@other")
    assert "ATTENDING_SUPPORT_MODEL" in raised.value.remedy
    assert f"--installed {JUDGE}" in raised.value.remedy
    assert evaluate(tmp_path, "guard", seeded, "--subject", JUDGE)["subject"] != "other"
    with pytest.raises(NotFound, match="no support-judge 99"):
        evaluate(tmp_path, "guard", seeded, "--subject", f"{JUDGE}@99")
    with pytest.raises(InvalidInput, match="no subject another-judge") as absent:
        evaluate(tmp_path, "guard", seeded, "--subject", "another-judge")
    assert JUDGE in absent.value.remedy


def test_a_part_is_not_added(installation: Installation, seeded: Path, tmp_path: Path) -> None:
    for part in (("--limit", 1), ("--off", "unheard-number"), ("--subject", "lexical")):
        with pytest.raises(InvalidInput, match="whole evaluation"):
            evaluate(tmp_path, "guard", seeded, "--add", *part)
    path = tmp_path / "part.json"
    path.write_text(json.dumps(evaluate(tmp_path, "guard", seeded, "--limit", 1)))
    with pytest.raises(InvalidInput, match="left something out"):
        run("model", "evaluate-add", path)


def test_what_runs_here_is_registered_by_command(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTENDING_TEXT_ENDPOINT", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ATTENDING_TEXT_MODEL", "small-writer")
    said = run("model", "register", "--installed", "small-writer", "--by", "ada")
    assert said.startswith("Registered: model small-writer 1")
    assert "note-1@" in run("model", "card", "small-writer", "1")
    with pytest.raises(NotFound, match="does not run here"):
        run("model", "register", "--installed", "nobody")
    with pytest.raises(InvalidInput, match="Give a manifest"):
        run("model", "register")


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """A writer behind an endpoint: it writes of the knee what was said, of the cough nothing."""
    note = {"section": "history_of_present_illness",
            "statements": [{"text": "Left knee hurts since two weeks.", "turns": [2]}]}  # fmt: skip
    answers = json.dumps({"sections": [note]})
    fake = Fake(
        lambda body: answers if "knee" in body["messages"][-1]["content"] else "As an AI, no."
    )
    with faked(fake):
        monkeypatch.setenv("ATTENDING_TEXT_ENDPOINT", fake.base)
        monkeypatch.setenv("ATTENDING_TEXT_MODEL", "stand-in-writer")
        monkeypatch.setenv("ATTENDING_TEXT_MODEL_VERSION", "7")
        yield fake


def test_a_registered_writer_drafts_and_its_fallback_is_a_measure(
    installation: Installation, writer: Fake, tmp_path: Path
) -> None:
    visits = small_sets.visits(tmp_path / "aci")
    asked = ("draft", visits, "--subject", "stand-in-writer@7", "--add")
    with pytest.raises(NotFound, match="registry has no stand-in-writer 7") as raised:
        evaluate(tmp_path, *asked)
    assert "--installed stand-in-writer" in raised.value.remedy
    run("model", "register", "--installed", "stand-in-writer@7", "--by", "ada")
    told = evaluate(tmp_path, *asked)
    measures = told["measures"]
    assert isinstance(measures, dict)
    assert (measures["fell-back"]["value"], measures["fell-back"]["n"]) == (0.5, 2)
    assert measures["unanswered"]["value"] == 0
    assert len(writer.asked) == 2
    card = run("model", "card", "stand-in-writer", "7")
    assert "| draft | valid.csv | fell-back | 0.5 |" in card
    own = evaluate(tmp_path, "draft", visits)["measures"]
    assert isinstance(own, dict)
    assert own["fell-back"]["value"] == 0


def test_a_prompt_is_evaluated_by_its_own_version(
    installation: Installation, writer: Fake, tmp_path: Path
) -> None:
    known = prompt()
    manifest = tmp_path / "prompt.json"
    told = {"kind": "prompt", "name": "stand-in-writer", "version": known.version,
            "digest": known.digest, "intended_use": "Drafts.", "limits": "English."}  # fmt: skip
    manifest.write_text(json.dumps(told))
    run("model", "register", manifest, "--by", "ada")
    subject = f"stand-in-writer@{known.version}"
    found = evaluate(
        tmp_path, "draft", small_sets.visits(tmp_path / "aci"), "--subject", subject, "--add"
    )
    assert found["subject"] == {name: told[name] for name in ("name", "version", "digest")}
    card = run("model", "card", "stand-in-writer", known.version, "--kind", "prompt")
    assert "fell-back" in card


def test_a_writer_that_is_not_there_is_told_and_asked_again_later(
    installation: Installation, writer: Fake, tmp_path: Path
) -> None:
    visits = small_sets.visits(tmp_path / "aci")
    asked = ("draft", visits, "--subject", "stand-in-writer@7")
    run("model", "register", "--installed", "stand-in-writer@7", "--by", "ada")
    writer.raw.append((500, {}, b"{}"))
    with pytest.raises(EngineFailed, match="gave no answer") as raised:
        evaluate(tmp_path, *asked)
    assert "run the command again" in raised.value.remedy
    writer.raw.clear()
    measures = evaluate(tmp_path, *asked)["measures"]
    assert isinstance(measures, dict)
    assert measures["unanswered"]["value"] == 0
