"""Every rule of ours speaks on its planted example, is silent beside it, and on the product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.static.planted import ROOT, Place, examples, found, ids, rule_files, semgrep

NAMES = [path.stem for path in rule_files()]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[Place]]:
    """By file of rules, what the rules say of its planted example alone."""
    folder = tmp_path_factory.mktemp("planted")
    for rules in rule_files():
        for planted in examples(rules):
            path = folder / rules.stem / planted.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(planted.lines) + "\n")
    said = semgrep(rule_files()[0].parent, folder, folder=folder)
    return {
        rules.stem: {
            Place(place.rule, place.path.removeprefix(f"{rules.stem}/"), place.line)
            for place in found(said, folder)
            if place.path.startswith(f"{rules.stem}/") and place.rule in ids(rules)
        }
        for rules in rule_files()
    }


@pytest.mark.parametrize("rules", rule_files(), ids=NAMES)
def test_a_rule_speaks_where_it_must_and_nowhere_else(
    places: dict[str, set[Place]], rules: Path
) -> None:
    expected = {mark for planted in examples(rules) for mark in planted.marks("ruleid")}
    assert places[rules.stem] == expected


@pytest.mark.parametrize("rules", rule_files(), ids=NAMES)
def test_every_rule_has_a_bad_example_and_a_good_one(rules: Path) -> None:
    known = set(ids(rules))
    assert known
    for verdict in ("ruleid", "ok"):
        marked = {mark.rule for each in examples(rules) for mark in each.marks(verdict)}
        assert marked == known, verdict


def test_every_rule_says_what_to_do_and_has_a_name_of_its_own() -> None:
    names = [name for rules in rule_files() for name in ids(rules)]
    assert len(set(names)) == len(names) > 20
    for rules in rule_files():
        text = rules.read_text()
        assert text.count("    message: ") == text.count("    severity: ERROR") == len(ids(rules))


def test_nothing_stands_here_but_rules_and_their_examples() -> None:
    folder = rule_files()[0].parent
    assert {path.stem for path in folder.iterdir()} == set(NAMES)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("product")
    return semgrep(rule_files()[0].parent, ROOT / "src", folder=folder)


def test_the_product_keeps_every_rule(product: dict[str, Any]) -> None:
    assert found(product, ROOT) == set()


def test_every_file_of_the_product_was_read(product: dict[str, Any]) -> None:
    code = [*(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.html")]
    unread = {str(p) for p in code if p.stat().st_size} - set(product["paths"]["scanned"])
    assert unread == set()
    assert product["paths"].get("skipped", []) == []
