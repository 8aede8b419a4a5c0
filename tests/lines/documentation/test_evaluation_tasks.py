"""The line's tasks over small sets in the public formats, by the plain peers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from attending.assurance.evaluation import Evaluated, Request, evaluate
from attending.assurance.store import Store
from attending.core.errors import InvalidInput
from attending.core.line import Engines
from attending.core.support import Pair, Verdict
from attending.lines.documentation import headers
from attending.lines.documentation.evaluation import evidence, subjects, tasks
from attending.lines.documentation.evaluation.notes import sectioned
from attending.lines.documentation.evaluation.seeded import with_error
from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.linking import Linker
from tests.lines.documentation import small_sets

TASKS = {task.name: task for task in tasks(Engines())}


def run(name: str, request: Request, tmp_path: Path) -> Evaluated:
    task = TASKS[name]
    trial = task.open(request)
    assert type(task.reading(trial.format)) is type(trial.reading)
    return evaluate(trial, request, Store(tmp_path / "scores"), lambda *_: None)


def values(done: Evaluated) -> dict[str, float]:
    return {name: measure.value for name, measure in done.result.measures.items()}


def test_every_task_of_the_issue_is_offered() -> None:
    assert list(TASKS) == ["guard", "support", "evidence", "negation", "draft", "headers"]


class TestSeeded:
    @pytest.fixture
    def dataset(self, tmp_path: Path) -> Path:
        small_sets.visits(tmp_path / "aci")
        return small_sets.seeded(tmp_path / "errors")

    def test_every_sentence_and_every_error_has_a_row(self, dataset: Path, tmp_path: Path) -> None:
        done = run("guard", Request(dataset, subject="lexical"), tmp_path)
        wrong = done.scores.flags("wrong")
        assert int(wrong.sum()) == 3
        assert int((~wrong).sum()) == 3  # headings assert nothing
        assert done.scores.kinds("type") == ("fabricated", "laterality", "negation")
        assert done.result.format == "seeded-errors"
        assert done.result.split == "dev"

    def test_what_was_never_said_is_found(self, dataset: Path, tmp_path: Path) -> None:
        found = values(run("guard", Request(dataset, subject="lexical"), tmp_path))
        assert found["recall-at-5/fabricated"] == 1
        assert found["recall-at-5/negation"] == 0  # words alone cannot tell
        assert found["recall/fabricated"] == 1
        assert found["flag-rate"] == 0
        assert found["findings-per-clean-note"] == 0
        assert found["recall/sex:female"] == pytest.approx(1 / 3)
        assert found["recall-at-5/age:40-64"] == pytest.approx(found["recall-at-5"])

    def test_a_check_that_is_off_is_named_and_gone(self, dataset: Path, tmp_path: Path) -> None:
        whole = run("guard", Request(dataset), tmp_path)
        reasons = set(" ".join(map(str, whole.scores.texts("reasons"))).split())
        assert reasons
        done = run("guard", Request(dataset, off=frozenset(reasons)), tmp_path)
        assert done.result.off == tuple(sorted(reasons))
        assert set(" ".join(map(str, done.scores.texts("reasons"))).split()) == set()

    def test_dialogues_may_be_elsewhere(self, dataset: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "far" / "away"
        elsewhere.mkdir(parents=True)
        moved = dataset.rename(elsewhere / dataset.name)
        with pytest.raises(InvalidInput, match="dialogues") as raised:
            TASKS["guard"].open(Request(moved))
        assert "--beside" in raised.value.remedy
        request = Request(moved, beside=tmp_path / "aci")
        assert run("guard", request, tmp_path).result.items == 1

    def test_an_error_outside_its_note_is_refused(self, dataset: Path, tmp_path: Path) -> None:
        held = json.loads(dataset.read_text())
        held[0]["errors"][0]["index"] = 99
        dataset.write_text(json.dumps(held))
        with pytest.raises(InvalidInput, match="outside its note"):
            run("guard", Request(dataset), tmp_path)

    def test_an_error_stands_in_its_place(self) -> None:
        lines = sectioned(small_sets.SENTENCES)
        texts, at = with_error(lines, {"index": 2, "original": "No fever.", "seeded": "Fever."})
        assert (len(texts), texts[at][1], at) == (5, "Fever.", 2)
        texts, at = with_error(lines, {"index": 3, "original": None, "seeded": "New."})
        assert (len(texts), texts[at], at) == (6, ("plan", "New."), 4)  # below the heading

    def test_a_visit_may_have_several_records(self, dataset: Path, tmp_path: Path) -> None:
        held = json.loads(dataset.read_text())
        second = {**held[0], "errors": [{"type": "x", "index": 1, "seeded": "Put in."}]}
        dataset.write_text(json.dumps([*held, second]))
        done = run("guard", Request(dataset, subject="lexical"), tmp_path)
        assert done.result.items == 2
        assert int(done.scores.flags("wrong").sum()) == 4
        assert done.scores.kinds("group") == ("V1",)

    def test_the_scores_hold_no_word_of_a_note(self, dataset: Path, tmp_path: Path) -> None:
        done = run("guard", Request(dataset), tmp_path)
        kept = "".join(path.read_text() for path in done.folder.iterdir())
        for word in ("knee", "ibuprofen", "Colonoscopy", "fever", "martha"):
            assert word not in kept


class TestOtherGuardSets:
    def test_summaries_with_scores(self, tmp_path: Path) -> None:
        dataset = small_sets.summaries(tmp_path / "data" / "summaries")
        found = values(run("guard", Request(dataset, subject="lexical"), tmp_path))
        assert found["auroc"] == 1
        assert found["auroc-length"] == 1
        assert found["gain-over-length/highest"] == 0
        assert found["auroc-cross-validated"] > 0.9
        assert found["recall"] == 1

    def test_summaries_need_a_score_each(self, tmp_path: Path) -> None:
        folder = tmp_path / "data" / "summaries"
        dataset = small_sets.summaries(folder)
        small_sets.table(folder / "manual.csv", {"HallucinationRate": 0, "OmissionRate": 0})
        with pytest.raises(InvalidInput, match="12 summaries"):
            TASKS["guard"].open(Request(dataset))
        (folder / "manual.csv").unlink()
        with pytest.raises(InvalidInput, match="manual scores"):
            TASKS["guard"].open(Request(dataset))

    def test_notes_of_systems_and_of_wrong_patients(self, tmp_path: Path) -> None:
        small_sets.visits(tmp_path / "aci")
        outputs = tmp_path / "aci" / "outputs"
        small_sets.table(
            outputs / "good.csv",
            {"note": "Left knee hurts.", "encounter_id": "V1"},
            {"note": "Cough for five days.", "encounter_id": "V2"},
        )
        small_sets.table(
            outputs / "bad.csv",
            {"note": "Colonoscopy showed polyps. Left knee hurts.", "encounter_id": "V1"},
        )
        done = run("guard", Request(outputs, subject="lexical"), tmp_path)
        found = values(done)
        assert found["flagged/good"] == 0
        assert found["flagged/bad"] == 0.5
        assert found["findings-per-note/bad"] == 1
        assert found["flagged/reference"] == 0
        assert found["flagged/wrong-patient"] == 1
        assert done.result.better["flagged/reference"] == "lower"
        assert done.result.better["flagged/bad"] == "none"

    def test_another_systems_notes_are_no_reference(self, tmp_path: Path) -> None:
        small_sets.visits(tmp_path / "aci")
        both = [
            small_sets.table(
                tmp_path / "aci" / "outputs" / name,
                {"note": note, "encounter_id": "V1", "dialogue": small_sets.DIALOGUE},
                {"note": note, "encounter_id": "V2", "dialogue": small_sets.OTHER},
            )
            for name, note in (("a.csv", "Colonoscopy showed polyps."), ("b.csv", "Knee hurts."))
        ]
        found = values(run("guard", Request(both[1], subject="lexical"), tmp_path))
        assert found["flagged/reference"] == 0
        assert "flagged/a" not in found

    def test_reference_notes_of_one_file(self, tmp_path: Path) -> None:
        dataset = small_sets.visits(tmp_path / "aci")
        found = values(run("guard", Request(dataset, subject="lexical"), tmp_path))
        assert found["findings-per-note/valid"] == 0
        assert found["flagged/wrong-patient"] == 1

    def test_visits_that_are_called_id(self, tmp_path: Path) -> None:
        small_sets.table(
            tmp_path / "asr" / "who_metadata.csv",
            {"id": "A1", "patient_gender": "male", "patient_age": "50"},
        )
        dataset = small_sets.table(
            tmp_path / "asr" / "asr.csv",
            {"id": "A1", "dialogue": small_sets.DIALOGUE, "note": small_sets.NOTE},
            {"id": "A2", "dialogue": small_sets.OTHER, "note": small_sets.OTHER_NOTE},
        )
        found = values(run("guard", Request(dataset, subject="lexical"), tmp_path))
        assert found["flagged/wrong-patient"] == 1
        assert "rouge-l/sex:male" in values(run("draft", Request(dataset), tmp_path))

    def test_a_recogniser_beside_people(self, tmp_path: Path) -> None:
        dataset = small_sets.recordings(tmp_path / "visits")
        found = values(run("guard", Request(dataset, subject="lexical"), tmp_path))
        assert (
            found["flag-rate/human"]
            == found["flag-rate/tiny-whisper"] + found["flag-rate-added/tiny-whisper"] * -1
        )
        assert "recall-lost/tiny-whisper" in found

    def test_recordings_need_a_recognisers_text(self, tmp_path: Path) -> None:
        dataset = small_sets.recordings(tmp_path / "visits")
        with pytest.raises(InvalidInput, match="recognisers' texts"):
            TASKS["guard"].open(Request(dataset, beside=dataset))

    def test_phrases_with_values(self, tmp_path: Path) -> None:
        dataset = small_sets.lines(
            tmp_path / "phrases.jsonl",
            {"text": "Blood pressure is 145 over 90.", "implausible": False},
            {"text": "Her pulse is 720.", "implausible": True},
            {"text": "Oxygen saturation of 120 percent.", "implausible": True},
        )
        done = run("guard", Request(dataset), tmp_path)
        assert values(done) == {"recall": 1, "flag-rate": 0}
        reasons = frozenset(" ".join(map(str, done.scores.texts("reasons"))).split())
        assert values(run("guard", Request(dataset, off=reasons), tmp_path))["recall"] == 0


class TestSupport:
    def test_claims_by_kind_and_those_that_nobody_trained_on(self, tmp_path: Path) -> None:
        dataset = small_sets.claims(tmp_path / "support")
        for given in (dataset, dataset.parent):
            done = run("support", Request(given, subject="lexical"), tmp_path)
            found = values(done)
            assert found["auroc/other_patient"] == 1
            assert found["auroc/polarity"] < 1
            assert done.result.measures["auroc"].n == 6
            assert done.result.measures["auroc/valid-only"].n == 4

    def test_scientific_claims(self, tmp_path: Path) -> None:
        done = run("support", Request(small_sets.science(tmp_path), subject="lexical"), tmp_path)
        assert values(done)["auroc"] == 1
        assert done.result.measures["auroc"].n == 2

    def test_missing_dialogues_and_abstracts_are_told(self, tmp_path: Path) -> None:
        dataset = small_sets.claims(tmp_path / "a" / "support")
        (dataset.parent / "dialogues.jsonl").unlink()
        with pytest.raises(InvalidInput, match="dialogues"):
            TASKS["support"].open(Request(dataset))
        dataset = small_sets.science(tmp_path / "b" / "science")
        (dataset.parent / "corpus.jsonl.gz").unlink()
        with pytest.raises(InvalidInput, match="abstracts"):
            TASKS["support"].open(Request(dataset))


def test_evidence_is_looked_for_in_all_dialogues(tmp_path: Path) -> None:
    done = run("evidence", Request(small_sets.claims(tmp_path), subject="lexical"), tmp_path)
    assert values(done) == {"right-first": 1, "right-in-3": 1}
    assert done.result.measures["right-first"].n == 3  # those that are supported


def test_the_talk_of_a_block_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    class Counted(Linker):
        def __init__(self, turns: Sequence[Turn]) -> None:
            read.append(len(turns))
            super().__init__(turns)

    monkeypatch.setattr(evidence, "Linker", Counted)
    done = run("evidence", Request(small_sets.claims(tmp_path)), tmp_path)
    assert values(done)["right-in-3"] == 1
    assert len(read) == 1


def test_negation_and_time(tmp_path: Path) -> None:
    dataset = small_sets.lines(
        tmp_path / "n.jsonl",
        *(
            {"id": str(i), "concept": c, "sentence": s, "negation": n, "temporality": t}
            for i, (c, s, n, t) in enumerate(
                [
                    ("fever", "No FEVER.", "Negated", "Recent"),
                    ("cough", "He has a COUGH.", "Affirmed", "Recent"),
                    ("stroke", "History of STROKE.", "Affirmed", "Historical"),
                ]
            )
        ),
    )
    found = values(run("negation", Request(dataset), tmp_path))
    assert found["negation-f1"] == 1
    assert found["temporality-f1"] == 1


class TestDrafts:
    def test_dialogues_with_notes(self, tmp_path: Path) -> None:
        done = run("draft", Request(small_sets.visits(tmp_path / "aci")), tmp_path)
        found = values(done)
        assert 0 < found["rouge-2"] < found["rouge-1"] <= 1
        assert found["flag-rate"] == 0  # the extractive engine quotes
        assert "rouge-l/sex:male" in found

    def test_recorded_visits(self, tmp_path: Path) -> None:
        done = run("draft", Request(small_sets.recordings(tmp_path / "visits")), tmp_path)
        assert values(done)["rouge-1"] > 0


class TestHeaders:
    def test_the_shipped_model_beats_the_most_frequent_section(self, tmp_path: Path) -> None:
        dataset = small_sets.table(
            tmp_path / "h.csv",
            {
                "section_header": "ALLERGY",
                "dialogue": "Doctor: Any allergies?\nPatient: Penicillin.",
            },
            {
                "section_header": "FAM/SOCHX",
                "dialogue": "Doctor: Do you smoke or drink?\nPatient: No.",
            },
        )
        shipped = values(run("headers", Request(dataset), tmp_path))
        plain = values(run("headers", Request(dataset, subject="most-frequent"), tmp_path))
        assert shipped["accuracy"] == 1
        assert plain["accuracy"] == 0.5

    def test_a_model_is_the_same_for_the_same_examples(self, tmp_path: Path) -> None:
        examples = [("A", "one two two"), ("B", "two three three"), ("A", "one"), ("B", "three")]
        model = headers.fitted(examples, "x")
        assert model.section("one one") == "A"
        assert model.section("three") == "B"
        assert model.section("unknown") in {"A", "B"}
        for name in ("a", "b"):
            headers.write(headers.fitted(examples, "x"), tmp_path / name)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


DATASETS = {
    "guard": small_sets.recordings,
    "support": small_sets.claims,
    "evidence": small_sets.claims,
    "draft": small_sets.visits,
    "negation": small_sets.claims,
    "headers": small_sets.claims,
}


@pytest.mark.parametrize("name", list(TASKS))
class TestRefusals:
    def test_an_unknown_format(self, name: str, tmp_path: Path) -> None:
        dataset = small_sets.lines(tmp_path / "x.jsonl", {"some": "thing"})
        for given in (dataset, tmp_path):
            with pytest.raises(InvalidInput, match="no format that this task knows") as raised:
                TASKS[name].open(Request(given))
            assert "It reads" in raised.value.remedy

    def test_an_empty_file_and_none(self, name: str, tmp_path: Path) -> None:
        empty = tmp_path / "x.jsonl"
        empty.write_text("")
        with pytest.raises(InvalidInput, match="holds no record"):
            TASKS[name].open(Request(empty))
        with pytest.raises(InvalidInput, match="There is no"):
            TASKS[name].open(Request(tmp_path / "absent.csv"))

    def test_a_check_that_is_not_there(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="no check nonsense to turn off"):
            TASKS[name].open(Request(DATASETS[name](tmp_path), off=frozenset({"nonsense"})))

    def test_an_unknown_subject(self, name: str, tmp_path: Path) -> None:
        dataset = small_sets.lines(tmp_path / "x.jsonl", {"some": "thing"})
        with pytest.raises(InvalidInput, match="no subject nobody"):
            TASKS[name].open(Request(dataset, subject="nobody"))


class TestSubjects:
    def test_a_pair_is_judged_once_and_forgotten_when_told(self) -> None:
        class Counting:
            name, version = "counting", "1"
            asked: int = 0

            def judge(self, pairs: tuple[Pair, ...]) -> tuple[Verdict, ...]:
                self.asked += len(pairs)
                return tuple(Verdict(len(p.claim) / 10, 0, 0) for p in pairs)

        model = Counting()
        remembering = subjects.Remembering(model)
        one, other = Pair("a", "x"), Pair("bb", "x")
        assert [v.supported for v in remembering.judge([one, other, one])] == [0.1, 0.2, 0.1]
        remembering.judge([other])
        assert model.asked == 2
        remembering.forget()
        remembering.judge([other])
        assert model.asked == 3

    def test_the_check_set_is_another_with_another_judge(self) -> None:
        class Model:
            name = "small"

            def __init__(self, version: str) -> None:
                self.version = version

            def judge(self, pairs: object) -> tuple[Verdict, ...]:
                raise AssertionError

        sets = [subjects.Here(Engines(support=m)).checks for m in (None, Model("7"), Model("8"))]
        assert len({each.subject.digest for each in sets}) == len(sets)
        assert {each.name for each in sets} == {"documentation-checks"}


def test_a_limit_leaves_the_dataset_what_it_is(tmp_path: Path) -> None:
    dataset = small_sets.claims(tmp_path / "support")
    request = Request(dataset, subject="lexical")
    whole, part = (run("support", r, tmp_path).result for r in (request, replace(request, limit=1)))
    assert part.items == 1
    assert part.digest == whole.digest
    assert part.evaluation != whole.evaluation
