"""The console's way into a visit, and what its script sends: without a browser."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from attending.core.ids import CaptureId
from attending.core.work import Purpose
from tests.loop.live import Recorder, seconds
from tests.web.browser import Browser
from tests.web.conftest import NOWHERE, Web

SOUND = seconds(7)[:1_600]  # these clinics take little at once


@pytest.fixture
def recorder(console: Web) -> Recorder:
    return Recorder(console.clinic)


@pytest.fixture
def capture(recorder: Recorder) -> CaptureId:
    return recorder.open().id


def told(clinician: Browser, capture: object, after: int = 0) -> dict[str, Any]:
    answer = clinician.client.get(f"/captures/{capture}/state?after={after}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def sent(clinician: Browser, capture: object, number: int = 1, **headers: str) -> int:
    """As the page's script does."""
    usual = {
        "Origin": clinician.home,
        "X-CSRF-Token": clinician.get("/").form("/logout").fields["csrf"],
        "Content-Type": "application/octet-stream",
    }
    digest = hashlib.sha256(SOUND).hexdigest()
    answer = clinician.client.post(
        f"/captures/{capture}/chunks/{number}?digest={digest}",
        content=SOUND,
        headers=usual | headers,
        follow_redirects=False,
    )
    return int(answer.status_code)


def test_a_visit_begins_with_the_patients_word(
    console: Web, recorder: Recorder, clinician: Browser
) -> None:
    patient = console.clinic.patient("Eva Begins")
    page = clinician.submit(clinician.get("/visits/new").form("/visits/new"), name="EVA 1970")
    assert f"/patients/{patient}/visit" in page.links
    asked = clinician.get(f"/patients/{patient}/visit").form(f"/patients/{patient}/visit")
    begun = clinician.submit(
        asked, record="true", assistance="true", medicines="losartan\n\n metformin "
    )
    assert "Visit of Eva Begins" in begun.words
    capture = CaptureId(clinician.at.rpartition("/")[2])  # type: ignore[arg-type]
    with console.clinic.web.transaction(console.clinic.tenant, "tests") as unit:
        found = unit.captures.get(capture)
        assert found.patient == patient
        assert unit.captures.hints(found) == ("losartan", "metformin")


def test_names_are_looked_for_by_their_parts(console: Web, clinician: Browser) -> None:
    patient = console.clinic.patient("Franziska Unusual-Name")
    form = clinician.get("/visits/new").form("/visits/new")
    assert f"/patients/{patient}/visit" in clinician.submit(form, name="name frAN").links
    assert "No patient of this clinic" in clinician.submit(form, name="name frax").words


def test_so_many_that_one_must_type_more(console: Web, clinician: Browser) -> None:
    for _ in range(26):
        console.clinic.patient("Gina Many")
    form = clinician.get("/visits/new").form("/visits/new")
    page = clinician.submit(form, name="gina many")
    assert sum("/visit" in link for link in page.links if "/patients/" in link) == 25
    assert "Type more" in page.words


@pytest.mark.parametrize(("record", "assistance"), [("false", "true"), ("true", "false")])
def test_refused_is_recorded_and_nothing_begins(
    console: Web, clinician: Browser, record: str, assistance: str
) -> None:
    patient = console.clinic.patient()
    form = clinician.get(f"/patients/{patient}/visit").form(f"/patients/{patient}/visit")
    page = clinician.submit(form, record=record, assistance=assistance)
    assert "did not agree" in page.words
    with console.clinic.web.transaction(console.clinic.tenant, "tests") as unit:
        given = unit.people.consents(patient)
        assert given[Purpose.RECORD] is (record == "true")
        assert given[Purpose.ASSISTANCE] is (assistance == "true")
        assert patient not in {found.patient for found in unit.captures.open(100)}


def test_the_page_alone_may_ask_for_the_microphone(clinician: Browser, capture: CaptureId) -> None:
    assert (
        "microphone=(self)" in clinician.get(f"/captures/{capture}").headers["permissions-policy"]
    )
    assert "microphone=()" in clinician.get("/").headers["permissions-policy"]


class TestChunks:
    def test_the_script_sends_with_the_sessions_token(
        self, clinician: Browser, capture: CaptureId
    ) -> None:
        assert sent(clinician, capture) == 200
        assert sent(clinician, capture) == 200
        now = told(clinician, capture)
        assert (now["chunks"], now["next"], now["samples"]) == (1, 2, len(SOUND) // 2)

    @pytest.mark.parametrize(
        "headers",
        [{"X-CSRF-Token": "made-up"}, {"X-CSRF-Token": ""}, {"Origin": "https://evil.example"}],
    )
    def test_no_other_site_sends(
        self, clinician: Browser, capture: CaptureId, headers: dict[str, str]
    ) -> None:
        assert sent(clinician, capture, **headers) == 403
        assert told(clinician, capture)["chunks"] == 0

    def test_what_is_of_nobody_is_not_found(self, clinician: Browser) -> None:
        assert sent(clinician, NOWHERE) == 404

    def test_sending_keeps_the_session_open_and_waiting_does_not(
        self, clinician: Browser, capture: CaptureId
    ) -> None:
        clinician.get("/")
        token = clinician.get("/").form("/logout").fields["csrf"]
        digest = hashlib.sha256(SOUND).hexdigest()
        answer = clinician.client.post(
            f"/captures/{capture}/chunks/1?digest={digest}",
            content=SOUND,
            headers={"Origin": clinician.home, "X-CSRF-Token": token},
        )
        assert "set-cookie" in answer.headers
        state = clinician.client.get(f"/captures/{capture}/state?live=1")
        assert "set-cookie" not in state.headers


class TestState:
    def test_the_key_is_of_who_records_and_stays_the_same(
        self, console: Web, recorder: Recorder, clinician: Browser, capture: CaptureId
    ) -> None:
        key = told(clinician, capture)["key"]
        assert len(key) == 64
        assert told(clinician, capture)["key"] == key
        assert told(clinician, recorder.open().id)["key"] != key
        with console.anonymous() as client:
            other = Browser(client)
            other.log_in("demo-second", console.password("demo-second"))
            assert told(other, capture)["key"] == ""
            assert "Somebody else records" in other.get(f"/captures/{capture}").words

    def test_what_was_heard_is_told_once(
        self, recorder: Recorder, clinician: Browser, capture: CaptureId
    ) -> None:
        recorder.send_all(capture, range(1, 12))
        recorder.listen(capture, 0)
        [piece] = told(clinician, capture)["heard"]
        assert piece["words"].startswith("s1 s2")
        assert told(clinician, capture, after=1)["heard"] == []

    def test_it_leads_to_the_case(
        self, recorder: Recorder, clinician: Browser, capture: CaptureId
    ) -> None:
        recorder.send(capture, 1, SOUND)
        page = clinician.get(f"/captures/{capture}")
        clinician.submit(page.form(f"/captures/{capture}/end"))
        now = told(clinician, capture)
        assert clinician.at.endswith(f"/cases/{now['case']}")
        assert now["ready"] is False
        assert "This recording was ended" in clinician.get(f"/captures/{capture}").words


def test_the_worklist_names_what_was_not_ended(
    recorder: Recorder, clinician: Browser, capture: CaptureId
) -> None:
    assert f"/captures/{capture}" in clinician.get("/").links
    recorder.end(capture, 0)
    assert f"/captures/{capture}" not in clinician.get("/").links
