"""The system's page and the settings: what is known, what is only said to be set, and to whom."""

from __future__ import annotations

import html
import re
import shlex

import psycopg
import pytest

from attending.adapters.storage import statements
from attending.adapters.storage.statements import Change
from attending.core.errors import RecordRefused, TrustBroken
from attending.core.identity import StaffRole
from attending.core.trust import StatementKind
from attending.core.work import Step
from attending.loop.recover import give_up
from attending.settings import SECRETS, Settings, effective, read
from tests.clinic import Clinic
from tests.web.browser import Browser, Page
from tests.web.conftest import Web

# Names that look like a secret's, and why they are none.
NO_SECRET = {
    "inference_public_key_file": "public",
    "checkpoint_public_key_file": "public",
    "blobs_url": "a folder or a bucket; its credentials are the environment's own",
    "public_url": "the address that everybody types",
}
LOOKS_SECRET = re.compile(r"key_file$|_url$|token|secret|password|signer|credential")


@pytest.fixture
def admin(console: Web, browser: Browser) -> Browser:
    browser.log_in("demo-admin", console.password("demo-admin"))
    return browser


def row(page: Page, name: str) -> str:
    """The words of the table row that begins with this name."""
    rows = re.findall(r"<tr.*?</tr>", page.source, re.DOTALL)
    (found,) = [each for each in rows if name in each]
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


# Settings.


def test_every_setting_is_shown_or_a_secret(admin: Browser) -> None:
    page = admin.get("/admin/settings")
    shown = set(re.findall(r'<tr id="ATTENDING_(\w+)"', page.source))
    assert shown == {name.upper() for name in Settings.model_fields}


def test_a_setting_that_looks_secret_has_its_verdict() -> None:
    looks = {name for name in Settings.model_fields if LOOKS_SECRET.search(name)}
    assert looks <= SECRETS | NO_SECRET.keys()
    assert SECRETS.isdisjoint(NO_SECRET)
    assert set(Settings.model_fields) >= SECRETS


def test_no_secret_is_ever_shown() -> None:
    """Whatever a secret holds, and whatever kind of setting it is."""
    environment = {f"ATTENDING_{name.upper()}": f"canary-{name}" for name in SECRETS}
    environment["ATTENDING_RECORD_TOKENS"] = '{"https://ehr.example": "canary-token"}'
    environment["ATTENDING_FIRST_WAIT"] = "0.5"
    told = {each.name: each for each in effective(read(environment))}
    assert "canary" not in repr(told)
    for name in SECRETS:
        each = told[f"ATTENDING_{name.upper()}"]
        assert (each.is_secret, each.is_set, each.value) == (True, True, "")
    assert told["ATTENDING_FIRST_WAIT"].value == "0.5"
    assert not told["ATTENDING_FIRST_WAIT"].is_default
    assert told["ATTENDING_ATTEMPTS"].is_default
    assert not told["ATTENDING_SPEECH_MODEL"].is_set


def test_a_type_that_hides_its_value_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attending.settings.SECRETS", frozenset())
    told = {each.name: each for each in effective(read({"ATTENDING_RECORD_TOKENS": '{"a": "b"}'}))}
    assert told["ATTENDING_RECORD_TOKENS"].is_secret
    assert told["ATTENDING_RECORD_TOKENS"].value == ""


def test_the_page_tells_what_is_in_force(admin: Browser, clinic: Clinic) -> None:
    page = admin.get("/admin/settings")
    issuers = row(page, 'id="ATTENDING_ISSUERS"')
    assert clinic.installation.issuer_url in issuers
    assert "set (secret)" in row(page, 'id="ATTENDING_DATABASE_URL"')
    assert "not set" in row(page, 'id="ATTENDING_TRUST_KEY_FILE"')
    assert "default" in row(page, 'id="ATTENDING_UPLOAD_LIMIT"')
    assert clinic.installation.secrets["web"] not in page.source


# People.


def test_people_are_told_with_the_command_that_changes_them(admin: Browser, clinic: Clinic) -> None:
    page = admin.get("/admin")
    clinician = row(page, "Dr Ada Lindqvist (demo)")
    assert "clinician yes trusted" in clinician
    assert f"attending trust revoke principal {clinic.person().id} --reason WHY" in clinician
    assert f"--tenant {clinic.tenant}" in clinician
    assert "auditor no trusted" in row(page, "Jules Martin (demo)")


