"""A clinic whose real web application is served on a port, with an issuer that knows its people.

Nothing stands in for anything here but the record, which is in memory: tokens and proofs
are the issuer's, and both the web and the releaser verify them with its public keys.
Steps of the loop run in this process, when a test says so.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from attending import app as wiring
from attending.core.ids import CaseId
from attending.core.work import Release, Step
from attending.demo.installation import CLIENT_ID, HOST, NAME, PEOPLE, Installation
from attending.demo.issuer import (
    DemoUser,
    IssuerSettings,
    RunningIssuer,
    Tokens,
    sign_in,
)
from attending.demo.issuer.key import signing_key
from attending.loop.release import ReleaserParts, release
from attending.web.serving import WebServer
from tests.adapters.identity.forging import Forge
from tests.clinic import Clinic

PROBLEM = "application/problem+json"
TOLD = ("type", "title", "code", "detail", "remedy")
INSIDES = ("Traceback", 'File "', "psycopg", "site-packages", "attending.cases", "select ")
PATIENCE = 60.0  # seconds for one answer
_STOP_SECONDS = 20.0

Json = dict[str, Any]


def judge(answer: httpx.Response) -> None:
    """What holds of every answer of the API: never broken, and a refusal says a way on."""
    text = answer.read().decode("utf-8", "replace")
    where = f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {text[:500]}"
    assert answer.status_code < 500, where
    assert not [inside for inside in INSIDES if inside in text], where
    if not answer.is_error:
        return
    assert answer.headers["content-type"] == PROBLEM, where
    problem = answer.json()
    assert problem["status"] == answer.status_code, where
    assert all(problem[name].strip() for name in TOLD), where
    assert problem["type"] == f"urn:attending:error:{problem['code']}", where
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer "), where


@dataclass
class Served:
    """``neighbour`` is another tenant, in the same database and at the same issuer."""

    clinic: Clinic
    neighbour: Clinic | None
    issuer: RunningIssuer
    app: FastAPI
    transport: httpx.BaseTransport | None = None  # None: the port
    _clients: list[httpx.Client] = field(default_factory=list)
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    _known: dict[str, httpx.Client] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.clinic.installation.web_url

    @property
    def forge(self) -> Forge:
        """Signs with the issuer's own key what the issuer would not."""
        return Forge(self.issuer.url, signing_key(self.issuer.settings.key_path))

    def tokens(
        self, username: str = "demo-clinician", clinic: Clinic | None = None, nonce: str = ""
    ) -> Tokens:
        """Of a fresh log-in of somebody of the clinic, by default ours."""
        at = clinic or self.clinic
        return sign_in(
            self.issuer.url,
            CLIENT_ID,
            at.installation.redirect_uri,
            username,
            password(at.installation, username),
            nonce=nonce or None,
        )

    def keep(self, token: str, username: str, clinic: Clinic) -> None:
        """Let somebody be logged in with this access token."""
        self._tokens[username, str(clinic.tenant)] = token

    def token(self, username: str = "demo-clinician", clinic: Clinic | None = None) -> str:
        """An access token, of a log-in that is kept."""
        key = (username, str((clinic or self.clinic).tenant))
        if key not in self._tokens:
            self._tokens[key] = self.tokens(username, clinic).access_token
        return self._tokens[key]

    def forget(self) -> None:
        """Every log-in that was kept, for one was ended; those to come are of another second."""
        self._tokens.clear()
        second = int(time.time())
        while int(time.time()) == second:
            time.sleep(0.02)

    def client(
        self, username: str = "demo-clinician", clinic: Clinic | None = None
    ) -> httpx.Client:
        """Of somebody who is logged in; the same one each time."""
        token = self.token(username, clinic)
        if token not in self._known:
            self._known[token] = self.bearing(token)
        return self._known[token]

    def bearing(self, token: str | None) -> httpx.Client:
        """A client with this token, or none; every answer to it is judged."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        made = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=PATIENCE,
            trust_env=False,
            transport=self.transport,
            event_hooks={"response": [judge]},
        )
        self._clients.append(made)
        return made

    def releaser(self, clinic: Clinic | None = None) -> ReleaserParts:
        """The clinic's, but it verifies real proofs."""
        at = clinic or self.clinic
        return replace(at.releaser(), trust=at.trusting())

    def deliver(self, case: CaseId) -> Release:
        """Run the release job of the last signature."""
        wanted = self.clinic.releases(case)[-1]
        release(self.releaser(), self.clinic.job(Step.RELEASE, wanted.id))
        return self.clinic.releases(case)[-1]

    def close(self) -> None:
        for client in self._clients:
            client.close()


