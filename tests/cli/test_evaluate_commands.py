"""``attending evaluate`` and ``attending compare`` as they are typed; no database is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from attending.cli import cli
from attending.core.errors import AttendingError, InvalidInput, NotFound
from tests.lines.documentation import small_sets


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return small_sets.claims(tmp_path / "support")


def run(tmp_path: Path, *arguments: str | Path) -> Result:
    words = [*map(str, arguments), "--scores", str(tmp_path / "scores")]
    done = CliRunner().invoke(cli, words)
    if isinstance(done.exception, AttendingError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def document(tmp_path: Path, dataset: Path, *more: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        run(tmp_path, "evaluate", "support", dataset, "--json", *more).stdout
    )
    return found


def test_the_table_names_measures_and_intervals(dataset: Path, tmp_path: Path) -> None:
    shown = run(tmp_path, "evaluate", "support", dataset).stdout
    assert re.search(r"auroc +│ +[01]\.\d{3} │ [01]\.\d{3} - [01]\.\d{3} │ +6", shown)
    assert "dev" in shown


def test_json_is_one_document_and_the_same_twice(dataset: Path, tmp_path: Path) -> None:
    first = document(tmp_path, dataset)
    assert {"dataset", "digest", "subject", "measures"} <= first.keys()
    assert first == document(tmp_path, dataset)
    assert first == document(tmp_path / "anew", dataset)


def test_a_report_is_written(dataset: Path, tmp_path: Path) -> None:
    run(tmp_path, "evaluate", "support", dataset, "--report", tmp_path / "report")
    assert "<svg" in (tmp_path / "report" / "report.html").read_text()
    told = json.loads((tmp_path / "report" / "result.json").read_text())
    assert told == document(tmp_path, dataset)


def test_what_is_off_and_how_many_is_in_the_document(tmp_path: Path) -> None:
    small_sets.visits(tmp_path / "aci")
    errors = small_sets.seeded(tmp_path / "errors")
    asked = ("evaluate", "guard", errors, "--off", "unheard-number", "--limit", "1")
    told = json.loads(run(tmp_path, *asked, "--json").stdout)
    assert (told["off"], told["items"]) == (["unheard-number"], 1)
    assert "turned off: unheard-number" in " ".join(run(tmp_path, *asked).stdout.split())


def test_scores_of_an_earlier_version_are_not_read_by_items(dataset: Path, tmp_path: Path) -> None:
    told = document(tmp_path, dataset)
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**told, "version": "before"}))
    found = json.loads(run(tmp_path, "compare", path, str(told["evaluation"]), "--json").stdout)
    assert not any(each["paired"] for each in found)


def test_two_are_compared_by_digest_and_by_file(dataset: Path, tmp_path: Path) -> None:
    one, other = document(tmp_path, dataset), document(tmp_path, dataset, "--subject", "lexical")
    digests = str(one["evaluation"])[:12], str(other["evaluation"])[:12]
    by_digest = json.loads(run(tmp_path, "compare", *digests, "--json").stdout)
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, told in zip(files, (one, other), strict=True):
        path.write_text(json.dumps(told))
    assert json.loads(run(tmp_path, "compare", *files, "--json").stdout) == by_digest
    assert {each["measure"] for each in by_digest} == set(one["measures"])  # type: ignore[call-overload]
    assert all(each["paired"] for each in by_digest)
    shown = run(tmp_path, "compare", *files).stdout
    assert "not sure" in shown
    assert "B: lexical" in shown


def test_documents_alone_are_compared_by_their_intervals(dataset: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document(tmp_path, dataset)))
    elsewhere = tmp_path / "elsewhere"
    told = json.loads(run(elsewhere, "compare", path, path, "--json").stdout)
    assert not any(each["paired"] for each in told)
    shown = run(elsewhere, "compare", path, path).stdout
    assert "less than the items would" in " ".join(shown.split())


def test_what_cannot_be_is_told_with_a_way_on(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no evaluation called nothing") as raised:
        run(tmp_path, "evaluate", "nothing", dataset)
    assert "guard" in raised.value.remedy
    with pytest.raises(NotFound):
        run(tmp_path, "compare", "abcdef012345", "abcdef012345")
    with pytest.raises(InvalidInput, match="no format"):
        run(tmp_path, "evaluate", "headers", dataset)