def test_a_name_is_never_more_than_a_name_in_a_command(admin: Browser, clinic: Clinic) -> None:
    """It is copied into a shell."""
    name = "Eve'; rm -rf / #<b>$(x)"
    person = clinic.enrolled()
    hostile = type(person)(person.id, person.issuer, person.subject, name, person.roles)
    clinic.installation.state(statements.principal(hostile))
    gone = Change(StatementKind.PRINCIPAL, str(person.id), reason="She <left>.")
    clinic.installation.state(gone)
    page = admin.get("/admin")
    assert "She <left>." in page.words
    assert "<b>$" not in page.source
    (command,) = [line for line in commands(page) if person.subject in line]
    told = shlex.split(command)
    assert told[:5] == ["attending", "trust", "add", "principal", person.subject]
    assert told[told.index("--name") + 1] == name


def commands(page: Page) -> list[str]:
    return [html.unescape(each) for each in re.findall(r"<kbd>(.*?)</kbd>", page.source)]


def test_a_row_that_nobody_stated_is_told(admin: Browser, clinic: Clinic) -> None:
    person = clinic.enrolled(StaffRole.ENGINEER)
    with psycopg.connect(clinic.installation.admin_dsn) as db:
        change = "update attending.principals set roles = '{clinician}' where id = %s"
        db.execute(change, (person.id,))
    told = row(admin.get("/admin"), person.subject)
    assert "clinician no trusted The database says otherwise" in told


def test_a_broken_trust_log_is_told_and_the_rest_still_shown(
    admin: Browser, console: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: object, _unit: object) -> None:
        raise TrustBroken("The trust log was cut.")

    monkeypatch.setattr(type(console.parts.trust), "standing", broken)
    page = admin.get("/admin")
    assert page.status == 200
    assert "The trust log was cut." in page.words
    assert "Stand-in EHR" in page.words


# Record systems and the queue.


def test_deliveries_are_told_from_the_database(admin: Browser, web: Web) -> None:
    clinic = web.clinic
    assert "never" in row(admin.get("/admin"), "Stand-in EHR")
    clinic.released()
    waits = clinic.decided()
    clinic.sign(waits)
    told = row(admin.get("/admin"), "Stand-in EHR")
    assert re.search(r"yes 2\d{3}-.* UTC never 1, since 2\d{3}-.* UTC 0$", told)
    job = clinic.job(Step.RELEASE, clinic.releases(waits)[-1].id)
    give_up(clinic.databases["releaser"], job, RecordRefused("No.", untouched=True))
    told = row(admin.get("/admin"), "Stand-in EHR")
    assert re.search(r"UTC record.refused 0 1$", told)


def test_the_queue_tells_what_waits(admin: Browser, web: Web) -> None:
    before = _jobs(admin)
    web.clinic.upload()
    web.clinic.upload()
    assert _jobs(admin) == before + 2
    assert "Waits for nothing" not in admin.get("/admin").words


def _jobs(admin: Browser) -> int:
    page = admin.get("/admin")
    if "Reading the source" not in page.words:
        return 0
    return int(row(page, "Reading the source").split()[3])


def test_another_clinic_is_nowhere(admin: Browser, neighbour: Clinic) -> None:
    before = _jobs(admin)
    neighbour.upload()
    person = neighbour.enrolled()
    page = admin.get("/admin")
    assert _jobs(admin) == before
    assert person.subject not in page.source
    assert str(neighbour.tenant) not in page.source
    with neighbour.web.transaction(neighbour.tenant, "tests") as unit:
        assert unit.queue.waiting()


@pytest.mark.parametrize("path", ["/admin", "/admin/settings"])
@pytest.mark.parametrize(
    ("username", "status"),
    [("demo-engineer", 200), ("demo-clinician", 403), ("demo-safety", 403), ("demo-auditor", 403)],
)
def test_who_may_look(
    console: Web, browser: Browser, path: str, username: str, status: int
) -> None:
    browser.log_in(username, console.password(username))
    assert ("/admin" in browser.get("/session").links) is (status == 200)
    assert browser.get(path).status == status


def test_who_reads_no_case_begins_at_what_they_may(console: Web, browser: Browser) -> None:
    browser.log_in("demo-auditor", console.password("demo-auditor"))
    browser.get("/")
    assert browser.at.endswith("/audit")
