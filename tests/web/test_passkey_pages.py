"""Enrolling and signing by passkey, over the pages' own routes; the authenticator is software."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.responses import Response
from fastapi.testclient import TestClient

from attending.adapters.storage import statements
from attending.core.case import CaseState, DecisionKind, ReleaseState
from attending.core.ids import CaseId
from attending.core.passkey import PublicKey, RelyingParty
from attending.loop import review
from attending.web.application import web_app
from attending.web.console import asked as asking
from attending.web.console.session import Cookies, Session
from attending.web.parts import ConsoleLogin
from attending.web.seals import Seals
from tests.adapters.identity.authenticator import Authenticator
from tests.clinic import Clinic
from tests.plugins.two_engines import SlowestRate
from tests.registered import Registry
from tests.web.browser import Browser, Page
from tests.web.conftest import Web

HOME = "/session/passkeys"


@dataclass
class Person:
    """Somebody at a browser with an authenticator, where script would run."""

    web: Web
    browser: Browser
    key: Authenticator

    @property
    def clinic(self) -> Clinic:
        return self.web.clinic

    def post(self, path: str, **fields: str) -> Any:
        headers = {"Origin": self.browser.home}
        client: Any = self.browser.client
        return client.post(path, data=fields, headers=headers, follow_redirects=False)

    def begun(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What the authenticator is asked to make, and the form."""
        page = self.browser.get(f"{HOME}/new")
        [options] = re.findall(r'data-options="([^"]*)"', page.source)
        return json.loads(html.unescape(options)), page.form(HOME).fields

    def enrol(self, name: str = "key on the ring", **changed: str) -> Any:
        options, fields = self.begun()
        answer = self.key.made(unarmoured(options["challenge"]))
        return self.post(HOME, **{**fields, "name": name, "answer": answer, **changed})

    def confirm(self) -> None:
        """By the admin key."""
        self.clinic.installation.state(statements.passkey(self.public))

    @property
    def public(self) -> PublicKey:
        return self.key.public(self.clinic.person().id)

    def form(self, case: CaseId) -> dict[str, str]:
        return self.browser.get(f"/cases/{case}/sign").form(f"/cases/{case}/sign").fields

    def challenged(self, case: CaseId, fields: dict[str, str]) -> dict[str, Any]:
        return self._challenged(f"/cases/{case}/sign", fields)

    def sign(self, case: CaseId, key: Authenticator | None = None, **changed: str) -> Any:
        return self.prove(f"/cases/{case}/sign", key, **changed)

    def prove(self, page: str, key: Authenticator | None = None, **changed: str) -> Any:
        """What the page's form proves, by passkey."""
        fields = self.browser.get(page).form(page).fields
        told = self._challenged(page, fields)
        assertion = (key or self.key).asserted(unarmoured(told["options"]["challenge"]))
        sent = {**fields, "assertion": assertion, "asked": told["asked"], **changed}
        return self.post(f"{page}/passkey", **sent)

    def _challenged(self, page: str, fields: dict[str, str]) -> dict[str, Any]:
        answer = self.post(f"{page}/challenge", csrf=fields["csrf"], digest=fields["digest"])
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


