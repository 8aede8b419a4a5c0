"""What the measurements rest on: scores of speech, rewritten queries, the page."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from uuid import UUID

import pytest

from attending.core.speech import Role, Transcript, Utterance, Word
from benchmarks import report
from benchmarks.bench import Figure
from benchmarks.hot_queries import Statement, Visit
from benchmarks.recording import true_transcript, true_turns, write_recording
from benchmarks.speech_scores import heard, said, score, speaker_time_wrong, word_time_wrong, words

VISIT = Visit(*(UUID(int=n) for n in range(1, 6)))
SPANS = [(Role(t["role"]), float(t["start"]), float(t["end"])) for t in true_turns()]


def spoken(role: Role, text: str, start: float = 0.0) -> Utterance:
    timed = [Word(w, start + n, start + n + 1, 0.9) for n, w in enumerate(text.split())]
    return Utterance(f"u{start}", role.value, role, tuple(timed))


def test_a_perfect_transcript_has_no_error() -> None:
    truth = said((turn["role"], turn["text"]) for turn in true_turns())
    counted = score(truth, heard(true_transcript()))
    assert counted.errors == 0
    assert counted.words == len(truth) > 300
    assert counted.drugs_heard == counted.drugs == 9
    assert counted.negations_heard == counted.negations == 9
    assert word_time_wrong(truth, heard(true_transcript())) == 0
    assert speaker_time_wrong(SPANS, true_transcript()) < 0.02


def test_each_kind_of_error_is_counted() -> None:
    truth = said([("patient", "I take no metformin and no aspirin")])
    found = Transcript((spoken(Role.PATIENT, "I take metformin and no a spin too"),), 9.0)
    counted = score(truth, heard(found))
    assert (counted.errors, counted.words) == (4, 7)  # no gone, aspirin swapped, two added
    assert (counted.drugs_heard, counted.drugs) == (1, 2)
    assert (counted.negations_heard, counted.negations) == (1, 2)


def test_time_of_the_wrong_speaker_is_counted() -> None:
    found = Transcript((spoken(Role.CLINICIAN, "a b c d"), spoken(Role.PATIENT, "e f", 4.0)), 6.0)
    turns = [(Role.CLINICIAN, 0.0, 3.0), (Role.PATIENT, 3.0, 6.0)]
    assert speaker_time_wrong(turns, found) == pytest.approx(1 / 6, abs=0.01)
    truth = said([("clinician", "a b c"), ("patient", "d e f")])
    assert word_time_wrong(truth, heard(found)) == pytest.approx(1 / 6)


def test_numbers_are_the_same_word_however_written() -> None:
    assert words("Five hundred, twice. Don’t!") == ["500", "twice", "don't"]
    assert words("ten of 10") == ["10", "of", "10"]
    timed = heard(Transcript((spoken(Role.PATIENT, "five hundred"),), 2.0))
    assert [(each.word, each.seconds) for each in timed] == [("500", 2.0)]


@pytest.mark.parametrize(
    ("query", "plain", "values"),
    [
        (
            "select a from attending.cases where id = %s order by b limit %s",
            (
                "select a from attending.cases where cases.tenant_id = %s and id = %s"
                " order by b limit %s"
            ),
            (VISIT.tenant, 7, 8),
        ),
        (
            (
                "select r.* from attending.runs r join attending.sources s on s.id = r.x"
                " where r.id = %s and r.y = %s"
            ),
            (
                "select r.* from attending.runs r join attending.sources s on s.id = r.x"
                " where r.tenant_id = %s and r.id = %s and r.y = %s"
            ),
            (VISIT.tenant, 7, 8),
        ),
        (
            "select key from attending.tenants",
            "select key from attending.tenants where tenants.tenant_id = %s",
            (VISIT.tenant,),
        ),
    ],
)
def test_without_policies_the_statement_asks_for_the_tenant(
    query: str, plain: str, values: tuple[object, ...]
) -> None:
    statement = Statement(query, (7, 8)[: query.count("%s")])
    assert statement.bound(VISIT, policies=True) == (query, (7, 8)[: query.count("%s")])
    asked, bound = statement.bound(VISIT, policies=False)
    assert asked.split() == plain.split()
    assert bound == values


def test_the_recording_has_the_length_that_was_asked_for(tmp_path: Path) -> None:
    for seconds in (3.0, 130.0):
        with wave.open(str(write_recording(tmp_path / "a.wav", seconds))) as file:
            assert file.getnframes() == seconds * file.getframerate()


def test_the_page_keeps_its_words_and_gets_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    marks = {n: (report.BEGIN.format(name=n), report.END.format(name=n)) for n in ("loop", "rls")}
    blocks = [f"{begin}\nold {name}\n{end}\n" for name, (begin, end) in marks.items()]
    page.write_text(f"Before.\n{''.join(blocks)}After.\n")
    monkeypatch.setattr(report, "PAGE", page)
    made = report.Report.begun(["--write"])
    made.add("loop", [Figure.at_most("Loop", 3.0, "s", 2.0, "why"), Figure("Rate", 1234.5, "/s")])
    made.write()
    text = page.read_text()
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "old loop" not in text
    assert "old rls" in text
    assert "| Loop | 3.000 s | ≤ 2 s | **no** | why |" in text
    assert "| Rate | 1,234 /s |  |  |  |" in text
    assert json.loads(made.as_json())["figures"]["loop"][0]["met"] is False
