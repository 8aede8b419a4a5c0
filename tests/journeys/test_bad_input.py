"""What comes in may be anything: a clear error, or an honest "no speech found"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from attending.core.errors import EngineFailed
from attending.demo.client import Api, ApiRefusedError, new_encounter
from attending.demo.commands import SAMPLE
from attending.demo.installation import PEOPLE, Installation
from tests.journeys.conftest import UPLOAD_LIMIT
from tests.journeys.sounds import excerpt, melody, noise, silence, tone

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def api(demo: Installation) -> Iterator[Api]:
    opened = Api.logged_in(demo, PEOPLE[0].username)
    opened = Api(opened.http, demo, opened.username, patience=120)
    yield opened
    opened.http.close()


@pytest.fixture
def encounter(api: Api) -> str:
    target = api.get("/v1/targets")["items"][0]
    identity = {"reference": "Patient/bad-input", "name": "Bad Input", "birth_date": "1970-01-01"}
    patient = api.post("/v1/patients", {"target": target["id"], "identity": identity})
    for purpose in ("record", "assistance"):
        api.put(f"/v1/patients/{patient['id']}/consents/{purpose}", {"granted": True})
    return new_encounter(api, patient)


def sections_of(api: Api, received: dict[str, Any]) -> list[dict[str, Any]]:
    api.await_draft(received["source"], lambda _done: None)
    told: list[dict[str, Any]] = api.get(f"/v1/cases/{received['case']}")["sections"]
    return told


def test_an_empty_file_is_refused_and_leaves_nothing(
    api: Api, encounter: str, folder: Path
) -> None:
    empty = folder / "empty.wav"
    empty.touch()
    before = api.get("/v1/cases")["items"]
    with pytest.raises(ApiRefusedError) as refused:
        api.upload(encounter, empty)
    assert refused.value.problem["code"] == "input.invalid"
    assert api.get("/v1/cases")["items"] == before


def test_a_file_above_the_limit_is_refused(
    api: Api, encounter: str, folder: Path, demo: Installation
) -> None:
    large = folder / "large.wav"
    large.write_bytes(b"RIFF" + bytes(UPLOAD_LIMIT))
    kept = sorted((demo.home / "blobs").rglob("*"))
    with pytest.raises(ApiRefusedError) as refused:
        api.upload(encounter, large)
    assert refused.value.problem["code"] == "source.too_large"
    assert refused.value.problem["status"] == 413
    assert sorted((demo.home / "blobs").rglob("*")) == kept


def test_a_content_type_that_no_line_takes_is_refused(api: Api, encounter: str) -> None:
    answer = api.http.post(
        f"/v1/encounters/{encounter}/sources",
        params={"line": "documentation"},
        content=b"%PDF-1.7",
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.status_code == 415
    assert answer.json()["code"] == "source.unsupported"
    assert answer.json()["remedy"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.wav", b"This is a letter, not a recording.\n" * 40),
        ("cut.mp3", b"\xff\xfb\x90\x00" + bytes(20)),
        ("header.ogg", b"OggS" + bytes(60)),
    ],
)
def test_what_cannot_be_decoded_waits_for_a_person(
    api: Api, encounter: str, folder: Path, name: str, content: bytes
) -> None:
    file = folder / name
    file.write_bytes(content)
    received = api.upload(encounter, file)
    with pytest.raises(EngineFailed):
        api.await_draft(received["source"], lambda _done: None)
    source = api.get(f"/v1/sources/{received['source']}")
    assert (source["state"], source["reason"]) == ("failed", "source.unreadable")
    failures = api.get("/v1/failures")["items"]
    mine = [each for each in failures if each["subject_id"] == received["source"]]
    assert len(mine) == 1
    assert mine[0]["code"] == "source.unreadable"


@pytest.mark.parametrize(
    "samples",
    [
        lambda: noise(0.1),
        lambda: silence(4),
        lambda: noise(6),
        lambda: melody(6),
    ],
    ids=["a tenth of a second", "silence", "noise", "music"],
)
def test_no_speech_is_said_to_be_none(
    api: Api, encounter: str, folder: Path, samples: Callable[[], Any]
) -> None:
    received = api.upload(encounter, tone(folder / "quiet.wav", samples()))
    assert all(section["statements"] == [] for section in sections_of(api, received))
    rendition = api.get(f"/v1/cases/{received['case']}/rendition")
    assert rendition["utterances"] == []


def test_a_truncated_mp3_gives_what_was_there(api: Api, encounter: str, folder: Path) -> None:
    whole = excerpt(SAMPLE, folder / "whole.mp3", 12)
    cut = folder / "cut.mp3"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    sections = sections_of(api, api.upload(encounter, cut))
    assert any(section["statements"] for section in sections)


def test_the_same_recording_twice_is_one_case(api: Api, encounter: str, folder: Path) -> None:
    recording = tone(folder / "twice.wav", silence(1))
    first, second = (api.upload(encounter, recording) for _ in range(2))
    assert first["case"] == second["case"]


def test_without_consent_nothing_is_taken(api: Api, folder: Path) -> None:
    target = api.get("/v1/targets")["items"][0]
    identity = {"reference": "Patient/no-consent", "name": "No Consent"}
    patient = api.post("/v1/patients", {"target": target["id"], "identity": identity})
    encounter = new_encounter(api, patient)
    with pytest.raises(ApiRefusedError) as refused:
        api.upload(encounter, tone(folder / "no.wav", silence(1)))
    assert refused.value.problem["code"] == "consent.missing"


def test_a_misheard_blood_pressure_does_not_pass_unflagged(
    api: Api, encounter: str, data: Path
) -> None:
    recordings = data / "scribe" / "hyperscribe-audio"
    received = api.upload(encounter, recordings / "audio-with-lab-order-for-hypertension.mp3")
    sections = sections_of(api, received)
    misheard = {
        statement["id"]
        for section in sections
        for statement in section["statements"]
        if "over 19" in statement["text"]
    }
    flagged = {
        finding["statement"]
        for section in sections
        for finding in section["findings"]
        if finding["severity"] == "serious"
    }
    assert misheard <= flagged


def test_a_recording_without_a_voice_has_no_transcript(
    api: Api, encounter: str, data: Path
) -> None:
    recording = data / "scribe" / "hyperscribe-audio" / "audio_no_voice.mp3"
    received = api.upload(encounter, recording)
    assert all(section["statements"] == [] for section in sections_of(api, received))