def unarmoured(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def party(web: Web) -> RelyingParty:
    found = web.parts.console.party
    assert found is not None
    return found


@pytest.fixture
def person(console: Web, clinician: Browser) -> Person:
    """Who has withdrawn every passkey of the tests before."""
    made = Person(console, clinician, Authenticator(party(console)))
    by = made.clinic.person()
    with made.clinic.web.transaction(made.clinic.tenant, str(by.id)) as unit:
        for each in unit.passkeys.of(by.id):
            if each.withdrawn_at is None:
                unit.passkeys.withdraw(each.id, by.id)
    return made


@pytest.fixture
def signer(person: Person) -> Person:
    """With a passkey that is confirmed."""
    assert person.enrol().status_code == 303
    person.confirm()
    return person


def refused(answer: Any, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert words in Page(answer, ours=True).words


class TestEnrolling:
    def test_it_waits_until_the_administrator_has_confirmed_it(self, person: Person) -> None:
        assert person.enrol("Key <b>one</b>").status_code == 303
        page = person.browser.get(HOME)
        for shown in (
            "Key <b>one</b>",
            "waits for the administrator",
            person.public.fingerprint,
            f"attending trust add passkey {person.public.fingerprint}",
        ):
            assert shown in page.words
        person.confirm()
        page = person.browser.get(HOME)
        assert "ready to sign" in page.words
        assert "trust add" not in page.words

    def test_what_is_asked_of_the_authenticator(self, signer: Person) -> None:
        options, _fields = signer.begun()
        assert options["rp"]["id"] == "localhost"
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["attestation"] == "none"
        assert [each["id"] for each in options["excludeCredentials"]] == [signer.public.credential]
        assert options["user"]["id"] not in signer.clinic.person().subject

    def test_the_owner_withdraws_it_at_once(self, signer: Person) -> None:
        case = signer.clinic.decided()
        fields, page = signer.form(case), signer.browser.get(HOME)
        told = signer.challenged(case, fields)
        assertion = signer.key.asserted(unarmoured(told["options"]["challenge"]))
        [form] = [f for f in page.forms if f.action.endswith("/withdraw")]

        after = signer.browser.submit(form)

        assert "withdrawn by you" in after.words
        sent = {**fields, "assertion": assertion, "asked": told["asked"]}
        refused(signer.post(f"/cases/{case}/sign/passkey", **sent), 403, "was withdrawn")
        assert "with passkey" not in signer.browser.get(f"/cases/{case}/sign").words
        assert signer.clinic.case(case).state is CaseState.IN_REVIEW

    def test_the_administrator_revokes_it(self, signer: Person) -> None:
        revoked = statements.passkey(signer.public)
        change = statements.Change(revoked.kind, revoked.subject, reason="lost")
        signer.clinic.installation.state(change)
        assert "revoked by the administrator" in signer.browser.get(HOME).words

    def test_an_answer_to_another_page_is_refused(self, person: Person, console: Web) -> None:
        _options, fields = person.begun()
        answer = person.key.made(b"c" * 32)
        sent = {**fields, "name": "x", "answer": answer}
        refused(person.post(HOME, **sent), 422, "could not be read")
        options, _ = person.begun()
        made = person.key.made(unarmoured(options["challenge"]))
        refused(person.post(HOME, **{**sent, "answer": made}), 422, "could not be read")

    @pytest.mark.parametrize("asked", ["x", "of another", "to sign", "long ago"])
    def test_a_question_that_was_not_ours_is_refused(
        self, person: Person, console: Web, asked: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seals = Seals(console.parts.console.cookie_key)
        token, caller = asked, caller_of(console, person)
        if asked == "of another":
            token = asking.sealed(
                seals, asking.ENROLLING, b"c" * 32, replace(caller, subject="demo-second")
            )
        if asked == "to sign":
            token = asking.sealed(seals, asking.SIGNING, b"c" * 32, caller)
        if asked == "long ago":
            then = time.time() - asking.PATIENCE.total_seconds() - 1
            with monkeypatch.context() as past:
                past.setattr(asking.time, "time", lambda: then)
                token = asking.sealed(seals, asking.ENROLLING, b"c" * 32, caller)
        answer = person.enrol(asked=token, answer=person.key.made(b"c" * 32))
        refused(answer, 422, "came too late")

    @pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 81])
    def test_it_has_a_name(self, person: Person, name: str) -> None:
        assert person.enrol(name).status_code == 422

    def test_the_same_twice_is_refused(self, signer: Person) -> None:
        refused(signer.enrol("again"), 409, "enrolled already")


def caller_of(web: Web, person: Person) -> Any:
    known = web.clinic.person()
    caller = web.tokens.of(web.clinic, known)
    return replace(web.tokens.known[caller], tenant=web.clinic.tenant)


class TestWithoutAName:
    """At an IP address, or without TLS, browsers offer no passkeys; the pages say so."""

    @pytest.mark.parametrize(
        ("address", "why"),
        [
            ("http://127.0.0.1:8400", "is a number"),
            ("https://10.0.0.7", "is a number"),
            ("https://[::1]:8400", "is a number"),
            ("http://clinic.test", "not reached by https"),
        ],
    )
    def test_the_reason_is_told(self, console: Web, address: str, why: str) -> None:
        login = replace(console.parts.console, base_url=address)
        assert login.party is None
        assert why in login.without_passkeys

    @pytest.mark.parametrize("address", ["http://localhost:8400", "https://clinic.test"])
    def test_a_name_is_a_party(self, console: Web, address: str) -> None:
        login: ConsoleLogin = replace(console.parts.console, base_url=address)
        assert login.party is not None
        assert login.party.origin == address
        assert login.without_passkeys == ""

    def test_the_pages_say_so(self, web: Web) -> None:
        login = replace(web.parts.console, base_url="http://127.0.0.1:8400")
        case = web.clinic.decided()
        with visiting(web, login) as client:
            assert "You cannot add or use passkeys here" in client.get(HOME).text
            assert client.get(f"{HOME}/new").status_code == 409
            assert "There are no passkeys here: this page" in client.get(f"/cases/{case}/sign").text


@contextmanager
def visiting(
    web: Web, login: ConsoleLogin, username: str = "demo-clinician", **of_token: Any
) -> Iterator[Any]:
    """With a session of somebody at this address; the issuer is asked nothing."""
    token = web.tokens.of(web.clinic, web.clinic.person(username), **of_token)
    answer = Response()
    Cookies(login, Seals(login.cookie_key)).keep_session(answer, Session.begun(token, "name"))
    cookie = answer.headers["set-cookie"].partition(";")[0]
    app = web_app(replace(web.parts, console=login))
    headers = {"Cookie": cookie}
    with TestClient(
        app, base_url=login.base_url, headers=headers, follow_redirects=False
    ) as opened:
        yield opened


class TestWho:
    def test_an_old_log_in_enrols_nothing(self, web: Web) -> None:
        """The page asks for a new one; a form that waited for too long is refused."""
        login = web.parts.console
        with visiting(web, login, age=timedelta(minutes=6)) as client:
            assert client.get(HOME).status_code == 200
            asked = client.get(f"{HOME}/new")
            assert (asked.status_code, asked.headers["location"][:6]) == (303, "/login")
            csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get(HOME).text)[0]
            sent = {"csrf": csrf, "name": "x", "asked": "x", "answer": "x"}
            late = client.post(HOME, data=sent, headers={"Origin": login.origin})
            assert late.status_code == 401

    @pytest.mark.parametrize("username", ["demo-admin", "demo-safety", "demo-engineer"])
    def test_who_does_not_sign_has_none(self, web: Web, username: str) -> None:
        with visiting(web, web.parts.console, username) as client:
            for path in (HOME, f"{HOME}/new"):
                assert client.get(path).status_code == 403
            assert "passkeys" not in client.get("/session").text


