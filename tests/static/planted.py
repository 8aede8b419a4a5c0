"""The rules' planted examples, each put where it says it stands, and what semgrep finds there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
SEMGREP = ROOT / ".venv-checks" / "bin" / "semgrep"
QUIET = ("--metrics=off", "--disable-version-check", "--disable-nosem", "--no-git-ignore")

_AT = re.compile(r"\bat: (\S+)")
_MARK = re.compile(r"\b(ruleid|ok): ([\w-]+(?:, [\w-]+)*)")
_ID = re.compile(r"^  - id: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Place:
    """A line of a planted file, for one rule."""

    rule: str
    path: str
    line: int


@dataclass(frozen=True)
class Planted:
    """One file of an example, as it is put down: ``path`` is below the repository's root."""

    path: str
    lines: tuple[str, ...]

    def marks(self, verdict: str) -> Iterator[Place]:
        """Where a rule must speak (``ruleid``) or be silent (``ok``): the line after the mark."""
        for number, line in enumerate(self.lines, 1):
            for said, rules in _MARK.findall(line):
                if said == verdict:
                    yield from (Place(rule, self.path, number + 1) for rule in rules.split(", "))


def rule_files() -> list[Path]:
    return sorted(RULES.glob("*.yaml"))


def ids(rules: Path) -> list[str]:
    return _ID.findall(rules.read_text())


def examples(rules: Path) -> list[Planted]:
    """Of a file of rules, from the file of the same name beside it."""
    [example] = [path for path in RULES.glob(f"{rules.stem}.*") if path.suffix != ".yaml"]
    found: list[tuple[str, list[str]]] = []
    for line in example.read_text().splitlines():
        if begins := _AT.search(line):
            found.append((begins[1], []))
        found[-1][1].append(line)
    return [Planted(path, tuple(lines)) for path, lines in found]


def semgrep(rules: Path, *targets: Path, folder: Path) -> dict[str, Any]:
    """What semgrep says of everything below the targets, without asking anybody else."""
    assert SEMGREP.exists(), "semgrep is not installed: `make check` does it"
    command = [SEMGREP, "scan", *QUIET, "--json", "--quiet", "--config", rules, *targets]
    own = {"SEMGREP_SETTINGS_FILE": str(folder / "settings.yml"), "SEMGREP_LOG_FILE": os.devnull}
    done = subprocess.run(
        command, cwd=folder, env=os.environ | own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["errors"] == [], said["errors"]
    return said


def found(said: dict[str, Any], below: Path) -> set[Place]:
    return {
        Place(
            each["check_id"].rpartition(".")[2],
            str(Path(each["path"]).relative_to(below)),
            each["start"]["line"],
        )
        for each in said["results"]
    }
