"""Every route, with another tenant's token: nothing is found, nothing leaks, nothing changes.

Driven by the OpenAPI document. For each operation one tenant's own request, which
succeeds for it, is sent by another tenant: as it is, with the same idempotency key, and
then piece by piece inside the other tenant's own request.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from psycopg import sql
from pydantic import TypeAdapter

from attending.web.api import routers
from attending.web.console import console
from tests.attacks.recipes import RECIPES, Ask, Operation, Party, Place
from tests.attacks.stories import Story
from tests.clinic import Clinic
from tests.journeys.served import Json, Served, refused

REPLAY = "idempotent-replay"
REFUSALS = {404, 409, 422}
_SECRET = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|canary[a-z]+")
ROUTES = {route.name: route for router in routers() for route in router.routes}
NAMES = sorted(set(ROUTES) - {"health"})
_READ = sql.SQL(
    """select {}, coalesce(string_agg(row, e'\n' order by row), '')
       from (select t::text as row from attending.{} t where tenant_id = %(tenant)s) r"""
)
_JOBS = sql.SQL(
    """select 'jobs', count(*)::text from queue.procrastinate_jobs
       where args->>'tenant' = %(tenant)s::text"""
)
# No page: who follows a stream cannot be led to a log-in.
_STREAMS = {"/events"}
_OPEN_PAGES = {
    "/login",
    "/login/callback",
    "/logged-out",
    "/welcome",  # where there is a guide: in a demo alone
    "/assets/{name}",
    "/assets/lines/{line}/{name}",
}


@pytest.fixture(scope="module")
def them(served: Served, theirs: Story) -> Party:
    """The attackers: clinicians of the other tenant."""
    return Party(served, theirs)


def test_every_route_has_a_verdict(served: Served, known: dict[str, Operation]) -> None:
    """And none is hidden from the document."""
    served_there = {
        route.name
        for route in iter_route_contexts(served.app.routes)
        if str(route.path).startswith("/v1")
    }
    assert served_there == set(known) == set(RECIPES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_fills_every_place(us: Party, known: dict[str, Operation], name: str) -> None:
    operation = known[name]
    ask = operation.recipe.ask(us)
    filled = set(ask.places()) | {("header", "Idempotency-Key")}
    optional = {("query", "cursor"), ("query", "state"), ("query", "limit")}
    assert operation.asked() <= filled | (optional if operation.recipe.own else set())
    body = operation.described.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        schema = us.served.app.openapi()["components"]["schemas"][_named(body["schema"])]
        assert set(schema["properties"]) == set(ask.body or {})


def _named(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


@pytest.mark.parametrize("name", NAMES)
def test_another_tenants_request(
    us: Party, them: Party, known: dict[str, Operation], name: str
) -> None:
    """It is tried before its owner's, when it could still do harm, and after."""
    operation = known[name]
    ask, key = operation.recipe.ask(us), uuid4().hex
    before = _state(us)
    _attacked(us, them, operation, ask)
    _attacked(us, them, operation, ask, key)
    assert _state(us) == before
    owners = _sent(us, operation, ask, key)
    assert owners.status_code == operation.recipe.status, owners.text
    after = _state(us)
    assert (after != before) is operation.writes
    _attacked(us, them, operation, ask, key)
    assert _state(us) == after


def _attacked(
    us: Party, them: Party, operation: Operation, ask: Ask, key: str | None = None
) -> None:
    answer = _sent(them, operation, ask, key)
    if operation.recipe.own:
        assert answer.status_code == operation.recipe.status, answer.text
        assert _told(answer) & _known_to(them), "their own is told: the answer is not empty"
    else:
        assert "fields" not in refused(answer, *operation.recipe.refusal)
        assert REPLAY not in answer.headers
    assert not _leaked(us, them, ask, answer)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in RECIPES or not RECIPES[n].own])
def test_one_foreign_value_in_ones_own_request(
    us: Party, them: Party, known: dict[str, Operation], name: str
) -> None:
    """Whatever differs between the two tenants' requests is put over, one by one."""
    operation, recipe = known[name], known[name].recipe
    foreign, own, key = recipe.ask(us), recipe.ask(them), uuid4().hex
    assert _sent(us, operation, foreign, key).status_code == recipe.status
    before, standing = _state(us), own.places()
    differing = {place: v for place, v in foreign.places().items() if v != standing[place]}
    assert differing
    for place, value in differing.items():
        mixed = own.with_value(place, value)
        answer = _sent(them, operation, mixed)
        assert answer.status_code in _expected(operation, place), f"{place}: {answer.text}"
        assert not _leaked(us, them, mixed, answer), place
    assert _state(us) == before
    fresh = recipe.ask(them)
    answer = _sent(them, operation, fresh, key)
    assert answer.status_code == recipe.status, answer.text
    assert REPLAY not in answer.headers, "the other tenant's key means nothing here"
    assert not _leaked(us, them, fresh, answer)
    assert _state(us) == before


def _expected(operation: Operation, place: Place) -> set[int]:
    """What names another's thing is absent; what was proven for it does not hold here."""
    if any(place[: len(words)] == words for words in operation.recipe.words):
        return {operation.recipe.status} | REFUSALS
    if place[0] in ("path", "query") or place in {
        ("body", "target"),
        ("body", "patient"),
        ("body", "to"),
    }:
        return {404}
    signed = ("make_signature", "resume", "promote_model", "roll_back")
    return {403, 409} if operation.name in signed else set()


