"""The note column by itself: as a page that stands asks for it, and what it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from attending.core.case import CaseState, DecisionKind, check_decision
from attending.core.draft import Finding, Severity
from attending.core.ids import CaseId
from attending.loop import review
from tests.clinic import Clinic
from tests.web.browser import Browser, Page, PageForm
from tests.web.conftest import Web

CALM = b"0,80\n1,81\n"  # without a finding
PART = {"HX-Request": "true"}


def part(browser: Browser, address: str, **more: Any) -> Any:
    return browser.client.get(address, headers=PART, follow_redirects=False, **more)


def send(browser: Browser, form: PageForm, **typed: str) -> Any:
    """A form of a page, in place: nothing is followed."""
    button = form.buttons[0] if len(form.buttons) == 1 else {}
    return browser.client.post(
        form.action,
        data={**form.fields, **button, **typed},
        headers={**PART, "Origin": browser.home},
        follow_redirects=False,
    )


@pytest.fixture
def case(console: Web) -> CaseId:
    return console.clinic.in_review(CALM)


def decided(clinic: Clinic, case_id: CaseId, section: str, text: str = "") -> None:
    """By somebody else."""
    by = clinic.person("demo-second")
    kind = DecisionKind.EDIT if text else DecisionKind.ACCEPT
    clinic.see_all(case_id, by)
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        case = unit.cases.case(case_id)
        choice = review.Choice(section, case.revision(section), kind, text=text)
        review.decide(unit, case_id, case.version, clinic.checked(unit, case_id, choice), by)


def test_the_note_alone_is_a_part_of_the_page(clinician: Browser, case: CaseId) -> None:
    whole, alone = clinician.get(f"/cases/{case}"), part(clinician, f"/cases/{case}").text
    assert '<table class="vitals">' in whole.source
    for text in (whole.source, alone):
        assert 'id="note"' in text
        assert 'id="section-rate"' in text
    for text in ('<table class="vitals">', "<html", "Ann Test"):
        assert text not in alone


def test_a_decision_in_place_answers_with_the_note(
    console: Web, clinician: Browser, case: CaseId
) -> None:
    page = clinician.get(f"/cases/{case}")
    accept = page.form(f"/cases/{case}/decisions", section="rate", kind="accept")
    answer = send(clinician, accept)
    assert answer.status_code == 200
    assert "1 of 2 sections decided" in answer.text
    assert 'id="news"' not in answer.text
    assert [d.section for d in console.clinic.case(case).decisions] == ["rate"]


def test_what_was_decided_since_is_told(console: Web, clinician: Browser, case: CaseId) -> None:
    version = console.clinic.case(case).version
    decided(console.clinic, case, "fast")
    decided(console.clinic, case, "rate", "Mean rate <80>")
    name = console.clinic.person("demo-second").name
    told = clinician.get(f"/cases/{case}?since={version}").words
    assert f"Decided meanwhile: {name} edited Heart rate {name} accepted Fast minutes" in told
    later = clinician.get(f"/cases/{case}?since={version + 1}").words
    assert f"Decided meanwhile: {name} edited Heart rate" in later
    assert f"{name} accepted Fast minutes" not in later
    assert "Decided meanwhile" not in clinician.get(f"/cases/{case}").words


def test_a_conflict_in_place_shows_what_stands_beside_what_was_typed(
    console: Web, clinician: Browser, case: CaseId
) -> None:
    page = clinician.get(f"/cases/{case}")
    decided(console.clinic, case, "rate", "Theirs")
    edit = page.form(f"/cases/{case}/decisions", section="rate", kind="edit")
    answer = send(clinician, edit, text="Mine")
    assert answer.status_code == 409
    shown = Page(answer, ours=True)
    form = shown.form(f"/cases/{case}/decisions", section="rate", kind="edit")
    assert form.fields["text"].strip() == "Mine"
    assert '<p class="present">Theirs</p>' in shown.source
    theirs = shown.source.index('class="theirs"')
    assert "hidden" not in shown.source[theirs : shown.source.index(">", theirs)]
    assert "edited Heart rate" in shown.words
    assert console.clinic.case(case).section("rate").text == "Theirs"


def test_the_version_is_told_to_readers_alone(
    console: Web, clinician: Browser, case: CaseId
) -> None:
    address = f"/cases/{case}/version"
    known = console.clinic.case(case)
    assert part(clinician, address).json() == {"version": known.version, "state": "in_review"}
    with console.anonymous() as client:
        engineer = Browser(client)
        engineer.log_in("demo-engineer", console.password("demo-engineer"))
        assert part(engineer, address).status_code == 403


def test_whoever_asks_by_script_is_not_sent_to_the_issuer(console: Web, case: CaseId) -> None:
    with console.anonymous() as client:
        stranger = Browser(client)
        for address in (f"/cases/{case}", f"/cases/{case}/version?live=1", "/session/form"):
            answer = part(stranger, address)
            assert answer.status_code == 401
            assert "location" not in answer.headers


def test_looking_by_itself_keeps_no_session_open(clinician: Browser, case: CaseId) -> None:
    for address in (f"/cases/{case}/version", f"/cases/{case}?live=1", "/session/form?live=1"):
        assert "set-cookie" not in part(clinician, address).headers
    for address in (f"/cases/{case}", "/session/form"):
        assert "set-cookie" in part(clinician, address).headers


def test_the_form_of_a_session_names_its_reader_as_the_page_does(
    console: Web, clinician: Browser, case: CaseId
) -> None:
    page = clinician.get(f"/cases/{case}")
    form = part(clinician, "/session/form").json()
    assert f'data-reader="{form["reader"]}"' in page.source
    assert form["csrf"]
    accept = page.form(f"/cases/{case}/decisions", section="rate", kind="accept")
    assert send(clinician, accept, csrf=form["csrf"]).status_code == 200
    with console.anonymous() as client:
        second = Browser(client)
        second.log_in("demo-second", console.password("demo-second"))
        assert part(second, "/session/form").json()["reader"] != form["reader"]


def test_a_usual_reason_rejects_at_once(console: Web, clinician: Browser, case: CaseId) -> None:
    page = clinician.get(f"/cases/{case}")
    form = page.form(f"/cases/{case}/decisions", section="rate", reason="It is wrong")
    clinician.submit(form, reason="It is wrong")
    made = console.clinic.case(case).decision("rate")
    assert made is not None
    assert (made.kind, made.reason) == (DecisionKind.REJECT, "It is wrong")


def test_a_warning_on_what_was_edited_away_stands_at_the_head(
    console: Web, clinician: Browser
) -> None:
    case = console.clinic.in_review()
    console.clinic.see_all(case)
    console.clinic.decide(case, "rate", DecisionKind.EDIT, text="Something else")
    page = clinician.get(f"/cases/{case}")
    at = page.source.index('id="section-rate"')
    head = page.source[at : page.source.index('class="statements"', at)]
    assert "Some minutes are above 100/min." in head
    assert "Heart rate, mean" in head


def test_a_serious_word_on_a_whole_section_holds_nothing(console: Web, case: CaseId) -> None:
    """There is no statement to open: whoever sees the section sees it."""
    clinic = console.clinic
    clinic.see_all(case, clinic.person())
    whole = Finding("check", "rate", "", Severity.SERIOUS, "All of it is in doubt.")
    known = replace(clinic.case(case), findings=(whole,))
    assert known.state is CaseState.IN_REVIEW
    check_decision(known, "rate", 0, DecisionKind.ACCEPT, "", clinic.person().id)
