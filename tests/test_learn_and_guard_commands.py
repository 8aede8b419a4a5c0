"""``attending guard`` and ``attending learn``, as a person runs them."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from attending.cli import cli
from attending.core.case import DecisionKind
from attending.core.errors import Conflict, InvalidInput
from attending.core.ids import CaseId
from attending.core.work import Purpose
from attending.loop.intake import record_consent
from tests.clinic import Clinic
from tests.plugins.judging import Judging
from tests.plugins.vitals_line.steps import VitalsLine

CALM = b"0,80\n1,81\n"


@pytest.fixture(autouse=True)
def _as_web(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in clinic.installation.environment("web").items():
        monkeypatch.setenv(name, value)


def run(clinic: Clinic, *words: str) -> Result:
    done = CliRunner().invoke(cli, [*words, "--tenant", str(clinic.tenant)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def checks(clinic: Clinic) -> dict[str, dict[str, object]]:
    listed = json.loads(run(clinic, "guard", "list", "--json").stdout)["checks"]
    return {each["name"]: each for each in listed}


def test_a_check_is_turned_off_listed_and_turned_on(clinic: Clinic) -> None:
    before = checks(clinic)
    assert before["fast-rate"]["off"] is None
    assert before["implausible-value"]["severities"] == ["serious"]
    act = ("fast-rate", "--by", "demo-safety", "--reason", "Too many flags.")
    run(clinic, "guard", "off", *act)
    off = checks(clinic)["fast-rate"]["off"]
    assert isinstance(off, dict)
    assert (off["by"], off["reason"]) == ("Noor Haddad (demo)", "Too many flags.")
    assert "Too many" in run(clinic, "guard", "list").stdout
    with pytest.raises(Conflict):
        run(clinic, "guard", "off", *act)
    run(clinic, "guard", "on", *act)
    assert checks(clinic)["fast-rate"]["off"] is None


def test_who_and_what_the_guard_command_refuses(clinic: Clinic) -> None:
    why = ("--reason", "Because.")
    with pytest.raises(InvalidInput, match="safety officer"):
        run(clinic, "guard", "off", "fast-rate", "--by", "demo-clinician", *why)
    with pytest.raises(InvalidInput, match="form"):
        run(clinic, "guard", "off", "well-formed", "--by", "demo-safety", *why)
    assert all(each["off"] is None for each in checks(clinic).values())


def test_a_budget_is_chosen_listed_and_chosen_again(clinic: Clinic) -> None:
    before = checks(clinic)
    assert before["fast-rate"]["budget"] is None
    usual = before["fidelity"]["budget"]
    assert isinstance(usual, dict)
    assert (usual["flags"], usual["chosen"]) == (usual["usual"], None)
    act = ("--by", "demo-safety", "--reason", "Too many flags.")
    told = " ".join(run(clinic, "guard", "budget", "1", *act).stdout.split())
    assert "fidelity makes about 1 warning on a note without errors" in told
    budget = checks(clinic)["fidelity"]["budget"]
    assert isinstance(budget, dict)
    assert budget["flags"] == 1
    assert (budget["chosen"]["by"], budget["chosen"]["reason"]) == (
        "Noor Haddad (demo)", "Too many flags.",
    )  # fmt: skip
    listed = run(clinic, "guard", "list").stdout
    assert "about 1 warning on a note without errors, since" in listed
    assert "2: " in listed
    with pytest.raises(Conflict):
        run(clinic, "guard", "budget", "1", *act)
    run(clinic, "guard", "budget", "2", "--check", "fidelity", *act)
    again = checks(clinic)["fidelity"]["budget"]
    assert isinstance(again, dict)
    assert again["flags"] == 2


def test_which_budgets_the_command_refuses(clinic: Clinic) -> None:
    why = ("--by", "demo-safety", "--reason", "Because.")
    with pytest.raises(InvalidInput, match="cannot keep"):
        run(clinic, "guard", "budget", "7", *why)
    with pytest.raises(InvalidInput, match="no budget"):
        run(clinic, "guard", "budget", "1", "--check", "fast-rate", *why)
    with pytest.raises(InvalidInput, match="safety officer"):
        run(clinic, "guard", "budget", "1", "--by", "demo-clinician", "--reason", "Because.")


def test_what_a_large_judge_said(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ATTENDING_JUDGE_ENDPOINT" in run(clinic, "learn", "judge").stdout
    judged = replace(VitalsLine(), checks=(*VitalsLine().checks, Judging()))
    monkeypatch.setitem(clinic.lines, "vitals", judged)
    clinic.in_review()
    told = run(clinic, "learn", "judge").stdout
    assert "large 1, beside score 1, judge 1" in told
    assert "section rate:" in told
    assert "Too few for a recalibration" in told
    (report,) = json.loads(run(clinic, "learn", "judge", "--json").stdout)["reports"]
    assert report["rows"][0]["n"] == report["rows"][0]["doubted"] > 0


def signed(clinic: Clinic, text: str) -> CaseId:
    """A note of which one section was edited, released."""
    case = clinic.in_review(CALM)
    clinic.see_all(case)
    clinic.decide(case, "rate", DecisionKind.EDIT, text=text)
    clinic.decide(case, "fast", DecisionKind.REJECT, reason="It was not said")
    clinic.sign(case)
    clinic.deliver(case)
    return case


def say(clinic: Clinic, case: CaseId, *, granted: bool) -> None:
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        patient = unit.cases.case(case).patient
        record_consent(unit, patient, Purpose.TRAINING, granted=granted, by=by)


def take(
    clinic: Clinic, folder: Path, by: str = "demo-engineer"
) -> tuple[list[dict[str, object]], dict[str, object]]:
    run(clinic, "learn", "corrections", "--out", str(folder), "--by", by)
    lines = (folder / "corrections.jsonl").read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["digest"] == f"sha256:{hashlib.sha256(lines).hexdigest()}"
    return [json.loads(line) for line in lines.splitlines()], manifest


def test_corrections_are_taken_out_where_consent_stands(clinic: Clinic, tmp_path: Path) -> None:
    kept, withdrawn = signed(clinic, "Rate as usual"), signed(clinic, "Rate too fast")
    say(clinic, withdrawn, granted=False)
    lines, manifest = take(clinic, tmp_path / "first")
    encounters = {line["encounter_id"] for line in lines}
    assert str(kept) in encounters
    assert str(withdrawn) not in encounters
    (struck,) = [x for x in lines if x["encounter_id"] == str(kept) and x["section"] == "fast"]
    assert (struck["outcome"], struck["reason"]) == ("struck", "It was not said")
    assert [x["signed"] for x in lines if x["outcome"] == "added"] == ["Rate as usual"]
    for name in ("corrections.jsonl", "manifest.json"):
        assert stat.S_IMODE((tmp_path / "first" / name).stat().st_mode) == 0o600
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        entries = [json.loads(each.entry) for each in unit.trail.entries(0, 100_000)]
    (told,) = [each for each in entries if each["action"] == "corrections.exported"]
    assert told["actor"] == str(clinic.person("demo-engineer").id)
    assert told["detail"]["digest"] == manifest["digest"]
    say(clinic, withdrawn, granted=True)  # asked again at each export
    say(clinic, kept, granted=False)
    again, _ = take(clinic, tmp_path / "second")
    assert {line["encounter_id"] for line in again} == {str(withdrawn)}


def test_where_corrections_are_not_written(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    served, open_to_all = tmp_path / "static", tmp_path / "open"
    open_to_all.mkdir(mode=0o755)
    for folder in (tmp_path / "repository" / "out", served / "out", open_to_all):
        with pytest.raises(InvalidInput):
            take(clinic, folder)
    with pytest.raises(InvalidInput):
        take(clinic, tmp_path / "mine", by="demo-clinician")
    take(clinic, tmp_path / "mine")
    with pytest.raises(InvalidInput):
        take(clinic, tmp_path / "mine")


def test_series_as_a_document_and_as_a_table(clinic: Clinic) -> None:
    signed(clinic, "Secretly changed")
    document = json.loads(run(clinic, "learn", "series", "--json").stdout)
    by = {(each["kind"], each["of"], each["measure"]): each for each in document["series"]}
    assert document["notes"] == by["section", "note", "seconds_to_sign"]["n"]
    assert by["section", "fast", "fidelity"]["mean"] == 0
    assert by["reason", "It was not said", "sections"]["mean"] > 0
    assert by["section", "rate", "fidelity"]["model"] == "mean-rate 1"
    assert "Secretly" not in json.dumps(document)
    assert "too few notes" in " ".join(run(clinic, "learn", "series").stdout.split())
