"""A clinician reviews and signs in the console, with the demo's real issuer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from attending.core.case import CaseState, Decision, DecisionKind, ModelUse, SourceState
from attending.core.ids import CaseId, RunId, fresh
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.core.work import Run, Step
from attending.lines.documentation.rendition import to_json
from attending.loop import review
from attending.loop.infer import infer
from attending.loop.intake import Upload
from attending.loop.propose import propose
from tests.clinic import Clinic
from tests.web.browser import Browser, Page
from tests.web.conftest import Web

CALM = b"0,80\n1,81\n"  # without a finding


def decisions(case: object) -> str:
    return f"/cases/{case}/decisions"


def accept_all(browser: Browser, case: CaseId) -> Page:
    """Open every warning, accept every section; the page after it."""
    page = browser.get(f"/cases/{case}")
    while warnings := [f for f in page.forms if f.action.endswith("/warnings")]:
        page = browser.submit(warnings[0])
    for section in ("rate", "fast"):
        page = browser.submit(page.form(decisions(case), section=section, kind="accept"))
    return page


def log_in_to_sign(web: Web, browser: Browser, page: Page, username: str) -> Page:
    login = browser.submit(page.form(f"{browser.at.removeprefix(browser.home)}"))
    return browser.submit(login.forms[0], username=username, password=web.password(username))


def test_a_case_is_reviewed_and_signed(console: Web, clinician: Browser) -> None:
    clinic, case = console.clinic, console.clinic.in_review()
    listed = clinician.get("/")
    assert f"/cases/{case}" in listed.links
    assert "1 serious, not opened" in listed.words

    page = clinician.get(f"/cases/{case}")
    assert '<table class="vitals">' in page.source
    assert "Some minutes are above" not in page.words
    opened = clinician.submit(page.form(f"/cases/{case}/warnings", statement="rate.1"))
    assert "Some minutes are above 100/min." in opened.words

    form = opened.form(decisions(case), section="rate", kind="edit")
    assert form.fields["text"] == "Heart rate, mean: 96.6667 /min"
    edited = clinician.submit(form, text="Mean heart rate 97\r\n\r\nSinus rhythm\r\n")
    assert "written by a clinician" in edited.words
    assert "What the model had drafted" in edited.words
    rejection = edited.form(decisions(case), section="fast", kind="reject", reason="")
    done = clinician.submit(rejection, reason="Not for the record")
    assert "Not for the record" in done.words

    entry = clinician.get(f"/cases/{case}/sign")
    for shown in ("Ann Test", "1970-01-01", "Stand-in EHR", "Sinus rhythm", "HTEST", "sign it as"):
        assert shown in entry.words
    after = log_in_to_sign(console, clinician, entry, "demo-clinician")
    assert clinician.at.endswith(f"/cases/{case}")
    assert "on its way to the record" in after.words

    clinic.deliver(case)
    released = clinician.get(f"/cases/{case}")
    assert "written and read back" in released.words
    kinds = [d.kind for d in clinic.case(case).decisions]
    assert kinds == [DecisionKind.EDIT, DecisionKind.REJECT]


def test_looking_is_no_view_and_deciding_is(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    page = clinician.get(f"/cases/{case}")
    assert console.clinic.case(case).views == ()
    clinician.submit(page.form(decisions(case), section="rate", kind="accept"))
    (view,) = console.clinic.case(case).views
    assert (view.section, view.revision, view.by) == ("rate", 0, console.clinic.person().id)


def test_a_warning_is_opened_before_its_section_is_decided(
    console: Web, clinician: Browser
) -> None:
    case = console.clinic.in_review()
    page = clinician.get(f"/cases/{case}")
    assert "Open the warning before you decide" in page.words
    offered = [f.fields.get("section") for f in page.forms if f.action == decisions(case)]
    assert "rate" not in offered
    forged = page.form(decisions(case), section="fast", kind="accept")
    warned = page.form(f"/cases/{case}/warnings", statement="rate.1")
    refused = clinician.submit(forged, shown=warned.fields["shown"])
    assert refused.status == 403
    assert console.clinic.case(case).decisions == ()


def test_a_decision_proves_what_was_shown(console: Web, clinician: Browser) -> None:
    case, other = console.clinic.in_review(CALM), console.clinic.in_review(CALM)
    page = clinician.get(f"/cases/{case}")
    form = page.form(decisions(case), section="rate", kind="accept")
    elsewhere = clinician.get(f"/cases/{other}").form(
        decisions(other), section="rate", kind="accept"
    )
    for shown in ("made-up", elsewhere.fields["shown"], form.fields["csrf"]):
        refused = clinician.submit(form, shown=shown)
        assert refused.status == 403
        assert "was not shown to you" in refused.words
    assert console.clinic.case(case).decisions == ()


def test_what_was_shown_to_another_proves_nothing(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    theirs = clinician.get(f"/cases/{case}").form(decisions(case), section="rate", kind="accept")
    with console.anonymous() as client:
        second = Browser(client)
        second.log_in("demo-second", console.password("demo-second"))
        mine = second.get(f"/cases/{case}").form(decisions(case), section="rate", kind="accept")
        assert second.submit(mine, shown=theirs.fields["shown"]).status == 403


def test_a_conflict_keeps_what_was_typed(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    page = clinician.get(f"/cases/{case}")
    form = page.form(decisions(case), section="rate", kind="edit")
    console.clinic.see_all(case, console.clinic.person("demo-second"))
    _decide_as(console.clinic, case, "fast")

    text = "Typed for <minutes> & lost?\nNo."
    refused = clinician.submit(form, text=text)
    assert refused.status == 409
    assert "changed" in refused.words
    assert "It is now to review (version 5)" in refused.words
    again = refused.form(decisions(case), section="rate", kind="edit")
    assert again.fields["text"].strip() == text
    assert clinician.submit(again).status == 200
    assert console.clinic.case(case).section("rate").text == text


def test_what_was_typed_survives_a_case_that_ended(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    page = clinician.get(f"/cases/{case}")
    edit = page.form(decisions(case), section="rate", kind="edit")
    rejected = clinician.submit(page.form(f"/cases/{case}/rejection"), reason="Wrong patient")
    assert "rejected" in rejected.words
    refused = clinician.submit(edit, text="Half an hour of typing")
    assert refused.status == 409
    assert "Half an hour of typing" in refused.words
    assert "It is now rejected" in refused.words


@pytest.mark.parametrize("text", ["Heart rate, mean: 80.5 /min", "Bell \x07"])
def test_an_edit_that_cannot_stand(console: Web, clinician: Browser, text: str) -> None:
    case = console.clinic.in_review(CALM)
    page = clinician.get(f"/cases/{case}")
    refused = clinician.submit(page.form(decisions(case), section="rate", kind="edit"), text=text)
    assert refused.status == 422
    assert console.clinic.case(case).revisions == ()


def test_a_second_reader_says_so(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    accept_all(clinician, case)
    with console.anonymous() as client:
        second = Browser(client)
        page = second.log_in("demo-second", console.password("demo-second"), f"/cases/{case}")
        assert "Not yet seen by you" in page.words
        assert second.get(f"/cases/{case}/sign").status == 403
        page = second.get(f"/cases/{case}")
        while reading := [f for f in page.forms if f.action == f"/cases/{case}/views"]:
            page = second.submit(reading[0])
        assert "was seen by you" in page.words
        entry = second.get(f"/cases/{case}/sign")
        log_in_to_sign(console, second, entry, "demo-second")
    assert console.clinic.case(case).state is CaseState.SIGNED


def test_somebody_else_cannot_lend_a_signature(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    accept_all(clinician, case)
    entry = clinician.get(f"/cases/{case}/sign")
    refused = log_in_to_sign(console, clinician, entry, "demo-second")
    assert refused.status == 403
    assert "proof of signing" in refused.words
    assert f"/cases/{case}" in refused.links
    assert console.clinic.case(case).state is CaseState.IN_REVIEW


def test_an_edit_after_the_entry_was_shown(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    accept_all(clinician, case)
    entry = clinician.get(f"/cases/{case}/sign")
    console.clinic.decide(case, "rate", DecisionKind.EDIT, text="Changed meanwhile")
    refused = log_in_to_sign(console, clinician, entry, "demo-clinician")
    assert refused.status == 409
    assert console.clinic.case(case).state is CaseState.IN_REVIEW


def test_what_stands_is_amended_and_retracted(console: Web, clinician: Browser) -> None:
    case = console.clinic.in_review(CALM)
    accept_all(clinician, case)
    log_in_to_sign(console, clinician, clinician.get(f"/cases/{case}/sign"), "demo-clinician")
    console.clinic.deliver(case)
    page = clinician.get(f"/cases/{case}")
    page = clinician.submit(page.form(f"/cases/{case}/amendments"))
    page = clinician.submit(page.form(decisions(case), section="rate", kind="edit"), text="Amended")
    entry = clinician.get(f"/cases/{case}/sign")
    assert "DocumentReference/" in entry.words
    log_in_to_sign(console, clinician, entry, "demo-clinician")
    console.clinic.deliver(case)
    clinician.get(f"/cases/{case}")
    entry = clinician.get(f"/cases/{case}/sign?retract=true")
    assert "I retract this entry" in entry.words
    login = clinician.submit(entry.form(f"/cases/{case}/sign"))
    clinician.submit(
        login.forms[0], username="demo-clinician", password=console.password("demo-clinician")
    )
    console.clinic.deliver(case)
    assert console.clinic.case(case).state is CaseState.RETRACTED


def test_evidence_leads_into_the_transcript(console: Web, clinician: Browser) -> None:
    case = _spoken(console.clinic, "Take lisinopril 10 mg <once> a day.")
    page = clinician.get(f"/cases/{case}")
    anchors = [link.removeprefix("#") for link in page.links if link.startswith("#u")]
    assert anchors
    assert set(anchors) <= set(page.ids)
    assert "<once>" in page.words
    assert set(page.labelled) <= set(page.ids)


def _decide_as(clinic: Clinic, case_id: CaseId, section: str) -> Decision | None:
    """By another person than the one who reviews."""
    by = clinic.person("demo-second")
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        case = unit.cases.case(case_id)
        choice = review.Choice(section, 0, DecisionKind.ACCEPT)
        return review.decide(unit, case_id, case.version, choice, by).decision(section)


def _spoken(clinic: Clinic, said: str) -> CaseId:
    """A case of the documentation line; its recording was heard elsewhere."""
    words = tuple(
        Word(word, float(number), number + 0.9, 0.95) for number, word in enumerate(said.split())
    )
    transcript = Transcript((Utterance("u1", "S1", Role.CLINICIAN, words),), 30.0)
    by, parts = clinic.person(), clinic.parts("web")
    encounter = clinic.encounter()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        upload = Upload.begin(parts, unit, encounter, "documentation", "audio/wav", (), 1 << 20)
    upload.write(b"RIFF")
    upload.finish()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        source, head = upload.enter(unit, by)
    with clinic.databases["inference"].transaction(clinic.tenant, "tests") as unit:
        now = datetime.now(UTC)
        unit.intake.advance_source(source.id, 1, SourceState.TRANSCRIBING)
        heard = ModelUse("decode", "by hand", "1")
        run = Run(
            RunId(fresh()), source.id, heard, {}, source.digest, to_json(transcript), now, now
        )
        unit.intake.add_run(run)
        unit.intake.advance_source(source.id, 2, SourceState.TRANSCRIBED)
    infer(clinic.parts("inference"), clinic.job(Step.INFER, head.id))
    propose(clinic.parts("inference"), clinic.job(Step.PROPOSE, head.id))
    return head.id