class TestSigning:
    def test_it_signs_and_the_releaser_verifies_it(self, signer: Person) -> None:
        case = signer.clinic.decided()
        page = signer.browser.get(f"/cases/{case}/sign")
        assert "Sign with passkey" in page.words
        answer = signer.sign(case)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case}")
        assert signer.clinic.deliver(case).state is ReleaseState.WRITTEN

    def test_only_what_is_ready_is_asked_for(self, signer: Person) -> None:
        case = signer.clinic.decided()
        waiting = replace(signer, key=Authenticator(party(signer.web)))
        assert waiting.enrol("another").status_code == 303
        told = signer.challenged(case, signer.form(case))["options"]
        assert [each["id"] for each in told["allowCredentials"]] == [signer.public.credential]
        assert (told["rpId"], told["userVerification"]) == ("localhost", "required")
        refused(waiting.sign(case), 403, "No statement")

    def test_an_answer_to_another_question_is_refused(self, signer: Person) -> None:
        """Even a genuine one, of the same entry: it was asked for elsewhere."""
        case = signer.clinic.decided()
        fields = signer.form(case)
        first, second = signer.challenged(case, fields), signer.challenged(case, fields)
        assertion = signer.key.asserted(unarmoured(first["options"]["challenge"]))
        sent = {**fields, "assertion": assertion, "asked": second["asked"]}
        refused(signer.post(f"/cases/{case}/sign/passkey", **sent), 403, "another question")
        assert signer.clinic.case(case).state is CaseState.IN_REVIEW

    def test_an_answer_for_another_case_is_refused(self, signer: Person) -> None:
        case, other = signer.clinic.decided(), signer.clinic.decided()
        there = signer.form(other)
        told = signer.challenged(other, there)
        assertion = signer.key.asserted(unarmoured(told["options"]["challenge"]))
        sent = {**signer.form(case), "assertion": assertion, "asked": told["asked"]}
        refused(signer.post(f"/cases/{case}/sign/passkey", **sent), 403, "another digest")

    def test_what_changed_meanwhile_is_not_signed(self, signer: Person) -> None:
        case = signer.clinic.decided()
        fields = signer.form(case)
        told = signer.challenged(case, fields)
        signer.clinic.decide(case, "rate", DecisionKind.EDIT, text="Sinus rhythm")
        assertion = signer.key.asserted(unarmoured(told["options"]["challenge"]))
        sent = {**fields, "assertion": assertion, "asked": told["asked"]}
        assert signer.post(f"/cases/{case}/sign/passkey", **sent).status_code == 409

    def test_a_count_that_went_back_is_refused_and_reported(self, signer: Person) -> None:
        counting = replace(signer, key=Authenticator(party(signer.web), count=5))
        assert counting.enrol("counting").status_code == 303
        counting.confirm()
        case = signer.clinic.decided()

        answer = counting.sign(case, counting.key.counting(3))

        refused(answer, 403, "a copy of it")
        assert "tell the safety officer" in Page(answer, ours=True).words
        assert reported(signer.clinic) == [{"count": 3, "last": 5}]
        assert signer.clinic.case(case).state is CaseState.IN_REVIEW
        assert counting.sign(case, counting.key.counting(6)).status_code == 303

    def test_a_case_that_is_not_there_has_no_question(self, signer: Person) -> None:
        fields = signer.form(signer.clinic.decided())
        address = f"/cases/{signer.clinic.tenant}/sign/challenge"
        answer = signer.post(address, csrf=fields["csrf"], digest=fields["digest"])
        assert answer.status_code == 404

    def test_logging_in_signs_as_ever(self, signer: Person) -> None:
        """The form without its passkey fields, as a browser sends it: they are disabled."""
        case = signer.clinic.decided()
        page = signer.browser.get(f"/cases/{case}/sign")
        assert 'name="assertion" value="" disabled' in page.source
        form = page.form(f"/cases/{case}/sign")
        for name in ("assertion", "asked"):
            del form.fields[name]
        login = signer.browser.submit(form)
        password = signer.web.password("demo-clinician")
        signer.browser.submit(login.forms[0], username="demo-clinician", password=password)
        assert signer.clinic.case(case).state is CaseState.SIGNED


