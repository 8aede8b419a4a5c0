"""``attending model``: the registry at the command line, as an administrator has it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from attending.cli import cli
from attending.core.errors import Conflict, InvalidInput, NotFound
from attending.core.rollout import Role
from attending.core.work import Run
from tests.clinic import Clinic
from tests.docs.test_docs import ROOT
from tests.plugins.two_engines import SlowestRate
from tests.registered import Registry, document

PAPER = ROOT / "docs/operations/models.md"


@pytest.fixture
def registry(server: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with Clinic.opened(server, '["tests.plugins.vitals_line"]') as clinic:
        settings = clinic.installation.environment("web")
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ATTENDING_ADMIN_URL", clinic.installation.admin_dsn)
        yield Registry(clinic)


def run(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["model", *map(str, words)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def manifest(folder: Path, **changed: Any) -> Path:
    """As the paper shows it, with weights beside it."""
    (shown,) = re.findall(r"```json\n(.*?)```", PAPER.read_text(), re.DOTALL)
    (folder / "weights.onnx").write_bytes(b"weights")
    told = json.loads(shown) | {"file": "weights.onnx"} | changed
    told.pop("digest")
    path = folder / "manifest.json"
    path.write_text(json.dumps(told))
    return path


def test_a_manifest_is_registered_and_its_card_is_of_the_registry(
    registry: Registry, folder: Path
) -> None:
    path = manifest(folder)
    assert "Registered: model support 3" in run("register", path, "--by", "ada")
    path.unlink()
    weights = hashlib.sha256(b"weights").hexdigest()
    assert weights[:12] in run("list")
    card = run("card", "support", "3")
    told = json.loads(run("show", "support", "3", "--json"))
    for wanted in (
        weights,
        "MIT",
        "Apache-2.0",
        "## Intended use",
        "## Limits",
        "## Training data",
        told["manifest"]["training"]["data"][0]["digest"],
        told["manifest"]["training"]["data"][0]["licence"],
        told["manifest"]["training"]["command"],
        "by ada",
    ):
        assert wanted in card, wanted


def test_an_evaluation_is_on_the_card_by_whole_and_by_subgroup(registry: Registry) -> None:
    version = registry.register()
    path = registry.clinic.installation.home / "evaluation.json"
    path.write_text(document(version, recall=0.9, recall__negation=0.7))
    kept = run("evaluate-add", path).splitlines()[-1]
    assert run("evaluate-add", path).splitlines()[-1] == kept  # once
    card = run("card", "slowest-rate", "1")
    whole, subgroups = card.split("## Evaluations")[1].split("## Subgroups")
    assert "| recall | 0.9 | 0.85 to 0.95 | 100 |" in whole
    assert "| recall/negation | 0.7 |" in subgroups
    assert "recall/negation" not in whole
    assert kept in card
    assert "recall/negation  0.7" in run("show", "slowest-rate", "1")


def test_gates_are_told_measure_by_measure(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = registry.register()
    registry.evaluated(registry.own, recall=0.9)
    assert "failed  evaluated" in run("gates", version.name, version.version, code=1)
    registry.evaluated(version, recall=0.88)
    told = run("gates", version.name, version.version)
    assert "Compared with mean-rate 1." in told
    assert "passed  no worse  draft recall  0.88" in told
    monkeypatch.setenv("ATTENDING_PROMOTION_LIMITS", '{"recall": {"at_least": 0.95}}')
    assert "failed  limit  draft recall" in run("gates", version.name, version.version, code=1)
    monkeypatch.setenv("ATTENDING_PROMOTION_LIMITS", "{}")
    monkeypatch.setenv("ATTENDING_PROMOTION_REQUIRES", '["guard"]')
    gates = json.loads(run("gates", version.name, version.version, "--json", code=1))
    assert [g["measure"] for g in gates if g["outcome"] == "failed"] == ["guard"]


def test_a_rollout_and_its_end_by_command(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = registry.register(SlowestRate())
    given = ("slowest-rate", "1", "--line", "vitals")
    with pytest.raises(Conflict, match="not promoted"):
        run("rollout", *given, "--as", "champion")
    registry.evaluated(version)
    registry.promote(version)
    told = run("rollout", *given, "--as", "champion", "--tenant", registry.clinic.tenant)
    assert told.strip() == "slowest-rate 1 is champion on vitals for *. Champion: slowest-rate 1."
    case, first = registry.answer()
    assert first.model.name == "slowest-rate"
    told = run("rollback", "--line", "vitals", "--tenant", registry.clinic.tenant)
    assert "Champion: the line's own engine." in told
    assert registry.answer()[1].model.name == "mean-rate"
    run("rollout", *given, "--as", "canary", "--share", "1")
    run("pause", *given)
    assert registry.answer()[1].parameters["passed_over"] == "slowest-rate 1: paused"
    told = run("who", "--version", "slowest-rate 1")
    assert str(case) in told
    assert "paused" in told
    then = json.loads(run("who", "--at", first.finished_at.isoformat(), "--json"))
    assert [part["role"] for part in then["parts"]] == ["champion"]
    assert {answer["case"] for answer in then["answers"]} == {str(case)}
    with registry.clinic.web.transaction(registry.clinic.tenant, "tests") as unit:
        told = " ".join(each.entry for each in unit.trail.entries(0, 1000))
    assert re.search(r'"action": "rollout.withdrawn".*?"administrator"|administrator', told)


def test_any_past_moment_says_who_answered_whom_across_a_rollback(registry: Registry) -> None:
    version = registry.promoted()
    own, first = registry.answer()
    registry.roll(version, Role.CHAMPION)
    theirs, second = registry.answer()
    registry.roll_back()
    again, third = registry.answer()
    registry.roll(version, Role.CHAMPION)
    last, fourth = registry.answer()

    def then(run_: Run) -> tuple[list[str], dict[str, str]]:
        told = json.loads(run("who", "--at", run_.finished_at.isoformat(), "--json"))
        parts = [f"{part['version']} {part['role']}" for part in told["parts"]]
        answers = {a["case"]: a["name"] for a in told["answers"] if a["step"] == "infer"}
        return parts, answers

    ours = {str(own): "mean-rate"}
    assert then(first) == ([], ours)
    ours[str(theirs)] = "slowest-rate"
    assert then(second) == (["slowest-rate 1 champion"], ours)
    ours[str(again)] = "mean-rate"
    assert then(third) == ([], ours)
    ours[str(last)] = "slowest-rate"
    assert then(fourth) == (["slowest-rate 1 champion"], ours)
    told = json.loads(run("who", "--version", "slowest-rate 1", "--json"))
    assert {answer["case"] for answer in told["answers"]} == {str(theirs), str(last)}


def test_pairs_tell_figures_and_no_words(registry: Registry) -> None:
    registry.roll(registry.register(), Role.SHADOW)
    case = registry.clinic.decided()
    registry.clinic.sign(case)
    tenant = ("--tenant", registry.clinic.tenant)
    [pair] = json.loads(run("pairs", "--line", "vitals", "--json", *tenant))
    assert pair["beside"] == "slowest-rate 1"
    assert pair["agreement"] == 1.0
    told = run("pairs", "--line", "vitals", *tenant)
    assert "Heart rate" not in told + json.dumps(pair)


def test_what_is_misspelt_or_incomplete_is_refused(registry: Registry, folder: Path) -> None:
    with pytest.raises(NotFound):
        run("card", "nobody", "1")
    with pytest.raises(InvalidInput, match="no such line"):
        run("rollout", "mean-rate", "1", "--line", "vital", "--as", "shadow")
    with pytest.raises(InvalidInput, match="cohort"):
        run("rollout", "mean-rate", "1", "--line", "vitals", "--as", "shadow", "--cohort", "all")
    with pytest.raises(InvalidInput, match="share"):
        run("rollout", "mean-rate", "1", "--line", "vitals", "--as", "canary")
    with pytest.raises(InvalidInput, match="intended_use"):
        run("register", manifest(folder, intended_use=None))
    with pytest.raises(InvalidInput, match="not there"):
        run("register", manifest(folder, file="other.onnx"))
    broken = folder / "broken.json"
    broken.write_text("{}")
    with pytest.raises(InvalidInput):
        run("evaluate-add", broken)


def test_the_commands_of_the_paper_run(registry: Registry, folder: Path) -> None:
    """In their order; between them the clinician's signature, which no command makes."""
    manifest(folder)
    fenced = re.findall(r"```(\w*)\n(.*?)```", PAPER.read_text(), re.DOTALL)
    blocks = [block for language, block in fenced if not language]
    commands = [
        shlex.split(line.partition("#")[0])
        for block in blocks
        for line in block.splitlines()
        if line.startswith("attending model ")
    ]
    assert len(commands) > 8
    (folder / "result.json").write_text("{}")
    version = None
    for words in commands:
        given = [
            str(folder / word)
            if word.endswith(".json")
            else word.replace("TENANT", str(registry.clinic.tenant))
            for word in words[2:]
        ]
        given = ["vitals" if word == "documentation" else word for word in given]
        if given[0] == "rollout" and version is not None:
            registry.promote(version)
            version = None
        run(*given)
        if given[0] == "register":
            version = _registered(registry, folder)


def _registered(registry: Registry, folder: Path) -> Any:
    from attending.adapters.storage import registering

    version = registering.found(registry.admin, "support", "3")
    (folder / "result.json").write_text(document(version, auroc=0.9))
    return version
