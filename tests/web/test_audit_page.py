"""The auditor's page: entries in words, filtered and paged at the server, and the verification."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from attending.adapters.storage import trail
from attending.adapters.storage.audit import StoredHistory
from attending.core.trust import Act, StatementKind
from attending.web.console import audit
from attending.web.console.words import ACTIONS
from tests.clinic import Clinic
from tests.web.browser import Browser, Page
from tests.web.conftest import Web

SOURCE = Path(__file__).parents[2] / "src/attending"
AUDITOR = "demo-auditor"


def logged_in(console: Web, browser: Browser, username: str = AUDITOR) -> Browser:
    browser.log_in(username, console.password(username))
    return browser


@pytest.fixture
def auditor(console: Web, browser: Browser) -> Browser:
    return logged_in(console, browser)


def numbers(page: Page) -> list[int]:
    """Of the entries on a page, in their order."""
    return [int(n) for n in re.findall(r'data-name="No." class="number">(\d+)<', page.source)]


def verified(browser: Browser) -> Page:
    """All steps, as somebody without script takes them."""
    page = browser.submit(browser.get("/audit").form("/audit/verification"))
    while "Go on" in page.words:
        page = browser.submit(page.form("/audit/verification"))
    return page


def test_every_action_has_its_words() -> None:
    written = "\n".join(
        path.read_text() for path in SOURCE.rglob("*") if path.suffix in (".py", ".sql")
    )
    found = set(re.findall(r'\.(?:audit|note)\([^)]*?"([a-z]+\.[a-z_.]+)"', written, re.DOTALL))
    found |= set(re.findall(r"attending\.audit\([^;]*?'([a-z]+\.[a-z_]+)'", written))
    found |= {f"trust.{act}.{kind}" for act in Act for kind in StatementKind}
    assert len(found) > 20
    assert {each for each in found if each not in ACTIONS} == set()


def test_entries_stand_in_words_newest_first(console: Web, auditor: Browser, web: Web) -> None:
    case = web.clinic.released()
    page = auditor.get("/audit")
    assert numbers(page) == sorted(numbers(page), reverse=True)
    assert "Written to the record" in page.words
    assert "the releaser process" in page.words
    assert "Dr Ada Lindqvist (demo) Signed" in page.words
    assert f"/encounters/{web.clinic.case(case).encounter}" in page.links
    assert f"/cases/{case}" not in page.links  # an auditor reads no case


def test_a_case_is_found_with_all_that_belongs_to_it(auditor: Browser, web: Web) -> None:
    case, other = web.clinic.released(), web.clinic.released()
    encounter, elsewhere = web.clinic.case(case).encounter, web.clinic.case(other).encounter
    for about in (case, encounter):
        page = auditor.get(f"/audit?about={about}")
        assert "Source received" in page.words
        assert "Written to the record" in page.words
        assert str(other) not in page.source
        assert str(elsewhere) not in page.source
    assert "Encounter opened" in page.words


def test_person_and_action_are_filtered_at_the_server(auditor: Browser, web: Web) -> None:
    web.clinic.in_review()
    clinician = web.clinic.person()
    page = auditor.get(f"/audit?person={clinician.id}&action=source.received")
    assert numbers(page)
    body = page.source.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("Source received") == len(numbers(page)) == body.count(clinician.name)
    assert "No entry fits" in auditor.get("/audit?action=nonsense").words
    assert numbers(auditor.get(f"/audit?person={web.clinic.person('demo-second').id}")) == []


def test_days_are_filtered(auditor: Browser, web: Web) -> None:
    web.clinic.encounter()
    today = datetime.now(UTC).date()
    tomorrow, before = today + timedelta(days=1), today - timedelta(days=1)
    assert numbers(auditor.get(f"/audit?first={today}&last={today}"))
    assert numbers(auditor.get(f"/audit?first={tomorrow}")) == []
    assert numbers(auditor.get(f"/audit?last={before}")) == []


@pytest.mark.parametrize("asked", ["about=x", "first=x", "last=9999-12-31", "before=0", "person=1"])
def test_nonsense_is_refused_in_words(auditor: Browser, asked: str) -> None:
    assert auditor.get(f"/audit?{asked}").status == 422


def test_empty_fields_ask_for_nothing(auditor: Browser) -> None:
    page = auditor.get("/audit?first=&last=&person=&action=&about=")
    assert page.status == 200
    assert numbers(page) == numbers(auditor.get("/audit"))


def test_every_entry_is_reached_by_paging(
    auditor: Browser, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 7)
    monkeypatch.setattr(trail, "REACH", 5)  # so that pages are cut as well
    for address in ("/audit", "/audit?action=source.received"):
        seen, here = [], address
        while here:
            page = auditor.get(here)
            seen += numbers(page)
            here = next((link for link in page.links if "before=" in link), "")
        with web.clinic.web.transaction(web.clinic.tenant, "tests") as unit:
            every = unit.trail.entries(0, 100_000)
        wanted = [e.seq for e in every if "action=" not in address or "source.received" in e.entry]
        assert seen == wanted[::-1]


def test_words_in_an_entry_are_text(auditor: Browser, web: Web) -> None:
    with web.clinic.web.transaction(web.clinic.tenant, "tests") as unit:
        unit.audit("<script>x</script>", "tested", "a\u202eb", why="<b>")
    page = auditor.get("/audit")
    assert "why <b>" in page.words
    assert "a[U+202E]b" in page.words
    assert "<script>x" not in page.source


def test_what_is_another_clinics_is_not_there(
    auditor: Browser, web: Web, neighbour: Clinic
) -> None:
    case = neighbour.released()
    page = auditor.get(f"/audit?about={case}")
    assert numbers(page) == []
    assert str(case) not in auditor.get("/audit").source
    mine = auditor.get("/audit")
    assert max(numbers(mine)) == mine_total(web.clinic)


def mine_total(clinic: Clinic) -> int:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        return unit.trail.last()


@pytest.mark.parametrize(
    "username", ["demo-clinician", "demo-safety", "demo-engineer", "demo-admin"]
)
def test_it_is_the_auditors_alone(console: Web, browser: Browser, username: str) -> None:
    other = logged_in(console, browser, username)
    assert "/audit" not in other.get("/").links
    for path in ("/audit", "/audit/export"):
        assert other.get(path).status == 403
    csrf = other.get("/session").form("/logout").fields["csrf"]
    answer = other.client.post(
        "/audit/verification", data={"csrf": csrf}, headers={"Origin": other.home}
    )
    assert answer.status_code == 403


def test_the_chain_is_verified_in_steps(
    auditor: Browser, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.clinic.released()
    monkeypatch.setattr(audit, "STEP", 10)
    first = auditor.submit(auditor.get("/audit").form("/audit/verification"))
    assert "10 of " in first.words
    page = verified(auditor)
    assert "The chain holds." in page.words
    assert "signed checkpoints in" in page.words
    assert "Audit verified" in auditor.get("/audit").words


def test_a_change_is_found_whatever_the_step(
    auditor: Browser, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.clinic.released()
    monkeypatch.setattr(audit, "STEP", 10)
    with altered(web.clinic, 12):
        page = verified(auditor)
    assert "The history does not hold." in page.words
    assert "entry 12 was altered" in page.words
    assert "The chain holds." in verified(auditor).words


class altered:  # noqa: N801 - reads as a sentence
    """An entry says something else, as a superuser can make it, until the block ends."""

    def __init__(self, clinic: Clinic, seq: int) -> None:
        self.clinic, self.seq = clinic, seq

    def __enter__(self) -> None:
        self.before = self._write(None)

    def __exit__(self, *_: object) -> None:
        self._write(self.before)

    def _write(self, text: str | None) -> str:
        with psycopg.connect(self.clinic.installation.admin_dsn) as db:
            db.execute("set local session_replication_role = replica")
            place = (self.clinic.tenant, self.seq)
            row = db.execute(
                "select entry from attending.audit_log where tenant_id = %s and seq = %s", place
            ).fetchone()
            assert row is not None
            entry = text or json.dumps(json.loads(row[0]) | {"actor": "nobody"})
            db.execute(
                "update attending.audit_log set entry = %s where tenant_id = %s and seq = %s",
                (entry, *place),
            )
            return str(row[0])


def test_a_state_that_was_made_up_begins_anew(auditor: Browser) -> None:
    form = auditor.get("/audit").form("/audit/verification")
    page = auditor.submit(form, state="made-up")
    assert "entries" in page.words
    assert page.status == 200


def test_without_the_checkpoints_it_says_what_was_not_verified(
    console: Web, auditor: Browser
) -> None:
    blind = replace(
        console, parts=replace(console.parts, history=StoredHistory(console.clinic.web))
    )
    with blind.anonymous() as client:
        other = logged_in(blind, Browser(client))
        assert "a place that this process was not given" in other.get("/audit").words
        page = verified(other)
    assert "The chain holds." in page.words
    assert "Not the signed checkpoints" in page.words


@pytest.fixture
def _old_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attending.web.access.FRESH", timedelta(minutes=-10))


def test_the_export_takes_a_fresh_log_in(auditor: Browser) -> None:
    answer = auditor.client.get("/audit/export", follow_redirects=False)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert json.loads(lines[-1]["entry"])["action"] == "audit.exported"


@pytest.mark.usefixtures("_old_log_in")
def test_an_old_log_in_exports_nothing(auditor: Browser) -> None:
    answer = auditor.client.get("/audit/export", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?then=/audit/export")