def reported(clinic: Clinic) -> list[dict[str, int]]:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        rows = unit.all(
            """select entry::jsonb->'detail' as detail from attending.audit_log
               where entry::jsonb->>'action' = 'passkey.count_went_back'"""
        )
    return [row["detail"] for row in rows]


@pytest.fixture(scope="module")
def promotion(web: Web) -> str:
    """The address of its page."""
    registry = Registry(web.clinic)
    made = registry.register(SlowestRate(), trained_by="demo-second")
    registry.evaluated(made, recall=0.9)
    return f"/models/{made.id}/promotion"


class TestPromoting:
    def test_it_promotes(self, signer: Person, promotion: str) -> None:
        assert signer.prove(promotion).status_code == 303
        assert "Promoted" in signer.browser.get(promotion).words

    def test_a_count_that_went_back_is_refused_and_reported(
        self, signer: Person, promotion: str
    ) -> None:
        counting = replace(signer, key=Authenticator(party(signer.web), count=5))
        assert counting.enrol("counting").status_code == 303
        counting.confirm()
        refused(counting.prove(promotion, counting.key.counting(2)), 403, "a copy of it")
        assert {"count": 2, "last": 5} in reported(signer.clinic)

    def test_a_version_that_is_not_there_has_no_question(
        self, signer: Person, promotion: str
    ) -> None:
        fields = signer.browser.get(promotion).form(promotion).fields
        address = f"/models/{signer.clinic.tenant}/promotion/challenge"
        answer = signer.post(address, csrf=fields["csrf"], digest=fields["digest"])
        assert answer.status_code == 404


class TestWhatChanged:
    def test_each_section_tells_what_became_of_it(self, signer: Person) -> None:
        clinic, case = signer.clinic, signer.clinic.in_review()
        clinic.see_all(case)
        clinic.decide(case, "rate", DecisionKind.EDIT, text="Heart rate, mean: 97 /min")
        clinic.decide(case, "fast", DecisionKind.REJECT, "Not for the record")
        page = signer.browser.get(f"/cases/{case}/sign")
        assert '<del><span class="hidden">[deleted: </span>96.6667' in page.source
        assert '<ins><span class="hidden">[added: </span>97' in page.source
        assert "rejected: not written" in page.words
        assert "Reason: Not for the record" in page.words

    def test_what_was_left_is_told_in_one_line(self, signer: Person) -> None:
        case = signer.clinic.decided()
        words = signer.browser.get(f"/cases/{case}/sign").words
        assert "Nothing: all of it is as the model drafted it" in words

    def test_a_colleagues_words_bear_a_name(self, signer: Person) -> None:
        clinic, case = signer.clinic, signer.clinic.decided()
        second = clinic.person("demo-second")
        clinic.see_all(case, second)
        with clinic.web.transaction(clinic.tenant, str(second.id)) as unit:
            version = unit.cases.head(case).version
            choice = review.Choice("rate", 0, DecisionKind.EDIT, "", "Sinus rhythm")
            review.decide(unit, case, version, clinic.checked(unit, case, choice), second)
        clinic.see_all(case)
        words = signer.browser.get(f"/cases/{case}/sign").words
        assert "last edited by Dr Sam Okafor (demo)" in words