def _sent(by: Party, operation: Operation, ask: Ask, key: str | None = None) -> httpx.Response:
    """The answer is one that the document declares, in the form that it declares."""
    answer = ask.send(by.asking(operation.recipe), operation.method, operation.path, key)
    declared = operation.described["responses"]
    assert str(answer.status_code) in declared, f"undeclared: {answer.status_code}"
    [media] = declared[str(answer.status_code)]["content"]
    assert answer.headers["content-type"] == media
    model = _route(operation.name).response_model
    if answer.is_success and model is not None:
        adapter: TypeAdapter[Any] = TypeAdapter(model)
        read = adapter.validate_json(answer.content)
        assert adapter.dump_python(read, mode="json") == answer.json(), "more than is declared"
    return answer


def _route(name: str) -> APIRoute:
    route = ROUTES[name]
    assert isinstance(route, APIRoute)
    return route


def _told(answer: httpx.Response) -> set[str]:
    """Every id, digest and canary in an answer."""
    return set(_SECRET.findall(f"{answer.text} {answer.headers}"))


def _leaked(us: Party, them: Party, ask: Ask, answer: httpx.Response) -> set[str]:
    """What is ours in their answer, other than what they sent."""
    unsaid = _told(answer) - set(_SECRET.findall(str(ask)))
    return unsaid & (_known_to(us) - _known_to(them)) if unsaid else set()


def _known_to(party: Party) -> set[str]:
    """Every id and digest in the rows of a tenant, and its canary; versions are everybody's."""
    found = set(_SECRET.findall(" ".join(_rows(party.clinic).values())))
    return (found - _of_the_installation(party.clinic)) | {party.story.canary}


def _of_the_installation(clinic: Clinic) -> set[str]:
    """Ids and digests of the registry, which every clinic of an installation reads."""
    rows = _superuser(clinic.installation.admin_dsn).execute(
        """select to_jsonb(v)::text from attending.model_versions v
           union all select to_jsonb(e)::text from attending.evaluations e"""
    )
    return set(_SECRET.findall(" ".join(text for (text,) in rows)))


def _state(party: Party) -> dict[str, str]:
    """All that stands of a tenant: rows, jobs, blobs, the record."""
    party.served.app.state.parts.loop.telemetry.provider.force_flush()
    clinic = party.clinic
    folder = Path(urlsplit(clinic.installation.settings("web").blobs_url).path)
    blobs = sorted(str(path) for path in (folder / str(clinic.tenant)).rglob("*"))
    return _rows(clinic) | {"blobs": str(blobs), "record": str(clinic.record.shelf._standing)}


def _rows(clinic: Clinic) -> dict[str, str]:
    """By table, as text: what a superuser reads."""
    connection = _superuser(clinic.installation.admin_dsn)
    tables = connection.execute(
        """select c.table_name from information_schema.columns c
           where c.table_schema = 'attending' and c.column_name = 'tenant_id'"""
    )
    each = [_READ.format(sql.Literal(name), sql.Identifier(name)) for (name,) in tables]
    query = sql.SQL(" union all ").join([*each, _JOBS])
    return dict(connection.execute(query, {"tenant": clinic.tenant}).fetchall())


@cache
def _superuser(dsn: str) -> psycopg.Connection[Any]:
    """One session for all that is looked up: a new one reads the whole catalogue again."""
    return psycopg.connect(dsn, autocommit=True)


@pytest.fixture(scope="module", autouse=True)
def _superuser_leaves(clinic: Clinic) -> Iterator[None]:
    yield
    _superuser(clinic.installation.admin_dsn).close()
    _superuser.cache_clear()


def _pages() -> list[tuple[str, str]]:
    """Method and path of every page of the console that is of somebody."""
    found = [
        (method, str(route.path))
        for route in iter_route_contexts(console().routes)
        for method in route.methods or ()
    ]
    return sorted(each for each in found if each[1] not in _OPEN_PAGES)


def test_the_pages_are_known() -> None:
    assert len(_pages()) > 10
    assert {"GET", "POST"} == {method for method, _ in _pages()}


@pytest.mark.parametrize(("method", "path"), _pages())
@pytest.mark.parametrize("cookie", [None, "nonsense"])
def test_a_page_without_a_session(us: Party, method: str, path: str, cookie: str | None) -> None:
    """A page leads to the log-in; a form is refused. A bearer token is no session."""
    known = {"case": us.story.amended, "encounter": us.story.encounter}
    address = path.format_map(defaultdict(uuid4, known))
    headers = {"Origin": us.served.url, "Authorization": f"Bearer {us.served.token()}"}
    cookies = {} if cookie is None else {"Cookie": f"attending={cookie}"}
    before = _state(us)
    answer = httpx.request(
        method, us.served.url + address, headers=headers | cookies, data={}, trust_env=False
    )
    if method == "GET" and path not in _STREAMS:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?")
    else:
        assert answer.status_code == 401
    assert us.story.canary not in answer.text
    assert _state(us) == before
