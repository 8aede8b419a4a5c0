"""Bandit, as `make check` runs it, finds nothing in the product and what is planted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.static.planted import ROOT

PLANTED = {
    "B102": "exec(content)",
    "B105": "password = 'hunter2'",
    "B108": "open('/tmp/note', 'w')",
    "B110": "try:\n    work()\nexcept Exception:\n    pass",
    "B301": "import pickle\npickle.loads(content)",
    "B306": "import tempfile\ntempfile.mktemp()",
    "B311": "import random\nrandom.random()",
    "B324": "import hashlib\nhashlib.md5(content)",
    "B501": "import requests\nrequests.get(url, verify=False, timeout=5)",
    "B506": "import yaml\nyaml.load(content)",
    "B602": "import subprocess\nsubprocess.run(name, shell=True)",
    "B701": "import jinja2\njinja2.Environment(autoescape=False)",
    "B704": "from markupsafe import Markup\nMarkup(content)",
}


def bandit(*targets: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-c", "pyproject.toml", "-r"]
    done = subprocess.run(
        [*command, *targets], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["errors"] == []
    assert (done.returncode == 0) is (said["results"] == [])
    return said


def test_the_product_has_no_finding() -> None:
    said = bandit(ROOT / "src")
    assert said["results"] == []
    assert said["metrics"]["_totals"]["loc"] > 5_000


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What is found, by the file that it was planted in."""
    folder = tmp_path_factory.mktemp("bandit")
    for name, code in PLANTED.items():
        (folder / f"{name}.py").write_text(f"{code}\n")
    found: dict[str, set[str]] = {name: set() for name in PLANTED}
    for result in bandit(folder)["results"]:
        found[Path(result["filename"]).stem].add(result["test_id"])
    return found


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(planted: dict[str, set[str]], name: str) -> None:
    assert name in planted[name]


def test_every_exception_says_why() -> None:
    """It names what it is of, and stands behind a reason."""
    found = [
        line
        for path in (ROOT / "src").rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r"\bnosec\b", line)
    ]
    assert found
    reason = r"# (noqa: \w+ - )?(?!noqa)\w+,? \w+.*  # nosec B\d+$"
    assert [line for line in found if not re.search(reason, line)] == []
