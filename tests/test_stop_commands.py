"""``attending pause`` and ``attending resume``: an administrator stops every clinic at once."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner, Result

from attending.adapters.storage import everywhere
from attending.cli import cli
from attending.core.case import CaseState
from attending.core.errors import InvalidInput, Misconfigured, NotFound
from attending.core.work import Step
from attending.loop.decode import decode
from tests.clinic import Clinic
from tests.conftest import ALL_LINES


@pytest.fixture(autouse=True)
def _as_administrator(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTENDING_ADMIN_URL", clinic.installation.admin_dsn)
    monkeypatch.setenv("ATTENDING_LINES", ALL_LINES)


def run(*words: str) -> Result:
    done = CliRunner().invoke(cli, words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def told(*words: str) -> str:
    return " ".join(run(*words).output.split())


def test_a_line_is_stopped_listed_and_let_go(clinic: Clinic) -> None:
    assert told("resume") == "Nothing is paused for every clinic."
    paused = told("pause", "line", "vitals", "--reason", "A recall [by] the maker.")
    (pause,) = re.findall(r"attending resume ([0-9a-f-]{36})", paused)
    listed = told("resume")
    assert pause in listed
    assert "line vitals" in listed
    assert "A recall [by] the maker." in listed
    source, head = clinic.upload()
    decode(clinic.parts("inference"), clinic.job(Step.DECODE, source.id))
    assert clinic.case(head.id).reason == "line.paused"
    assert "1 cases that waited go on" in told("resume", pause, "--reason", "Mended.")
    assert everywhere.standing(clinic.installation.admin_dsn) == ()
    assert clinic.case(clinic.in_review()).state is CaseState.IN_REVIEW


def test_a_model_that_never_ran_is_stopped_with_a_word_of_doubt(clinic: Clinic) -> None:
    clinic.in_review()
    doubted = told("pause", "model", "mean-rat", "--reason", "A recall.")
    assert "is it spelt right?" in doubted
    known = told("pause", "model", "mean-rate", "--version", "1", "--reason", "A recall.")
    assert "spelt" not in known
    for pause in re.findall(r"attending resume ([0-9a-f-]{36})", doubted + known):
        run("resume", pause, "--reason", "Mended.")


@pytest.mark.parametrize(
    "words",
    [("line", "vital", "--reason", "x"), ("line", "vitals", "--version", "1", "--reason", "x")],
)
def test_a_misspelt_line_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        run("pause", *words)


def test_a_resumption_names_a_pause_and_a_reason(clinic: Clinic) -> None:
    with pytest.raises(NotFound):
        run("resume", str(clinic.tenant), "--reason", "Mended.")
    with pytest.raises(InvalidInput):
        run("resume", str(clinic.tenant))


def test_without_an_installation_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.delenv("ATTENDING_ADMIN_URL")
    with pytest.raises(Misconfigured):
        run("resume", "--home", str(tmp_path))
