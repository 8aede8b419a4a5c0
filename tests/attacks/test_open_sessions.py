"""A session that was merely left open: what it must not do, and how it ends in every process."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIRouter
from fastapi.testclient import TestClient

from attending import app as wiring
from attending.core.entry import FRESH, LEEWAY
from attending.web.api import desk, routers
from attending.web.api.desk import Anyone
from attending.web.console import PAGES, visit
from tests.attacks.recipes import RECIPES, Operation, Party
from tests.clinic import Clinic
from tests.journeys.served import ok, refused

GATES = {desk.fresh_desk, desk.fresh_writing, visit.fresh_visit}
# What carries data away, makes a key or a right, or shuts others out, by its name or path.
SENSITIVE = re.compile(r"export|download|enrol|keys?\b|credential|passkey|invite|principal|people")
# A name that sounds so, and why it may do without.
HARMLESS = {
    "list_principals": "names and roles of the clinic's own people, to officers alone",
    "show_passkeys": "names and fingerprints of one's own; what is done there asks by itself",
    "withdraw_passkey": "takes one's own away, which must not wait for a log-in",
    "ask_passkey": "a question; only the passkey's owner can answer it",
    "sign_with_passkey": "it is a fresh authentication, for one entry",
    "promote_with_passkey": "the same, for one promotion",
}


def routes() -> list[APIRoute]:
    every = [*routers(), *(page.router for page in PAGES)]
    return [route for router in every for route in router.routes if isinstance(route, APIRoute)]


def is_gated(route: APIRoute) -> bool:
    """Whether somewhere before it the age of the log-in is asked."""
    waiting, calls = [route.dependant], set()
    while waiting:
        dependant = waiting.pop()
        calls.add(dependant.call)
        waiting += dependant.dependencies
    return bool(calls & GATES)


def ungated(found: list[APIRoute]) -> list[str]:
    """Sensitive routes that an open session may use."""
    return [
        f"{route.name} {route.path}"
        for route in found
        if SENSITIVE.search(f"{route.name} {route.path}")
        and route.name not in HARMLESS
        and not is_gated(route)
    ]


def test_what_is_sensitive_takes_a_fresh_log_in() -> None:
    assert ungated(routes()) == []
    assert {name for name in HARMLESS if name not in {route.name for route in routes()}} == set()


@pytest.mark.parametrize(
    ("name", "path"),
    [("export_cases", "/v1/cases"), ("add", "/v1/me/keys"), ("enrol", "/v1/devices"),
     ("read", "/v1/cases/{case}/export")],
)  # fmt: skip
def test_a_new_one_without_it_is_seen(name: str, path: str) -> None:
    def planted(at: Anyone) -> str:
        return str(at.caller.subject)

    router = APIRouter()
    router.add_api_route(path, planted, name=name)
    assert len(ungated([r for r in router.routes if isinstance(r, APIRoute)])) == 1


def test_the_recipes_say_the_same() -> None:
    gated = {route.name for router in routers() for route in _of(router) if is_gated(route)}
    assert gated == {name for name, recipe in RECIPES.items() if recipe.fresh}


def _of(router: APIRouter) -> list[APIRoute]:
    return [route for route in router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("name", sorted(name for name, recipe in RECIPES.items() if recipe.fresh))
def test_an_old_log_in(us: Party, known: dict[str, Operation], name: str) -> None:
    """Of the issuer itself, with every right; also one that says nothing of its time."""
    operation, recipe = known[name], known[name].recipe
    ask = recipe.ask(us)
    person = us.clinic.person(recipe.username)
    old = int(time.time() - (FRESH + LEEWAY).total_seconds()) - 5
    for auth_time, status, code in (
        (old, 401, "identity.login_too_old"),
        (0, 401, "identity.login_too_old"),
        (int(time.time()) + 3600, 401, "identity.login_too_old"),
        (..., 403, "identity.forbidden"),
    ):
        token = us.served.forge.access(
            sub=person.subject,
            tenant=str(us.clinic.tenant),
            roles=sorted(person.roles),
            scope=str(recipe.scope),
            auth_time=auth_time,
        )
        answer = ask.send(us.served.bearing(token), operation.method, operation.path)
        refused(answer, status, code)
    answer = ask.send(us.asking(recipe), operation.method, operation.path)
    assert answer.status_code == recipe.status


@contextmanager
def another_process(clinic: Clinic) -> Iterator[FastAPI]:
    """A second web process of the installation, as far as it shares anything: not at all."""
    app = wiring.web(clinic.installation.settings("web"))
    parts = app.state.parts.loop
    try:
        yield app
    finally:
        parts.telemetry.close()
        parts.storage.close()


def test_a_stolen_token_ends_in_every_process(us: Party) -> None:
    """At the next request, whichever process was asked to end it."""
    token = us.served.tokens().access_token
    thief: Any
    with (
        another_process(us.clinic) as app,
        TestClient(app, headers={"Authorization": f"Bearer {token}"}) as thief,
    ):
        assert thief.get("/v1/cases").status_code == 200
        ok(us.served.bearing(token).post("/v1/me/log-out", json={}), 201)
        for client in (thief, us.served.bearing(token)):
            for path in ("/v1/cases", "/v1/me", f"/v1/cases/{us.story.amended}"):
                answer: httpx.Response = client.get(path)
                refused(answer, 401, "identity.unauthenticated")
    ok(us.served.bearing(us.served.tokens().access_token).get("/v1/me"))


def test_an_upload_that_its_session_does_not_outlive(us: Party) -> None:
    """What was begun before and ends after is not taken in."""
    token = us.served.tokens().access_token
    client, encounter = us.served.bearing(token), us.clinic.encounter()

    def content() -> Iterator[bytes]:
        yield b"0,80\n"
        ok(us.served.bearing(token).post("/v1/me/log-out", json={}), 201)
        yield b"1,90\n"

    answer = client.post(
        f"/v1/encounters/{encounter}/sources",
        params={"line": "vitals"},
        content=content(),
        headers={"Content-Type": "text/csv"},
    )
    refused(answer, 401, "identity.unauthenticated")
