"""The worklist: what stands in it, in which order, for whom, and how it is searched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest

from attending.core.case import DecisionKind
from attending.core.errors import EngineFailed, RecordRefused
from attending.core.identity import Principal
from attending.core.ids import CaseId
from attending.core.work import Step
from attending.core.worklist import Listed, Place, Which
from attending.loop.decode import decode
from attending.loop.recover import give_up
from attending.web.console.worklist import _counted
from tests.clinic import CSV, Clinic
from tests.web.browser import Browser, Page
from tests.web.conftest import Web

CALM = b"0,80\n1,82\n"  # no finding


@pytest.fixture
def ward(clinic: Clinic) -> Iterator[Clinic]:
    """A clinic with no case yet: another tenant of the same database."""
    with clinic.next_door() as opened:
        yield opened


def listed(
    clinic: Clinic, which: Which = Which.REVIEW, by: Principal | None = None
) -> list[Listed]:
    """Page after page of three."""
    reader, found, after = by or clinic.person(), list[Listed](), None
    while True:
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            page = unit.worklist.page(reader.id, which, after, 3)
        found += page
        if len(page) < 3:
            return found
        after = page[-1].place


def ids(rows: list[Listed]) -> list[CaseId]:
    return [row.head.id for row in rows]


def counts(clinic: Clinic, by: Principal | None = None) -> dict[Which, int]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return dict(unit.worklist.counts((by or clinic.person()).id))


def refused(clinic: Clinic) -> CaseId:
    """A case that the demo clinician signed, and the record refused."""
    case = clinic.decided()
    clinic.sign(case)
    job = clinic.job(Step.RELEASE, clinic.releases(case)[-1].id)
    give_up(clinic.databases["releaser"], job, RecordRefused("The record refused."))
    return case


def test_the_whole_list(ward: Clinic) -> None:
    """One clinic's morning, so that each list holds exactly what it should, in order."""
    calm = [ward.in_review(CALM) for _ in range(3)]
    first, second = ward.in_review(), ward.in_review()
    failed = refused(ward)
    _, drafting = ward.upload()
    assert ids(listed(ward)) == [first, second, failed, *calm]
    assert ids(listed(ward, Which.DRAFTING)) == [drafting.id]
    assert ids(listed(ward, Which.ALL))[0] == drafting.id
    assert counts(ward) == {
        Which.REVIEW: 6, Which.DRAFTING: 1, Which.SIGNED: 0, Which.ALL: 7,
    }  # fmt: skip

    row = listed(ward)[0]
    assert (row.serious, row.unopened, row.sections, row.decided) == (1, 1, 2, 0)
    assert row.patient.name == "Ann Test"
    assert (row.last, row.signed, row.reading) == (None, None, None)

    ward.see_all(first)
    assert ids(listed(ward)) == [second, failed, *calm[:0], *_by_age(ward, calm, first)]
    other = ward.person("demo-second")
    seen = next(row for row in listed(ward, by=other) if row.head.id == first)
    assert seen.unopened == 1, "what one opened another has not"
    assert seen.reading is not None
    assert seen.reading.by == ward.person().name

    ward.decide(first, ward.case(first).proposal().sections[0].key, DecisionKind.ACCEPT)
    row = next(row for row in listed(ward) if row.head.id == first)
    assert row.decided == 1
    assert row.last is not None
    assert row.last.by == ward.person().name

    assert failed not in ids(listed(ward, by=other)), "it is the signer's until it is taken"
    with ward.web.transaction(ward.tenant, "tests") as unit:
        [failure] = unit.failures.open()
        unit.failures.take(failure.id, other.id)
    assert failed in ids(listed(ward, by=other))
    assert failed not in ids(listed(ward))
    assert counts(ward)[Which.REVIEW] == 5
    assert counts(ward, other)[Which.REVIEW] == 6

    done = ward.released()
    [row] = listed(ward, Which.SIGNED)
    assert row.head.id == done
    assert row.signed is not None
    assert row.signed.by == ward.person().name

    assert not any(row.models for row in listed(ward))
    pause = ward.pause()
    assert all(row.models for row in listed(ward))
    ward.resume(pause)


def _by_age(clinic: Clinic, *cases: object) -> list[CaseId]:
    flat = [each for part in cases for each in (part if isinstance(part, list) else [part])]
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return sorted(flat, key=lambda case: unit.cases.head(case).opened_at)


