"""A passkey in a real browser: enrolled, confirmed, and used to sign what the releaser writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Route, expect
from typer.testing import CliRunner

from attending.adapters.ed25519 import public_half
from attending.cli import cli
from attending.core.case import CaseState, DecisionKind, ReleaseState
from attending.core.errors import Untrusted
from attending.core.ids import CaseId
from tests.browser.axe import violations
from tests.browser.conftest import CLINICIAN, VisitAs, Watched
from tests.browser.ward import Ward

FINGERPRINT = re.compile(r"[0-9a-f]{4}(?:-[0-9a-f]{4}){7}")


class Key:
    """A security key at the browser of a page, as the DevTools protocol plays it."""

    def __init__(self, page: Page, **options: Any) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        usual = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        told = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": usual | options})
        self.id = told["authenticatorId"]

    def verifies(self, *, is_user: bool) -> None:
        self.session.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": is_user}
        )

    def touched(self, *, by_itself: bool) -> None:
        self.session.send(
            "WebAuthn.setAutomaticPresenceSimulation",
            {"authenticatorId": self.id, "enabled": by_itself},
        )

    def credentials(self) -> list[dict[str, Any]]:
        told = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        found: list[dict[str, Any]] = told["credentials"]
        return found

    def set_back(self) -> None:
        """To how it was when it was made: a copy that was not used since."""
        [made] = self.credentials()
        self.session.send(
            "WebAuthn.removeCredential",
            {"authenticatorId": self.id, "credentialId": made["credentialId"]},
        )
        self.session.send(
            "WebAuthn.addCredential",
            {"authenticatorId": self.id, "credential": {**made, "signCount": 1}},
        )


@pytest.fixture
def page(visit_as: VisitAs) -> Page:
    """Somebody whose log-in is fresh."""
    return visit_as()


@contextmanager
def administering(ward: Ward) -> Iterator[pytest.MonkeyPatch]:
    installation = ward.clinic.installation
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ATTENDING_ADMIN_URL", installation.admin_dsn)
        patched.setenv("ATTENDING_TRUST_KEY_FILE", str(installation.trust_key))
        patched.setenv("ATTENDING_TRUST_ROOT_FILE", str(public_half(installation.trust_key)))
        yield patched


def administrator(ward: Ward, *words: str) -> str:
    with administering(ward):
        done = CliRunner().invoke(cli, ["trust", *words, "--tenant", str(ward.clinic.tenant)])
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def enrol(page: Page, ward: Ward, name: str = "Key on my ring") -> str:
    """By the pages; the fingerprint that is shown."""
    page.goto(f"{ward.url}/session")
    page.get_by_role("link", name="Your passkeys").click()
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.get_by_role("button", name="Create the passkey")).to_be_enabled()
    page.get_by_label("Name").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/session/passkeys")
    card = page.locator(".passkeys li", has_text=name)
    expect(card).to_contain_text("waits for the administrator")
    found = FINGERPRINT.search(card.inner_text())
    assert found is not None
    return found.group()


def to_sign(page: Page, ward: Ward, case: CaseId) -> None:
    page.goto(f"{ward.url}/cases/{case}/sign")
    expect(page.get_by_role("heading", name="Sign this entry")).to_be_visible()


def ready_case(ward: Ward) -> CaseId:
    """Reviewed, and not signed."""
    case = ward.in_review()
    ward.clinic.see_all(case)
    for section in ward.clinic.case(case).proposal().sections:
        ward.clinic.decide(case, section.key, DecisionKind.ACCEPT)
    return case


def test_from_enrolment_to_the_record(page: Page, ward: Ward) -> None:
    key = Key(page)
    case = ready_case(ward)
    to_sign(page, ward, case)
    expect(page.get_by_role("button", name="Sign with passkey")).to_have_count(0)

    fingerprint = enrol(page, ward)

    assert fingerprint in administrator(ward, "add", "passkey")
    to_sign(page, ward, case)
    expect(page.get_by_role("button", name="Sign with passkey")).to_have_count(0)
    assert "Stated: passkey" in administrator(ward, "add", "passkey", fingerprint)
    assert "No passkey waits" in administrator(ward, "add", "passkey")
    to_sign(page, ward, case)
    left: list[str] = []
    page.on("framenavigated", lambda frame: left.append(frame.url))
    page.get_by_role("button", name="Sign with passkey").click()
    page.wait_for_url(f"**/cases/{case}")
    assert left == [f"{ward.url}/cases/{case}"], "the page is left once"
    assert ward.clinic.case(case).state is CaseState.SIGNED
    assert ward.deliver(case).state is ReleaseState.WRITTEN
    assert ward.clinic.case(case).state is CaseState.RELEASED
    assert key.credentials()[0]["signCount"] > 1


@pytest.fixture
def signer(page: Page, ward: Ward) -> Key:
    """A key that is confirmed, at the browser of the page."""
    _withdraw_all(ward)
    key = Key(page)
    administrator(ward, "add", "passkey", enrol(page, ward))
    return key


def _withdraw_all(ward: Ward) -> None:
    """Those of the tests before: their browsers are gone."""
    by = ward.clinic.person()
    with ward.clinic.web.transaction(ward.clinic.tenant, str(by.id)) as unit:
        for each in unit.passkeys.of(by.id):
            if each.withdrawn_at is None:
                unit.passkeys.withdraw(each.id, by.id)


def test_by_keyboard_alone(page: Page, ward: Ward, signer: Key) -> None:
    case = ready_case(ward)
    to_sign(page, ward, case)
    button = page.get_by_role("button", name="Sign with passkey")
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case}")
    assert ward.clinic.case(case).state is CaseState.SIGNED


def test_waiting_is_told_and_can_be_cancelled(page: Page, ward: Ward, signer: Key) -> None:
    """Nothing is lost: the same page signs by logging in afterwards."""
    signer.touched(by_itself=False)
    case = ready_case(ward)
    to_sign(page, ward, case)
    sign = page.get_by_role("button", name="Sign with passkey")
    sign.click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("Waiting for your passkey")
    expect(sign).to_be_disabled()
    expect(page.get_by_role("button", name="Sign by logging in")).to_be_disabled()
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.locator("main").get_by_role("status")).to_contain_text("It was cancelled")
    expect(sign).to_be_focused()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert ward.clinic.case(case).state is CaseState.IN_REVIEW
    page.get_by_role("button", name="Sign by logging in").click()
    page.get_by_label("User name").fill(CLINICIAN)
    page.get_by_label("Password").fill(ward.password(CLINICIAN))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case}")
    assert ward.clinic.case(case).state is CaseState.SIGNED


def test_who_is_not_verified_signs_nothing(page: Page, ward: Ward, signer: Key) -> None:
    signer.verifies(is_user=False)
    case = ready_case(ward)
    to_sign(page, ward, case)
    page.get_by_role("button", name="Sign with passkey").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("Nothing was changed")
    assert ward.clinic.case(case).state is CaseState.IN_REVIEW


def test_a_copy_is_refused_and_reported(
    page: Page, ward: Ward, signer: Key, watched: Watched
) -> None:
    watched.allowed += ["403"]
    first, second = ready_case(ward), ready_case(ward)
    to_sign(page, ward, first)
    page.get_by_role("button", name="Sign with passkey").click()
    page.wait_for_url(f"**/cases/{first}")
    signer.set_back()
    to_sign(page, ward, second)
    page.get_by_role("button", name="Sign with passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("there is a copy of it")
    assert ward.clinic.case(second).state is CaseState.IN_REVIEW
    page.get_by_role("link", name="Go back").click()
    expect(page.get_by_role("heading", name="Sign this entry")).to_be_visible()


def test_one_that_was_withdrawn_meanwhile_signs_nothing(
    page: Page, ward: Ward, signer: Key, watched: Watched
) -> None:
    """Whether before the button is pressed, or while the authenticator is asked."""
    watched.allowed += ["403", "409"]
    case = ready_case(ward)
    to_sign(page, ward, case)

    def withdrawn(route: Route) -> None:
        _withdraw_all(ward)
        route.continue_()

    page.route("**/sign/passkey", withdrawn)
    page.get_by_role("button", name="Sign with passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("was withdrawn")
    administrator(ward, "add", "passkey", enrol_another(page, ward))
    to_sign(page, ward, case)
    _withdraw_all(ward)
    page.get_by_role("button", name="Sign with passkey").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(
        "no passkey that may be used here"
    )
    assert ward.clinic.case(case).state is CaseState.IN_REVIEW


def enrol_another(page: Page, ward: Ward) -> str:
    """On a second device."""
    Key(page, transport="usb")
    return enrol(page, ward, "Second device")


def test_what_a_revoked_one_signed_is_not_written(page: Page, ward: Ward, signer: Key) -> None:
    case = ready_case(ward)
    to_sign(page, ward, case)
    page.get_by_role("button", name="Sign with passkey").click()
    page.wait_for_url(f"**/cases/{case}")
    by = ward.clinic.person()
    with ward.clinic.web.transaction(ward.clinic.tenant, str(by.id)) as unit:
        [made] = [each for each in unit.passkeys.of(by.id) if each.withdrawn_at is None]
    administrator(ward, "revoke", "passkey", made.public.credential, "--reason", "lost")
    with pytest.raises(Untrusted, match="was revoked"):
        ward.deliver(case)
    page.goto(f"{ward.url}/session/passkeys")
    expect(page.locator(".past")).to_contain_text("revoked by the administrator")


def test_a_released_note_is_retracted_by_passkey(page: Page, ward: Ward, signer: Key) -> None:
    case = ready_case(ward)
    ward.clinic.sign(case)
    ward.clinic.deliver(case)
    page.goto(f"{ward.url}/cases/{case}/sign?retract=true")
    page.get_by_role("button", name="Retract with passkey").click()
    page.wait_for_url(f"**/cases/{case}")
    assert ward.deliver(case).state is ReleaseState.WRITTEN
    assert ward.clinic.case(case).state is CaseState.RETRACTED


def test_a_device_holds_one_of_mine_once(page: Page, ward: Ward, signer: Key) -> None:
    page.goto(f"{ward.url}/session/passkeys/new")
    page.get_by_label("Name").fill("The same")
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(
        "holds a passkey of yours already"
    )
    expect(page.get_by_label("Name")).to_have_value("The same")


def test_the_owner_withdraws_by_the_page(page: Page, ward: Ward, signer: Key) -> None:
    page.goto(f"{ward.url}/session/passkeys")
    card = page.locator(".passkeys li", has_text="ready to sign")
    card.locator("summary").click()
    card.get_by_role("button", name="Withdraw this passkey").click()
    expect(page.locator(".passkeys li").filter(has_text="ready to sign")).to_have_count(0)
    to_sign(page, ward, ready_case(ward))
    expect(page.get_by_role("button", name="Sign with passkey")).to_have_count(0)


def test_what_changed_is_read_before_it_is_signed(page: Page, ward: Ward, signer: Key) -> None:
    case = ward.in_review()
    ward.clinic.see_all(case)
    sections = ward.clinic.case(case).proposal().sections
    drafted = next(section for section in sections if section.statements)
    for section in sections:
        kind = DecisionKind.EDIT if section is drafted else DecisionKind.ACCEPT
        ward.clinic.decide(case, section.key, kind, text=f"{drafted.text} Rested well.")
    to_sign(page, ward, case)
    changed = page.get_by_role("region", name="What you changed")
    expect(changed.locator("ins")).to_contain_text("Rested well")
    expect(changed).to_contain_text("As the model drafted it: ")


def test_nothing_stands_in_anybodys_way(visit_as: VisitAs, ward: Ward) -> None:
    """With a passkey, at both widths; test_every_page has the pages without one."""
    _withdraw_all(ward)
    page = visit_as(color_scheme="dark")
    Key(page)
    fingerprint = enrol(page, ward)
    case = ready_case(ward)
    for section, kind in (("plan", DecisionKind.REJECT), ("assessment", DecisionKind.EDIT)):
        ward.clinic.decide(case, section, kind, reason="Not today", text="Gout, left foot.")
    pages = ["/session", "/session/passkeys", "/session/passkeys/new", f"/cases/{case}/sign"]
    administrator(ward, "add", "passkey", fingerprint)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in pages:
            page.goto(f"{ward.url}{path}")
            assert violations(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
