"""The commands of docs/evaluation.md are run as they stand, and its tables hold what is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attending import app
from attending.assurance.result import Measure, Result, Subject
from attending.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/evaluation.md").read_text()
COMMANDS = re.findall(r"^\$ attending (.+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command prints, in a folder that holds nothing but the page's examples."""
    folder = tmp_path_factory.mktemp("engineer")
    (folder / "docs").symlink_to(ROOT / "docs")
    return {
        command: subprocess.run(
            [sys.executable, "-m", "attending", *command.split()],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for command in dict.fromkeys(COMMANDS)
    }


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) == 6


def test_every_command_runs(answers: dict[str, str]) -> None:
    assert all(answer.strip() for answer in answers.values())
    (document,) = [json.loads(a) for command, a in answers.items() if command.endswith("--json")]
    assert document["task"] == "support"
    compared = next(a for command, a in answers.items() if command.startswith("compare"))
    assert "auroc" in compared


def test_the_page_names_every_key_of_the_document() -> None:
    result = Result("d", "0", Subject("s", "1", "0"), {"m": Measure(1, 1, 1, 1)}, "t")
    table = PAGE.partition("## The document")[2].partition("## ")[0]
    assert set(re.findall(r"`(\w+)`", table)) >= result.document().keys()


def test_the_page_names_every_task_and_subject() -> None:
    tasks = app.evaluation_tasks(Settings())
    table = PAGE.partition("## Tasks and their measures")[2].partition("## ")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(tasks)
    assert "|".join(tasks) in PAGE
    names = {name for task in tasks.values() for name in task.offers.names}
    assert {name for name in names if name not in PAGE} == set()
