"""A visit is recorded in a real browser: its microphone hears the sample consultation.

The sound that reached the server is laid beside what was played: wherever one looks, it
follows it by the same time. So no sample was left out, and none came twice.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from attending.adapters.models.audio import decode as samples_of
from attending.core.capture import HEADER, SAMPLE_RATE
from attending.core.ids import CaptureId
from attending.core.work import CaseHead, Step
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.propose import propose
from tests.browser.axe import violations
from tests.browser.chromium import chromium
from tests.browser.conftest import VisitAs, Watched
from tests.browser.ward import SAMPLE, Ward
from tests.loop.live import Recorder

PLAYED = 60  # seconds of the sample; it is played again and again
CUT_OFF = 10  # seconds
LOST = "ERR_INTERNET_DISCONNECTED"
FAILED = "ERR_FAILED"
PATIENCE = 20_000  # milliseconds, for what takes a moment on a busy machine
Sound = NDArray[np.int16]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "visit.wav"
    [samples] = samples_of(SAMPLE).channels
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(samples[: PLAYED * SAMPLE_RATE].tobytes())
    return path


@pytest.fixture(scope="module")
def browser(browser: Browser, played: Path) -> Iterator[Browser]:
    """With a microphone that hears the file."""
    flags = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={played}",
    )
    with chromium().beside(browser.browser_type, *flags) as listening:
        yield listening


@pytest.fixture
def recorder(ward: Ward) -> Recorder:
    return Recorder(ward.clinic)


def begun(page: Page, recorder: Recorder) -> CaptureId:
    """From the address of a capture that is open."""
    capture = recorder.open()
    page.goto(page.url.partition("/captures")[0].rstrip("/") + f"/captures/{capture.id}")
    expect(page.get_by_role("button", name="Record")).to_be_enabled()
    return capture.id


def status(page: Page, words: str) -> None:
    expect(page.locator("[data-part=status]")).to_contain_text(words, timeout=PATIENCE)


def recorded(page: Page, seconds: float) -> None:
    """Until so much was given by the microphone."""
    page.wait_for_function(
        "least => Number(document.querySelector('capture-desk').dataset.samples ?? 0) >= least",
        arg=seconds * SAMPLE_RATE,
        timeout=60_000,
    )


def samples_given(page: Page) -> int:
    return int(page.locator("capture-desk").get_attribute("data-samples") or 0)


def kept_here(page: Page) -> list[list[str]]:
    """What the browser keeps: the names of each row's values."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => new Promise((resolve, reject) => {
             const asked = indexedDB.open("attending-capture");
             asked.onerror = () => reject(asked.error);
             asked.onsuccess = () => {
               const all = asked.result.transaction("chunks").objectStore("chunks").getAll();
               all.onsuccess = () => resolve(all.result.map(row => Object.keys(row)));
             };
           })"""
    )


def arrived(recorder: Recorder, capture: CaptureId) -> tuple[Sound, CaseHead]:
    clinic = recorder.clinic
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        found = unit.captures.get(capture)
        assert found.source is not None
        source, case = unit.intake.source(found.source), unit.cases.head_by_source(found.source)
        cipher = unit.cipher(source.patient)
    whole = clinic.parts("web").blobs.content(clinic.tenant, source.blob, cipher)
    return np.frombuffer(whole[HEADER:], dtype="<i2"), case


def lag(sound: Sound, played: Sound, at: int, size: int = 2 * SAMPLE_RATE) -> int:
    """How far what was recorded at a place lies behind what was played, modulo its length."""
    piece = sound[at : at + size].astype(np.float64)
    looped = np.concatenate([played, played[:size]]).astype(np.float64)
    length = 1 << (looped.size + size).bit_length()
    spectrum = np.fft.rfft(looped, length) * np.conj(np.fft.rfft(piece, length))
    alike = np.fft.irfft(spectrum, length)[: played.size]
    return (int(np.argmax(alike)) - at) % played.size


def of_file(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def test_a_visit_from_the_worklist_to_the_draft_with_the_connection_cut(
    page: Page, ward: Ward, watched: Watched, recorder: Recorder, played: Path
) -> None:
    ward.clinic.patient("Berta Capture")
    watched.allowed.append(LOST)
    page.get_by_role("link", name="Record a visit").click()
    page.get_by_label("Patient's name or date of birth").fill("capture ber")
    page.keyboard.press("Enter")
    assert "Berta" not in page.url
    page.get_by_role("link", name="Berta Capture").click()
    for question in page.get_by_role("group").all():
        question.get_by_label("Yes").check()
    page.get_by_label("Medicines to listen for").fill("losartan")
    page.get_by_role("button", name="Keep the answers").click()
    page.wait_for_url("**/captures/*")
    capture = CaptureId(UUID(page.url.rpartition("/")[2]))

    page.get_by_role("button", name="Record").click()
    status(page, "Recording")
    recorded(page, 8)
    page.context.set_offline(True)
    status(page, "Connection lost")
    recorded(page, 8 + CUT_OFF)
    expect(page.locator("[data-part=kept]")).to_contain_text("Kept on this computer")
    assert len(kept_here(page)) >= CUT_OFF // 2 - 1
    page.context.set_offline(False)
    expect(page.locator("[data-part=kept]")).to_be_empty(timeout=PATIENCE)
    expect(page.locator("[data-part=status]")).to_have_text("Recording")
    recorder.listen(capture, 0)
    expect(page.get_by_role("heading", name="Heard so far")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="End the visit").click()

    link = page.get_by_role("link", name="To the draft")
    expect(link).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Go on")).to_be_hidden()
    given = samples_given(page)
    sound, case = arrived(recorder, capture)
    assert sound.size == given
    assert kept_here(page) == []
    source = of_file(played)
    places = range(SAMPLE_RATE, sound.size - 2 * SAMPLE_RATE, SAMPLE_RATE)
    lags = np.array([lag(sound, source, at) for at in places])
    # A chunk has two seconds. A busy browser itself leaves out buffers of 10 ms.
    assert np.ptp(lags) < SAMPLE_RATE // 4, "a part is missing, or came twice"

    parts = recorder.inference
    decode(parts, ward.clinic.job(Step.DECODE, case.source))
    infer(parts, ward.clinic.job(Step.INFER, case.id))
    propose(parts, ward.clinic.job(Step.PROPOSE, case.id))
    page.get_by_role("link", name="Review the draft").click(timeout=PATIENCE)
    page.wait_for_url(f"**/cases/{case.id}")


def test_what_was_not_sent_outlives_a_reload_and_is_sealed(
    page: Page, watched: Watched, recorder: Recorder
) -> None:
    watched.allowed.append(FAILED)
    page.on("dialog", lambda dialog: dialog.accept())
    capture = begun(page, recorder)
    page.route("**/chunks/**", lambda route: route.abort())
    page.get_by_role("button", name="Record").click()
    recorded(page, 4)
    page.get_by_role("button", name="Pause").click()
    status(page, "Paused")
    given = samples_given(page)
    kept = kept_here(page)
    assert kept
    assert all(names == ["capture", "number", "nonce", "sealed"] for names in kept)
    page.unroute("**/chunks/**")
    page.reload()
    page.get_by_role("button", name="Go on").click()
    recorded(page, given / SAMPLE_RATE + 2)
    page.get_by_role("button", name="End the visit").click()
    expect(page.get_by_role("link", name="To the draft")).to_be_visible(timeout=PATIENCE)
    sound, _ = arrived(recorder, capture)
    assert sound.size == samples_given(page) > given


def test_a_microphone_that_is_refused_says_what_to_do(page: Page, recorder: Recorder) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia ="
        " () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    begun(page, recorder)
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("alert")).to_contain_text("allow the microphone")
    expect(page.get_by_role("button", name="Record")).to_be_enabled()
    assert violations(page) == []


def test_a_visit_is_recorded_in_one_window(page: Page, recorder: Recorder) -> None:
    capture = begun(page, recorder)
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.get_by_role("alert")).to_contain_text("another window")
    expect(second.get_by_role("button", name="Record")).to_be_disabled()
    assert str(capture) in second.url


def test_one_that_was_left_is_ended_from_the_worklist(page: Page, recorder: Recorder) -> None:
    patient = recorder.clinic.patient("Carl Left")
    capture = recorder.open(patient=patient)
    recorder.send_all(capture.id, (1, 2))
    page.goto("/".join(page.url.split("/")[:3]))
    page.get_by_role("link", name="Carl Left").click()
    expect(page.locator("[data-part=clock]")).to_have_text("0:02")
    page.get_by_role("button", name="End the visit").click()
    page.get_by_role("link", name="To the draft").click(timeout=PATIENCE)
    sound, case = arrived(recorder, capture.id)
    assert sound.size == 2 * SAMPLE_RATE
    page.wait_for_url(f"**/cases/{case.id}")


def test_who_refuses_is_not_recorded(page: Page, ward: Ward) -> None:
    patient = ward.clinic.patient("Dora Refuses")
    page.goto(f"{ward.url}/patients/{patient}/visit")
    first, second = page.get_by_role("group").all()
    first.get_by_label("Yes").check()
    second.get_by_label("No").check()
    page.get_by_role("button", name="Keep the answers").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("did not agree")
    with ward.clinic.web.transaction(ward.clinic.tenant, "tests") as unit:
        assert unit.people.consents(patient)["assistance"] is False  # type: ignore[index]
        assert all(found.patient != patient for found in unit.captures.open(100))


def test_nobody_is_kept_out(visit_as: VisitAs, recorder: Recorder) -> None:
    """While it goes on, which test_every_page does not see."""
    page = visit_as(color_scheme="dark", viewport={"width": 390, "height": 800})
    page.get_by_role("link", name="Record a visit").click()
    assert violations(page) == []
    page.goto("/".join(page.url.split("/")[:3]))
    capture = begun(page, recorder)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Record").focus()
    page.keyboard.press("Enter")
    status(page, "Recording")
    recorded(page, 2)
    assert violations(page) == []
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    status(page, "Paused")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="End the visit").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="To the draft")).to_be_focused(timeout=PATIENCE)
    assert violations(page) == []
    assert recorder.standing(capture).capture.source is not None