def test_another_clinics_reader_finds_nothing(clinic: Clinic, neighbour: Clinic) -> None:
    case = clinic.in_review()
    assert case in ids(listed(clinic))
    with neighbour.web.transaction(neighbour.tenant, "tests") as unit:
        reader = neighbour.person().id
        assert unit.worklist.of(reader, [case]) == ()
        assert case not in unit.worklist.named("Ann")


def test_a_failure_of_decoding_is_of_who_sent_it(clinic: Clinic) -> None:
    source, head = clinic.upload(b"not,numbers\n")
    job = clinic.job(Step.DECODE, source.id)
    with suppress(Exception):
        decode(clinic.parts("inference"), job)
    give_up(clinic.databases["inference"], job, EngineFailed("It could not be decoded."))
    assert head.id in ids(listed(clinic))
    assert head.id not in ids(listed(clinic, by=clinic.person("demo-second")))


def test_an_empty_list_teaches(web: Web, clinician: Browser) -> None:
    assert "Nothing was signed yet" in clinician.get("/?which=signed").words
    assert "Nothing is being drafted" in clinician.get("/?which=drafting").words


@pytest.mark.parametrize("which", list(Which))
def test_each_list_is_a_page(web: Web, clinician: Browser, which: Which) -> None:
    page = clinician.get(f"/?which={which}")
    assert page.status == 200
    assert f'which={which}" aria-current' in page.source or which is Which.REVIEW


def test_the_frame_names_clinic_person_and_role(web: Web, clinician: Browser) -> None:
    page = clinician.get("/")
    assert web.clinic.installation.tenant_name in page.words
    assert f"{web.clinic.person().name} clinician" in page.words
    assert '<a href="/" aria-current="page">Worklist</a>' in page.source
    case = web.clinic.in_review()
    assert '<a href="/" aria-current="true">Worklist</a>' in clinician.get(f"/cases/{case}").source


class TestSearch:
    def search(self, browser: Browser, name: str) -> Page:
        return browser.submit(browser.get("/").form("/search"), name=name)

    def test_by_name_or_birth(self, web: Web, clinician: Browser) -> None:
        patient = web.clinic.patient("Björk Ó Dúill")
        case = web.clinic.in_review(CSV, web.clinic.encounter(patient))
        for words in ("björk", "dúill BJÖRK", "björk 1970-01-01"):
            page = self.search(clinician, words)
            assert [link for link in page.links if "/cases/" in link] == [f"/cases/{case}"]
            assert "1 case found" in page.words
        assert "No case was found" in self.search(clinician, "björk nobody").words
        assert "No case was found" in self.search(clinician, "  ").words

    def test_a_name_is_in_no_address(self, web: Web, clinician: Browser) -> None:
        page = self.search(clinician, "Ann")
        assert clinician.at.endswith("/search")
        assert not any("Ann" in link for link in page.links)
        assert page.headers["cache-control"] == "no-store"

    def test_it_takes_the_right(self, console: Web, browser: Browser) -> None:
        browser.log_in("demo-auditor", console.password("demo-auditor"))
        page = browser.get("/session")
        answer = browser.client.post(
            "/search",
            data={"csrf": page.forms[0].fields["csrf"], "name": "Ann"},
            headers={"Origin": browser.home},
        )
        assert answer.status_code == 403


class TestPaging:
    def test_a_place_of_another_list_is_none(self, web: Web, clinician: Browser) -> None:
        for _ in range(3):
            web.clinic.in_review()
        page = clinician.get("/?rows=1")
        [following] = [link for link in page.links if "cursor=" in link]
        assert clinician.get(following).status == 200
        assert clinician.get(following.replace("which=review", "which=all")).status == 404
        assert clinician.get("/?cursor=nonsense").status == 404

    @pytest.mark.parametrize("rows", ["0", "501", "x"])
    def test_how_many(self, clinician: Browser, rows: str) -> None:
        assert clinician.get(f"/?rows={rows}").status == 422

    def test_many_are_counted_so_far(self) -> None:
        assert _counted(999) == "999"
        assert _counted(1_000) == "999+"


def test_a_live_page_keeps_no_session_open(clinician: Browser) -> None:
    assert "set-cookie" in clinician.get("/").headers
    live = clinician.get("/?live=1")
    assert "set-cookie" not in live.headers
    [address] = re.findall(r'address="([^"]+)"', live.source)
    assert address.endswith("live=1")


def test_a_place_is_plain_data(ward: Clinic) -> None:
    row = ward.in_review()
    [place] = [each.place for each in listed(ward) if each.head.id == row]
    assert isinstance(place, Place)
