"""The web application over a real database; fakes stand at the token and proof ports alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from attending.adapters.identity import OidcProofVerifier, OidcTokenVerifier, TrustedIssuer
from attending.adapters.identity.passkeys import WebAuthnRegistrar
from attending.core.errors import Unauthenticated
from attending.core.identity import ROLE_SCOPES, Caller, Principal, Scope, StaffRole
from attending.core.ids import CaseId
from attending.demo.issuer import API_AUDIENCE, RunningIssuer
from attending.settings import effective
from attending.web.application import web_app
from attending.web.parts import ConsoleLogin, WebParts
from attending.web.rates import Limits
from tests.clinic import Clinic, proof_of
from tests.web.browser import Browser

NOWHERE = "3f0e8a52-6a3a-4a39-9a39-1d2f5a1c2b3d"  # an id that nothing has
UPLOAD_LIMIT = 4_000  # bytes
ALL_SCOPES = frozenset(Scope)


@dataclass
class FakeTokens:
    known: dict[str, Caller] = field(default_factory=dict)

    def caller(self, token: str) -> Caller:
        if token not in self.known:
            raise Unauthenticated("The bearer token is not valid")
        return self.known[token]

    def of(
        self,
        clinic: Clinic,
        person: Principal,
        roles: frozenset[StaffRole] | None = None,
        scopes: frozenset[Scope] = ALL_SCOPES,
        age: timedelta | None = timedelta(0),
    ) -> str:
        """A token for the person; by default with every right that the roles carry.

        age: how long ago the person logged in; None if the issuer does not say.
        """
        held = person.roles if roles is None else roles
        carried = frozenset(scope for role in held for scope in ROLE_SCOPES[role])
        token = uuid4().hex
        now = datetime.now(UTC)
        self.known[token] = Caller(
            clinic.tenant,
            person.issuer,
            person.subject,
            held,
            carried & scopes,
            session=token,
            issued_at=now,
            authenticated_at=None if age is None else now - age,
        )
        return token


@dataclass
class Web:
    """The application of one clinic, and clients of its people."""

    clinic: Clinic
    parts: WebParts
    tokens: FakeTokens = field(repr=False)

    @cached_property
    def app(self) -> FastAPI:
        """One for all clients: to build it takes longer than most tests."""
        return web_app(self.parts)

    def anonymous(self, **headers: str) -> TestClient:
        """A client of an application that has counted nobody yet."""
        vars(self.app.state.limits).update(vars(Limits(self.parts.rates)))
        return TestClient(self.app, base_url=self.parts.console.base_url, headers=headers)

    def client(
        self, username: str = "demo-clinician", clinic: Clinic | None = None, **limits: Any
    ) -> TestClient:
        at = clinic or self.clinic
        token = self.tokens.of(at, at.person(username), **limits)
        return self.anonymous(Authorization=f"Bearer {token}")

    def password(self, username: str) -> str:
        return self.clinic.installation.secrets[username]

    def blobs(self) -> set[str]:
        """Every file that lies under the blobs' folder."""
        folder = Path(urlsplit(self.clinic.installation.settings("web").blobs_url).path)
        return {str(path) for path in folder.rglob("*") if path.is_file()}

    def at_once(self, ask: Callable[[TestClient], Any], times: int, **limits: Any) -> list[Any]:
        """The same request, sent by as many threads at one moment."""
        start = Barrier(times)

        def send(client: TestClient) -> Any:
            start.wait()
            return ask(client)

        with self.client(**limits) as client, ThreadPoolExecutor(times) as pool:
            return list(pool.map(send, [client] * times))


@pytest.fixture(scope="module")
def web(clinic: Clinic) -> Web:
    tokens = FakeTokens()
    parts = WebParts(
        loop=clinic.parts("web"),
        tokens=tokens,
        trust=clinic.trust,
        upload_limit=UPLOAD_LIMIT,
        history=clinic.history,
        settings=effective(clinic.installation.settings("web")),
        console=ConsoleLogin(
            clinic.installation.issuer_url,
            "attending-console",
            clinic.installation.web_url,
            b"k" * 32,
        ),
        passkeys=WebAuthnRegistrar(),
    )
    return Web(clinic, parts, tokens)


@pytest.fixture(scope="module")
def issuer(clinic: Clinic) -> Iterator[RunningIssuer]:
    with RunningIssuer(clinic.installation.issuer_settings()) as running:
        yield running


@pytest.fixture(scope="module")
def console(web: Web, issuer: RunningIssuer) -> Web:
    """The same with the verifiers of the product, so that the demo's issuer is believed."""
    trusted = [TrustedIssuer(issuer.url, API_AUDIENCE, web.parts.console.client_id)]
    parts = replace(web.parts, tokens=OidcTokenVerifier(trusted), trust=web.clinic.trusting())
    return replace(web, parts=parts, clinic=replace(web.clinic, prover=OidcProofVerifier(trusted)))


@pytest.fixture
def browser(console: Web) -> Iterator[Browser]:
    """Nobody is logged in yet."""
    with console.anonymous() as client:
        yield Browser(client)


@pytest.fixture
def clinician(console: Web, browser: Browser) -> Browser:
    """The demo clinician's, logged in."""
    page = browser.log_in("demo-clinician", console.password("demo-clinician"))
    assert page.status == 200
    return browser


@pytest.fixture
def client(web: Web) -> Iterator[TestClient]:
    """The demo clinician's."""
    with web.client() as opened:
        yield opened


def ok(answer: Any, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer that must be one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"urn:attending:error:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["remedy"]
    return problem


def see(client: TestClient, case: CaseId | str, section: dict[str, Any]) -> None:
    """View a section as it stands, and open its warnings."""
    for statement in (None, *section["unopened"]):
        ask = {"section": section["key"], "revision": section["revision"], "statement": statement}
        ok(client.post(f"/v1/cases/{case}/views", json=ask), 201)


def decide(
    client: TestClient, case: CaseId | str, section: str, kind: str = "accept", **more: Any
) -> Any:
    now = ok(client.get(f"/v1/cases/{case}"))
    revision = next(s["revision"] for s in now["sections"] if s["key"] == section)
    ask = {"version": now["version"], "section": section, "revision": revision, "kind": kind}
    return client.post(f"/v1/cases/{case}/decisions", json={**ask, **more})


def review_all(client: TestClient, case: CaseId | str) -> Any:
    """See and accept every section; the case after it."""
    for section in ok(client.get(f"/v1/cases/{case}"))["sections"]:
        see(client, case, section)
        ok(decide(client, case, section["key"]), 201)
    return ok(client.get(f"/v1/cases/{case}"))


def signature_of(entry: dict[str, Any], by: Principal, **changed: Any) -> dict[str, Any]:
    """What a client sends to sign a prepared entry."""
    proof = proof_of(by, entry["digest"])
    ask = {
        "version": entry["version"],
        "digest": entry["digest"],
        "prepared_at": entry["prepared_at"],
        "proof": {"kind": "oidc", "token": proof.token},
        "retract": entry["payload"]["action"] == "retract",
    }
    return {**ask, **changed}


def sign(client: TestClient, case: CaseId | str, by: Principal, *, retract: bool = False) -> Any:
    entry = ok(client.get(f"/v1/cases/{case}/entry", params={"retract": retract}))
    return client.post(f"/v1/cases/{case}/signatures", json=signature_of(entry, by))
