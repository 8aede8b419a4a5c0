"""The threat model is held against the suite: what it names exists, and nothing is missing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/compliance/threat-model.md").read_text()
ROWS = re.findall(r"^\| (T\d+) \|(.+)\|$", PAGE, re.MULTILINE)


def named_in(row: str) -> list[str]:
    return re.findall(r"`(tests/[\w/]+\.py(?:::\w+)*)`", row.rpartition("|")[2])


def known(path: Path) -> set[str]:
    """Names of a file's tests and test classes, "Class::test" too."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef))
            names |= {f"{node.name}::{each.name}" for each in inner}
    return names


def test_threats_are_numbered_without_gaps() -> None:
    assert [name for name, _row in ROWS] == [f"T{n}" for n in range(1, len(ROWS) + 1)]
    assert len(ROWS) > 20


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[name for name, _row in ROWS])
def test_each_threat_is_answered_by_tests_that_exist(name: str, row: str) -> None:
    named = named_in(row)
    assert named, name
    for each in named:
        file, _, test = each.partition("::")
        assert (ROOT / file).exists(), each
        assert not test or test in known(ROOT / file), each


def test_every_attack_has_its_threat() -> None:
    named = {each.partition("::")[0] for _name, row in ROWS for each in named_in(row)}
    files = {f"tests/attacks/{path.name}" for path in (ROOT / "tests/attacks").glob("test_*.py")}
    assert files <= named, sorted(files - named)
