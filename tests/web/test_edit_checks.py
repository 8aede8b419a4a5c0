"""On the pages: what the guard says of an edit, and which checks are off by whose act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from attending.core.ids import CaseId
from attending.loop import checks
from tests.clinic import Clinic
from tests.loop.test_recheck import DOUBT, SLIP, Failing, Slips
from tests.plugins.vitals_line.steps import VitalsLine
from tests.web.browser import Browser, Page
from tests.web.conftest import Web, ok
from tests.web.test_console_review import CALM, decisions

OFFICER = "demo-safety"


@pytest.fixture(scope="module", autouse=True)
def slips(clinic: Clinic) -> Iterator[None]:
    """Before ``console``, whose parts hold the lines of the clinic."""
    with pytest.MonkeyPatch.context() as patch:
        line = replace(VitalsLine(), checks=(*VitalsLine().checks, Slips()))
        patch.setitem(clinic.lines, "vitals", line)
        yield


@pytest.fixture
def case(clinic: Clinic) -> CaseId:
    return clinic.in_review(CALM)


def asked(clinician: Browser, case: CaseId, text: str, **typed: str) -> Page:
    """As the page's script asks, with the fields of the edit's own form."""
    form = clinician.get(f"/cases/{case}").form(decisions(case), section="rate", kind="edit")
    fields = {name: form.fields[name] for name in ("csrf", "shown", "text")}
    asking = replace(form, action=f"/cases/{case}/checks", fields=fields, buttons=[])
    return clinician.submit(asking, text=text, **typed)


def test_findings_of_what_is_typed(console: Web, clinician: Browser, case: CaseId) -> None:
    before = console.clinic.case(case)
    page = asked(clinician, case, f"{SLIP}\n{DOUBT}\n<b>Fine</b>")
    assert page.status == 200
    assert f"Serious : Odd: {SLIP}" in page.words
    assert f"Caution : Odd: {DOUBT}" in page.words
    assert "Fine" not in page.words
    assert asked(clinician, case, "Fine").words == ""
    assert console.clinic.case(case) == before


def test_who_may_ask(console: Web, clinician: Browser, case: CaseId) -> None:
    assert asked(clinician, case, SLIP, csrf="another").status == 403
    assert asked(clinician, case, SLIP, shown="made-up").status == 403
    form = clinician.get(f"/cases/{case}").form(decisions(case), section="rate", kind="edit")
    with console.anonymous() as client:
        officer = Browser(client)
        officer.log_in(OFFICER, console.password(OFFICER))
        session = officer.get("/safety").form("/safety/pauses").fields["csrf"]
        fields = {"csrf": session, "shown": form.fields["shown"], "text": SLIP}
        asking = replace(form, action=f"/cases/{case}/checks", fields=fields, buttons=[])
        assert "cases:review" in officer.submit(asking).words


def test_a_serious_finding_waits_to_be_opened(
    console: Web, clinician: Browser, case: CaseId
) -> None:
    form = clinician.get(f"/cases/{case}").form(decisions(case), section="rate", kind="edit")
    page = clinician.submit(form, text=SLIP)
    assert page.status == 200
    assert clinician.at.endswith("#section-rate") or f"/cases/{case}" in clinician.at
    assert "1 serious" in page.words
    assert f"Odd: {SLIP}" not in page.words
    assert _listed(clinician, case) == "1 serious, not opened"
    assert "Open the warning before you decide." in page.words
    opened = clinician.submit(page.form(f"/cases/{case}/warnings", statement="rate.r1.1"))
    assert f"Odd: {SLIP}" in opened.words
    assert console.clinic.case(case).seen("rate", console.clinic.person().id)
    assert _listed(clinician, case) == "1 serious, opened"


def _listed(clinician: Browser, case: CaseId) -> str:
    """What the worklist says of its warnings."""
    words = clinician.get("/").source.partition(f"/cases/{case}")[2].partition("</li>")[0]
    return "1 serious, not opened" if "not opened" in words else "1 serious, opened"


def test_the_api_tells_it_too(web: Web, case: CaseId) -> None:
    with web.client() as client:
        ok(client.post(f"/v1/cases/{case}/views", json={"section": "rate", "revision": 0}), 201)
        version = ok(client.get(f"/v1/cases/{case}"))["version"]
        ask = {"version": version, "section": "rate", "revision": 0, "kind": "edit", "text": SLIP}
        after = ok(client.post(f"/v1/cases/{case}/decisions", json=ask), 201)
    (rate,) = [s for s in after["sections"] if s["key"] == "rate"]
    assert [f["explanation"] for f in rate["findings"]] == [f"Odd: {SLIP}"]
    assert (rate["seen"], rate["unopened"]) == (False, ["rate.r1.1"])


def test_the_api_checks_what_is_typed(web: Web, case: CaseId) -> None:
    with web.client() as client:
        ask = {"section": "rate", "text": f"Fine\n{SLIP}"}
        told = ok(client.post(f"/v1/cases/{case}/checks", json=ask))
        assert (
            client.post(f"/v1/cases/{case}/checks", json={**ask, "section": "x"}).status_code == 404
        )
    assert [s["text"] for s in told["statements"]] == ["Fine", SLIP]
    assert [(f["statement"], f["severity"]) for f in told["findings"]] == [("rate.r1.2", "serious")]
    assert (told["unchecked"], told["off"]) == ([], [])
    assert web.clinic.case(case).views == ()


def test_a_check_that_fails_while_typing_is_told(
    clinic: Clinic, clinician: Browser, case: CaseId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clinic.lines, "vitals", replace(VitalsLine(), checks=(Failing(),)))
    assert "This was not checked: whether it slipped." in asked(clinician, case, "Fine").words


@pytest.fixture
def officer(console: Web) -> Iterator[Browser]:
    with console.anonymous() as client:
        browser = Browser(client)
        browser.log_in(OFFICER, console.password(OFFICER))
        yield browser


def turn(officer: Browser, turn: str, reason: str) -> Page:
    form = officer.get("/safety").form("/safety/checks", check="slip", turn=turn)
    return officer.submit(form, reason=reason)


def test_an_officer_turns_a_check_off_and_every_draft_says_so(
    web: Web, console: Web, clinician: Browser, officer: Browser, clinic: Clinic
) -> None:
    page = turn(officer, "off", "It flags <every> rate.")
    assert "off since" in page.words
    assert "by Noor Haddad (demo) : It flags <every> rate." in page.words
    made = clinic.in_review(CALM)
    try:
        page = clinician.get(f"/cases/{made}")
        assert "Off at this clinic:" in page.words
        assert "Off at this clinic: Slips, by Noor Haddad (demo)" in page.words
        assert "It flags <every> rate." in page.words
        assert asked(clinician, made, SLIP).words == ""
    finally:
        turn(officer, "on", "It was mended.")
    assert "Off at this clinic:" in clinician.get(f"/cases/{made}").words  # it was made so
    with web.client() as client:
        (told,) = ok(client.get(f"/v1/cases/{made}"))["checks_off"]
    assert (told["check"], told["reason"]) == ("slip", "It flags <every> rate.")
    later = clinician.get(f"/cases/{clinic.in_review(CALM)}")
    assert "Off at this clinic:" not in later.words
    assert "It was mended." in officer.get("/safety").words


def test_what_cannot_be_turned(clinic: Clinic, officer: Browser, clinician: Browser) -> None:
    form = officer.get("/safety").form("/safety/checks", check="slip", turn="off")
    assert officer.submit(form, reason=" ").status == 422
    assert officer.submit(form, check="other", reason="x").status == 422
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        assert checks.found(clinic.lines, "slip")[1].name == "slip"
        assert unit.guards.off("vitals") == {}