class InProcess(httpx.BaseTransport):
    """Asks the application without a socket; one request after the other."""

    def __init__(self, app: FastAPI) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._loop = asyncio.new_event_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._loop.run_until_complete(self._answered(request))

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.close()

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=await answer.aread()
        )


@contextmanager
def serving(clinic: Clinic, neighbour: Clinic | None = None) -> Iterator[Served]:
    """Web and issuer answer while the block lasts, on the installation's ports."""
    port = clinic.installation.settings("web").web_port
    with _wired(clinic, neighbour) as served, listening(served.app, port):
        yield served
        served.close()


@contextmanager
def in_process(clinic: Clinic, neighbour: Clinic | None = None) -> Iterator[Served]:
    """The same, but the web application is asked without a socket."""
    with _wired(clinic, neighbour) as served:
        served.transport = InProcess(served.app)
        yield served
        served.close()


@contextmanager
def _wired(clinic: Clinic, neighbour: Clinic | None) -> Iterator[Served]:
    with RunningIssuer(_issuer_settings(clinic, neighbour)) as issuer:
        app = wiring.web(clinic.installation.settings("web"))
        parts = app.state.parts.loop
        try:
            yield Served(clinic, neighbour, issuer, app)
        finally:
            parts.telemetry.close()
            parts.storage.close()


def at_once(times: int, ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """So many threads, let go at one moment; each is told its number."""
    start = threading.Barrier(times)

    def send(number: int) -> httpx.Response:
        start.wait()
        return ask(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def ok(answer: httpx.Response, status: int = 200) -> Json:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    told: Json = answer.json()
    return told


def refused(answer: httpx.Response, status: int, code: str) -> Json:
    """The problem of an answer that must be this one."""
    problem = ok(answer, status)
    assert problem["code"] == code, problem
    return problem


def look(client: httpx.Client, case: CaseId | str) -> Json:
    return ok(client.get(f"/v1/cases/{case}"))


def see_all(client: httpx.Client, case: CaseId | str) -> Json:
    """See every section as it stands, and open its warnings; the case."""
    told = look(client, case)
    for section in told["sections"]:
        shown = {"section": section["key"], "revision": section["revision"]}
        for statement in (None, *section["unopened"]):
            ask = {**shown, "statement": statement}
            ok(client.post(f"/v1/cases/{case}/views", json=ask), 201)
    return told


def accept_all(client: httpx.Client, case: CaseId | str) -> Json:
    """See and accept every section; the case after it."""
    told = see_all(client, case)
    for section in told["sections"]:
        ask = {
            "version": told["version"],
            "section": section["key"],
            "revision": section["revision"],
            "kind": "accept",
        }
        told = ok(client.post(f"/v1/cases/{case}/decisions", json=ask), 201)
    return told


def signature_ask(entry: Json, proof: str, **changed: object) -> Json:
    """What a client sends to sign a prepared entry."""
    return {
        "version": entry["version"],
        "digest": entry["digest"],
        "prepared_at": entry["prepared_at"],
        "proof": {"kind": "oidc", "token": proof},
        "retract": entry["payload"]["action"] == "retract",
    } | changed


def password(installation: Installation, username: str) -> str:
    """The same user name in two tenants has two passwords, so a log-in says which."""
    return f"{installation.tenant_name} {installation.secrets[username]}"


def _issuer_settings(clinic: Clinic, neighbour: Clinic | None) -> IssuerSettings:
    tenants = [clinic] if neighbour is None else [clinic, neighbour]
    users = tuple(
        DemoUser(
            person.username,
            person.name,
            password(each.installation, person.username),
            each.tenant,
            frozenset({person.role}),
        )
        for each in tenants
        for person in PEOPLE
    )
    return replace(clinic.installation.issuer_settings(), users=users)


@contextmanager
def listening(app: FastAPI, port: int) -> Iterator[str]:
    """The application on a port, by the product's own server; its address."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    server = WebServer(config, app.state.news)
    with socket.create_server((HOST, port), backlog=256) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            httpx.get(f"http://{HOST}:{port}/health", timeout=PATIENCE, trust_env=False)
            yield f"http://{NAME}:{port}"
        finally:
            server.should_exit = True
            thread.join(_STOP_SECONDS)
