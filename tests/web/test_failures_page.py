"""The queue of failures on its page: what it says, whose it is, and what happens after a retry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from attending.core.case import CaseState
from attending.core.errors import EngineFailed
from attending.core.identity import StaffRole
from attending.core.ids import CaseId
from attending.core.work import Step
from attending.loop.recover import OVER, give_up
from attending.web.console import failures
from tests.clinic import Clinic
from tests.web.browser import Browser
from tests.web.conftest import NOWHERE, Web, ok, refused

NAME = "Bo <b>Test"
Visitor = Callable[[str], Browser]


@pytest.fixture
def visitor(console: Web) -> Iterator[Visitor]:
    """Opens a browser in which somebody is logged in."""
    with console.anonymous() as one, console.anonymous() as other:
        clients = iter((one, other))

        def opened(username: str) -> Browser:
            browser = Browser(next(clients))
            browser.log_in(username, console.password(username))
            return browser

        yield opened


def failed(clinic: Clinic, name: str = "Ann Test") -> CaseId:
    """A draft that could not be made: given up."""
    source, head = clinic.upload(encounter=clinic.encounter(clinic.patient(name)))
    error = EngineFailed("The engine broke.", said="<i>at</i> \u202elayer 3")
    give_up(clinic.databases["inference"], clinic.job(Step.DECODE, source.id), error)
    return head.id


def failure_of(clinic: Clinic, case: CaseId) -> str:
    encounter = clinic.case(case).encounter
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return next(str(f.id) for f in unit.failures.open() if f.encounter == encounter)


def test_a_failure_says_what_it_blocks_and_what_to_do(console: Web, visitor: Visitor) -> None:
    case = failed(console.clinic, NAME)
    page = visitor("demo-clinician").get("/failures")
    assert "Reading the source: The engine broke." in page.words
    assert "<i>at</i> [U+202E]layer 3" in page.words
    assert f"What to do: {OVER}" in page.words
    assert "There is no draft to review." in page.words
    assert "Bo <b>Test" in page.words
    assert f"/cases/{case}" in page.links


def test_who_reads_no_case_is_told_no_name(console: Web, visitor: Visitor) -> None:
    case = failed(console.clinic, "Zoe Unseen")
    page = visitor("demo-engineer").get("/failures")
    assert f"/encounters/{console.clinic.case(case).encounter}" in page.links
    assert "Zoe Unseen" not in page.words
    assert f"/cases/{case}" not in page.links


def test_after_a_retry_the_page_says_what_happens(console: Web, visitor: Visitor) -> None:
    clinic = console.clinic
    case = failed(clinic)
    failure, owner = failure_of(clinic, case), visitor("demo-engineer")
    page = owner.submit(owner.get("/failures").form(f"/failures/{failure}/retry"))
    assert owner.at.endswith(f"/failures?dealt={failure}")
    assert (
        "it is tried again. The case is now: being drafted. Waits for a free worker." in page.words
    )
    assert f"failure-{failure}" not in page.ids
    assert clinic.case(case).state is CaseState.DRAFTING


def test_it_is_handed_over_with_a_note(console: Web, visitor: Visitor) -> None:
    clinic = console.clinic
    failure = failure_of(clinic, failed(clinic))
    giver, taker = visitor("demo-clinician"), visitor("demo-engineer")
    assert failure not in taker.get("/failures?mine=true").source
    form = giver.get("/failures").form(f"/failures/{failure}/handover")
    engineer = clinic.person("demo-engineer")
    assert str(engineer.id) in form.choices["to"]
    assert str(clinic.person("demo-auditor").id) not in form.choices["to"]
    page = giver.submit(form, to=str(engineer.id), reason="Disk <full>, I think")
    assert "it belongs to Kim Soto (demo) now." in page.words
    mine = taker.get("/failures?mine=true")
    assert f"failure-{failure}" in mine.ids
    assert "Disk <full>, I think Dr Ada Lindqvist (demo)" in mine.words
    taken = taker.submit(mine.form(f"/failures/{failure}/take"))
    assert "it belongs to Kim Soto (demo) now." in taken.words


def test_a_hand_over_needs_a_note_and_somebody_who_can_act(web: Web) -> None:
    clinic, client = web.clinic, web.client()
    address = f"/v1/failures/{failure_of(clinic, failed(clinic))}/handover"
    auditor = clinic.enrolled(StaffRole.AUDITOR)
    to = str(clinic.person("demo-second").id)
    refused(client.post(address, json={"to": to, "note": " "}), 422, "input.invalid")
    refused(client.post(address, json={"to": str(auditor.id), "note": "x"}), 422, "input.invalid")
    refused(client.post(address, json={"to": NOWHERE, "note": "x"}), 404, "resource.not_found")
    told = ok(client.post(address, json={"to": to, "note": "Yours."}), 201)
    assert (told["owner"], told["handed"]["note"]) == (to, "Yours.")
    ok(client.post(address.replace("handover", "retry")))
    refused(client.post(address, json={"to": to, "note": "x"}), 409, "case.conflict")


def test_the_queue_is_paged(
    console: Web, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {f"failure-{failure_of(console.clinic, failed(console.clinic))}" for _ in range(3)}
    monkeypatch.setattr(failures, "PAGE", 2)
    owner, seen, address = visitor("demo-engineer"), [], "/failures"
    while address:
        page = owner.get(address)
        here = [each for each in page.ids if each.startswith("failure-")]
        assert len(here) <= 2
        seen += here
        address = next((link for link in page.links if "cursor=" in link), "")
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    assert owner.get("/failures?cursor=nonsense").status == 404


def test_another_clinics_failures_are_not_there(
    console: Web, visitor: Visitor, neighbour: Clinic
) -> None:
    theirs = failure_of(neighbour, failed(neighbour, "Neighbour Person"))
    clinician = visitor("demo-clinician")
    page = clinician.get("/failures")
    assert theirs not in page.source
    assert "Neighbour Person" not in page.words
    assert clinician.get(f"/failures?dealt={theirs}").status == 404


def test_an_auditor_owns_none(visitor: Visitor) -> None:
    assert visitor("demo-auditor").get("/failures").status == 403
