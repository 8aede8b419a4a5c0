"""Datasets are read by what they hold; what cannot be read is told, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.core.errors import InvalidInput
from attending.core.speech import Role
from attending.lines.documentation.corpora.dialogues import textgrid_turns, turns_of
from attending.lines.documentation.evaluation import formats
from attending.lines.documentation.evaluation.errors import seeded
from attending.lines.documentation.evaluation.notes import lines_of, sectioned
from attending.lines.documentation.evaluation.visits import band
from tests.lines.documentation import small_sets


class TestConversations:
    def test_tags_of_aci_bench(self) -> None:
        turns = turns_of("[doctor] hi , andrew .\n[patient] hey\nagain [doctor] well")
        assert [(t.role, t.text) for t in turns] == [
            (Role.CLINICIAN, "hi , andrew ."), (Role.PATIENT, "hey again"), (Role.CLINICIAN, "well"),
        ]  # fmt: skip
        assert [t.index for t in turns] == [0, 1, 2]

    def test_names_of_mts_dialog(self) -> None:
        turns = turns_of(
            "Doctor: Pain?\n Patient: Yes. Note: bad.\nGuest_family: He is.\nDocotr: So."
        )
        assert [t.role for t in turns] == [
            Role.CLINICIAN,
            Role.PATIENT,
            Role.PATIENT,
            Role.CLINICIAN,
        ]
        assert turns[1].text == "Yes. Note: bad."

    def test_slips_are_mended_but_for_the_judge_that_learned_them(self) -> None:
        talk = "Docotr: Pain? Patient: No.\nSister: He sleeps."
        mended, kept = turns_of(talk), turns_of(talk, mended=False)
        assert [(t.role, t.text) for t in mended] == [
            (Role.CLINICIAN, "Pain?"), (Role.PATIENT, "No. Sister: He sleeps."),
        ]  # fmt: skip
        assert [(t.role, t.text) for t in kept] == [
            (Role.PATIENT, "Pain? Patient: No. Sister: He sleeps."),
        ]  # fmt: skip

    def test_what_is_said_before_the_first_speaker_is_nobodys(self) -> None:
        assert [t.role for t in turns_of("Hello.\n[patient] hi")] == [Role.UNKNOWN, Role.PATIENT]

    def test_plain_text_is_nobodys(self) -> None:
        turns = turns_of("Hello there. How are you? Fine.")
        assert [t.text for t in turns] == ["Hello there.", "How are you?", "Fine."]
        assert {t.role for t in turns} == {Role.UNKNOWN}

    def test_textgrids_are_joined_in_order_of_time(self, tmp_path: Path) -> None:
        folder = small_sets.recordings(tmp_path / "visits")
        turns = textgrid_turns(*(folder / f"day1_consultation01_{who}.TextGrid"
                                 for who in ("doctor", "patient")))  # fmt: skip
        assert [t.role for t in turns] == [Role.CLINICIAN, Role.PATIENT]
        assert turns[0].text.startswith("Any fever ?")

    def test_another_file_is_no_textgrid(self, tmp_path: Path) -> None:
        path = tmp_path / "x.TextGrid"
        path.write_text("hello")
        with pytest.raises(InvalidInput):
            textgrid_turns(path, path)

    @given(st.text(max_size=200))
    def test_any_text_gives_turns_with_words(self, text: str) -> None:
        assert all(turn.text.strip() for turn in turns_of(text))


class TestNotes:
    def test_sentences_stand_under_their_headings(self) -> None:
        found = lines_of(
            "HISTORY OF PRESENT ILLNESS\n\nDr. Smith saw him. He weighs 82.5 kg. No pain.\n"
            "Plan: rest and fluids.\n- Start aspirin.\n"
        )
        assert [(line.section, line.text) for line in found if not line.heading] == [
            ("history_of_present_illness", "Dr. Smith saw him."),
            ("history_of_present_illness", "He weighs 82.5 kg."),
            ("history_of_present_illness", "No pain."),
            ("plan", "rest and fluids."),
            ("plan", "Start aspirin."),
        ]

    def test_a_sentence_is_no_heading_and_an_unknown_heading_ends_a_section(self) -> None:
        found = sectioned(["PLAN", "Rest.", "No pain", "WEATHER", "Fine."])
        assert [line.heading for line in found] == [True, False, False, True, False]
        assert [line.section for line in found] == ["plan", "plan", "plan", "", ""]

    @given(st.text(max_size=200))
    def test_no_word_is_lost(self, text: str) -> None:
        kept = "".join("".join(line.text.split()) for line in lines_of(text))
        bare = [c for line in text.splitlines() for c in line if c.isalpha()]
        assert [c for c in kept if c.isalpha()] == bare


class TestFiles:
    def test_the_forms_of_records(self, tmp_path: Path) -> None:
        held = {"a": "1"}
        for path in (
            small_sets.lines(tmp_path / "x.jsonl", held),
            small_sets.lines(tmp_path / "x.jsonl.gz", held),
            small_sets.table(tmp_path / "x.csv", held),
        ):
            assert formats.records(path) == (held,)
        path = tmp_path / "x.json"
        path.write_text('[{"a": "1"}]')
        assert formats.records(path) == (held,)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("x.jsonl", b""), ("x.csv", b"a,b\n"), ("x.json", b"[]"), ("x.jsonl", b"{"),
            ("x.json", b"\xff\xfe\x00"), ("x.json", b"[1, 2]"), ("x.jsonl.gz", b"no gzip"),
        ],
    )  # fmt: skip
    def test_what_holds_no_record_is_refused(
        self, tmp_path: Path, name: str, content: bytes
    ) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match=name):
            formats.records(path)
        assert formats.holding([path], "a") == ()

    def test_a_file_is_recognised_by_its_fields(self, tmp_path: Path) -> None:
        one = small_sets.lines(tmp_path / "one.jsonl", {"a": 1, "b": 2})
        other = small_sets.table(tmp_path / "other.csv", {"a": 1})
        assert formats.holding([one, other], "a", "b") == (one,)

    def test_a_name_says_the_split(self) -> None:
        names = {"test1.json": "test", "valid.csv": "dev", "dev-train-valid.json": "dev",
                 "train.csv": "train", "mine.csv": ""}  # fmt: skip
        assert {name: formats.split_of(name) for name in names} == names


def test_ages_become_bands() -> None:
    told = {"58": "40-64", "45.0": "40-64", "22-month": "0-17", "100": "65+", "": "", "?": ""}
    assert {age: band(age) for age in told} == told


class TestOwnErrors:
    HEARD = "my left knee hurts for 3 days and i take metformin no fever"

    def test_each_kind_changes_one_thing(self) -> None:
        note = ["Left knee hurts for 3 days.", "No fever.", "Takes metformin.", "Well."]
        found = {(e.index, e.kind): e.text for e in seeded(note, self.HEARD)}
        assert found[0, "laterality"] == "Right knee hurts for 3 days."
        assert found[0, "number"] == "Left knee hurts for 10 days."
        assert found[1, "negation"] == "fever."
        assert "metformin" not in found[2, "drug"]
        assert {index for index, _ in found} == {0, 1, 2}

    def test_the_same_twice(self) -> None:
        note = ["Takes metformin 500 mg.", "Denies pain."]
        assert seeded(note, self.HEARD) == seeded(note, self.HEARD)

    def test_nothing_that_was_said_is_put_in(self) -> None:
        heard = "amlodipine warfarin sertraline omeprazole prednisolone 10 14"
        found = seeded(["Takes gabapentin 3 times."], heard)
        assert [e.text for e in found if e.kind == "number"] == ["Takes gabapentin 16 times."]
        (drug,) = [e.text for e in found if e.kind == "drug"] or ["Takes gabapentin 3 times."]
        assert drug == "Takes gabapentin 3 times."
