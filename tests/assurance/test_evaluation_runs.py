"""A run keeps every score, goes on after a kill, and reads what stands."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from attending.assurance.evaluation import Evaluated, Request, evaluate
from attending.assurance.result import read_result
from attending.assurance.store import Store
from attending.core.errors import Conflict, InvalidInput, NotFound
from tests.assurance.plain_trial import Scoring, trial

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.json"
    path.write_text("[1, 2]")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "scores")


def run(dataset: Path, store: Store, scoring: Scoring | None = None, **more: str) -> Evaluated:
    return evaluate(
        trial(dataset, scoring or Scoring(), **more), Request(dataset), store, lambda *_: None
    )


def test_the_document_holds_what_the_issue_names(dataset: Path, store: Store) -> None:
    document = json.loads(run(dataset, store).result.as_json())
    assert {"dataset", "digest", "subject", "measures"} <= document.keys()
    assert document["dataset"] == "numbers.json"
    assert document["digest"] == hashlib.sha256(dataset.read_bytes()).hexdigest()
    assert document["subject"] == {"name": "s", "version": "1", "digest": "0" * 64}
    assert document["measures"].keys() == {"auroc", "mean", "error"}
    for measure in document["measures"].values():
        assert measure.keys() == {"value", "low", "high", "n"}
        assert measure["low"] <= measure["value"] <= measure["high"]
        assert measure["n"] == 24
    assert document["better"]["error"] == "lower"


def test_a_killed_run_goes_on_where_it_was(dataset: Path, store: Store, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.assurance.plain_trial",
        str(dataset),
        str(store.root),
        "7",
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        with pytest.raises(Conflict):  # while it lives, nobody else writes
            run(dataset, store)
        process.send_signal(signal.SIGKILL)
    (scores,) = store.root.glob("*/scores.jsonl")
    assert len(scores.read_bytes().splitlines()) == 7
    with scores.open("ab") as lines:  # as if it had been killed in the middle of a line
        lines.write(b'{"item": "7", "rows": [{"ro')
    scoring = Scoring()
    done = run(dataset, store, scoring)
    assert scoring.scored == ["7", "8", "9", "10", "11"]
    assert done.read == 7
    whole = run(dataset, Store(tmp_path / "elsewhere"))
    assert done.result == whole.result
    assert store.rows(done.result.evaluation) == Store(tmp_path / "elsewhere").rows(
        whole.result.evaluation
    )


def test_a_second_run_reads(dataset: Path, store: Store) -> None:
    first = run(dataset, store)
    scoring = Scoring()
    again = run(dataset, store, scoring)
    assert scoring.scored == []
    assert again.read == 12
    assert again.result == first.result
    assert list(again.scores.numbers("doubled")) == list(first.scores.numbers("doubled"))


def test_what_is_scored_otherwise_is_another_evaluation(
    dataset: Path, store: Store, tmp_path: Path
) -> None:
    beside = tmp_path / "dialogues.json"
    beside.write_text("[]")
    told = Request(dataset)
    runs = [
        (trial(dataset, Scoring()), told),
        (trial(dataset, Scoring(), version="2"), told),
        (trial(dataset, Scoring(), subject="t"), told),
        (trial(dataset, Scoring(), beside=(beside,)), told),
        (trial(dataset, Scoring()), replace(told, off=frozenset({"number"}))),
        (trial(dataset, Scoring()), replace(told, limit=3)),
    ]
    digests = {evaluate(t, r, store, lambda *_: None).result.evaluation for t, r in runs}
    dataset.write_text("[1, 2, 3]")
    digests.add(run(dataset, store).result.evaluation)
    assert len(digests) == len(runs) + 1


def test_the_same_data_elsewhere_is_the_same_evaluation(
    dataset: Path, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    copy = folder / "renamed.json"
    copy.write_bytes(dataset.read_bytes())
    assert run(dataset, store).result.evaluation == run(copy, store).result.evaluation


def test_a_folder_has_the_digest_of_its_files(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.json").write_text("1")
    (folder / "b.json").write_text("2")
    first = run(folder, store).result.digest
    (folder / "b.json").rename(folder / "c.json")
    assert run(folder, store).result.digest != first


def test_a_limit_scores_the_first_items(dataset: Path, store: Store) -> None:
    scoring = Scoring()
    request = Request(dataset, limit=3)
    done = evaluate(trial(dataset, scoring), request, store, lambda *_: None)
    assert scoring.scored == ["0", "1", "2"]
    assert done.result.items == 3


def test_progress_is_told(dataset: Path, store: Store) -> None:
    told: list[tuple[int, int]] = []
    evaluate(trial(dataset, Scoring()), Request(dataset), store, lambda *at: told.append(at))
    assert told == [(done, 12) for done in range(13)]


def test_scores_are_their_owners_alone(dataset: Path, store: Store) -> None:
    folder = run(dataset, store).folder
    assert folder.stat().st_mode & 0o077 == 0


def test_a_result_is_found_by_the_beginning_of_its_digest(dataset: Path, store: Store) -> None:
    result = run(dataset, store).result
    assert store.result(result.evaluation[:12]) == result
    for wrong in ("", "0000000000", result.evaluation[:4], "*" * 8, "../" + result.evaluation):
        with pytest.raises(NotFound):
            store.result(wrong)


def test_a_document_that_is_no_result_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for content in ("", "[]", '{"dataset": "x"}'):
        path.write_text(content)
        with pytest.raises(InvalidInput):
            read_result(path)
