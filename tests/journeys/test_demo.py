"""The main job, as a newcomer runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from attending.demo.commands import SAMPLE
from attending.demo.document import NoteDocument
from attending.demo.installation import Installation
from tests.journeys.sounds import excerpt

pytestmark = pytest.mark.xdist_group("demo")


def attending(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "attending", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def document(demo: Installation) -> NoteDocument:
    done = attending("demo", "--once", "--json", "--home", str(demo.home))
    assert done.returncode == 0, done.stderr
    return NoteDocument.model_validate_json(done.stdout)


def test_once_goes_from_recording_to_record(document: NoteDocument) -> None:
    assert document.case.state == "released"
    assert document.record is not None
    assert document.record.resource["resourceType"] == "DocumentReference"
    assert document.signature is not None


def test_two_speakers_are_told_apart_with_their_roles(document: NoteDocument) -> None:
    roles = {utterance.role for utterance in document.transcript.utterances}
    assert roles == {"clinician", "patient"}


def test_every_statement_shows_its_source(document: NoteDocument) -> None:
    spoken = {utterance.id for utterance in document.transcript.utterances}
    statements = [s for section in document.sections for s in section.statements]
    assert statements
    for statement in statements:
        assert statement.human or {span.utterance for span in statement.evidence} <= spoken
        assert statement.human or statement.evidence


def test_the_clinician_accepted_edited_and_rejected(document: NoteDocument) -> None:
    kinds = [section.decision.kind for section in document.sections if section.decision]
    assert len(kinds) == len(document.sections)
    assert set(kinds) == {"accept", "edit", "reject"}


def test_every_step_has_its_seconds(document: NoteDocument) -> None:
    assert {"intake", "decode", "infer", "guard", "sign", "release"} <= set(document.seconds)


def test_trace_and_audit_tell_the_same_story(demo: Installation, document: NoteDocument) -> None:
    traced = attending("trace", str(document.case.encounter), "--home", str(demo.home))
    assert traced.returncode == 0, traced.stderr
    assert "signed → released" in traced.stdout.replace("\n", " ")
    pointed = attending("audit", "checkpoint", "--home", str(demo.home))
    assert pointed.returncode == 0, pointed.stderr
    verified = attending("audit", "verify", "--home", str(demo.home))
    assert verified.returncode == 0, verified.stderr
    assert "The chain holds." in verified.stdout


def test_logs_and_database_log_hold_no_words_of_the_visit(
    demo: Installation, document: NoteDocument
) -> None:
    words = ("lisinopril", "penicillin", "Carter")
    for log in demo.home.glob("*.log"):
        content = log.read_text().lower()
        assert not [word for word in words if word.lower() in content], log.name


def test_logs_are_json_lines_with_entry_and_exit(
    demo: Installation, document: NoteDocument
) -> None:
    lines = (demo.home / "inference.log").read_text().splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    decode = [e["event"] for e in events if e.get("step") == "decode"]
    assert {"entered", "left"} <= set(decode)


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".ogg", ".webm"])
def test_note_takes_any_format_up_to_review(demo: Installation, folder: Path, suffix: str) -> None:
    recording = excerpt(SAMPLE, folder / f"visit{suffix}", 12)
    done = attending("note", str(recording), "--home", str(demo.home))
    assert done.returncode == 0, done.stderr
    assert "blood pressure" in done.stdout
    assert f"{demo.web_url}/cases/" in done.stdout + done.stderr


def test_schema_is_printed() -> None:
    assert json.loads(attending("schema").stdout)["title"] == "NoteDocument"
