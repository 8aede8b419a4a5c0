"""Who signs is shown every decision in their name since they last proved who they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attending.core.case import DecisionKind
from attending.core.ids import CaseId
from tests.web.browser import Browser
from tests.web.conftest import Web

CALM = b"0,80\n1,81\n"  # without a finding
SINCE = "In your name since you last proved who you are"


def told(web: Web, case: CaseId, ago: timedelta = timedelta(0)) -> list[tuple[str, str, str]]:
    """By the API, to a clinician who logged in that long ago."""
    entry: dict[str, Any] = (
        web.client("demo-clinician", age=ago).get(f"/v1/cases/{case}/entry").json()
    )
    return [(each["case"], each["section"], each["kind"]) for each in entry["decided"]]


def test_decisions_in_every_case_are_told(web: Web) -> None:
    clinic = web.clinic
    earlier, case = clinic.in_review(CALM), clinic.decided(CALM)
    clinic.see_all(earlier)
    clinic.decide(earlier, "rate", DecisionKind.REJECT, "Not hers")
    mine = [(str(case), "rate", "accept"), (str(case), "fast", "accept")]
    all_of_them = told(web, case, timedelta(minutes=2))
    assert all_of_them[-3:] == [*mine, (str(earlier), "rate", "reject")]
    # A log-in ends the list: what was decided before it was told at the signature before.
    assert told(web, case) == []


def test_a_signature_is_such_a_proof_too(web: Web) -> None:
    clinic = web.clinic
    signed, case = clinic.decided(CALM), clinic.decided(CALM)
    clinic.sign(signed)
    assert told(web, case, timedelta(minutes=5)) == []


def test_nobody_elses_decisions_are_told(web: Web) -> None:
    """A neighbour in the same clinic decided; the list is the signer's own."""
    clinic = web.clinic
    case = clinic.decided(CALM)
    second = clinic.person("demo-second")
    clinic.see_all(case, second)
    entry = web.client("demo-second", age=timedelta(minutes=5)).get(f"/v1/cases/{case}/entry")
    assert entry.json()["decided"] == []


def test_the_page_shows_them_with_the_patient(console: Web, clinician: Browser) -> None:
    clinic = console.clinic
    other, case = clinic.in_review(CALM), clinic.decided(CALM)
    clinic.see_all(other)
    clinic.decide(other, "rate", DecisionKind.ACCEPT)
    page = clinician.get(f"/cases/{case}/sign")
    since = page.words[page.words.index(SINCE) :]
    assert "Ann Test , this case" in since
    assert "do not sign" in since
    assert f"/cases/{other}" in page.links
