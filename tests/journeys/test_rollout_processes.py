"""A version's way through real processes: a real proof, a real inference, and no restart."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attending.adapters.storage import registering
from attending.core.registry import ModelVersion
from attending.demo.client import Api
from tests.plugins.two_engines import SlowestRate
from tests.registered import document
from tests.stack import ROOT, Stack

LINES = '["tests.plugins.two_engines"]'


@pytest.fixture(scope="module")
def stack(server: Path) -> Iterator[Stack]:
    with Stack.opened(server, server=server, lines=LINES) as opened:
        yield opened


@pytest.fixture(scope="module")
def version(stack: Stack) -> ModelVersion:
    """Both engines came with the line; only what is registered by itself is used here."""
    admin = stack.installation.admin_dsn
    made = registering.found(admin, SlowestRate().model.name, "1")
    registering.add_evaluation(admin, document(made, recall=0.9), "ada")
    return made


def command(stack: Stack, *words: str) -> str:
    """As an administrator, in a process of its own."""
    environment = {
        "ATTENDING_ADMIN_URL": stack.installation.admin_dsn,
        "ATTENDING_LINES": LINES,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "-m", "attending", "model", *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answered(stack: Stack) -> dict[str, Any]:
    """Step and model of the runs of a new visit, once its draft is there."""
    case = stack.upload()
    stack.await_state(case, "in_review")
    query = "select step, model_name from attending.runs where source_id = %s"
    return dict(stack.rows(query, stack.source_of(case)))  # type: ignore[arg-type]


def test_promoted_rolled_out_and_taken_back_without_a_restart(
    stack: Stack, version: ModelVersion
) -> None:
    assert answered(stack)["infer"] == "mean-rate"
    command(stack, "rollout", version.name, "1", "--line", "vitals", "--as", "shadow")
    told = answered(stack)
    assert told["infer"] == "mean-rate"

    address = f"/v1/models/{version.id}/promotion"
    prepared = stack.api.get(address)
    assert prepared["passed"]
    proof = {"kind": "oidc", "token": stack.api.prove(prepared["digest"])}
    signed = {"digest": prepared["digest"], "prepared_at": prepared["prepared_at"], "proof": proof}
    promoted = stack.api.post(address, signed)
    engineer = Api.logged_in(stack.installation, "demo-engineer")
    part = {"line": "vitals", "version": str(version.id), "role": "champion"}
    engineer.post("/v1/rollouts", part)
    case = stack.upload()
    stack.finish(case)  # signed and released like any other
    query = """select model_name, parameters->>'rollout' from attending.runs
               where source_id = %s and step = 'infer'"""
    assert stack.rows(query, stack.source_of(case)) == [("slowest-rate", "champion")]

    assert "Champion: the line's own" in command(stack, "rollback", "--line", "vitals")
    assert answered(stack)["infer"] == "mean-rate"
    told = engineer.get("/v1/answers", name="slowest-rate")
    assert [each["case"] for each in told["answers"]] == [case]
    listed = {each["name"]: each for each in engineer.get("/v1/models")["versions"]}
    assert [each["digest"] for each in listed["slowest-rate"]["promotions"]] == [promoted["digest"]]
    stack.assert_chain_holds()


def test_a_shadow_is_kept_beside_and_never_in_the_record(
    stack: Stack, version: ModelVersion
) -> None:
    command(stack, "rollout", version.name, "1", "--line", "vitals", "--as", "shadow")
    case = stack.decided()
    stack.sign(case)
    stack.await_state(case, "released")
    source = stack.source_of(case)
    query = "select step, model_name from attending.runs where source_id = %s order by step"
    assert ("beside", "slowest-rate") in stack.rows(query, source)
    assert ("infer", "mean-rate") in stack.rows(query, source)
    told = str(stack.notes(case)) + str(stack.api.get(f"/v1/cases/{case}"))
    assert "slowest-rate" not in told
