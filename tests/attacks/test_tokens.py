"""Every route: no token that is not an issuer's, and no right that was not given."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from attending.core.identity import ROLE_SCOPES, Scope, StaffRole
from attending.demo.installation import PEOPLE
from attending.web.api import routers
from tests.adapters.identity.forging import segment
from tests.adapters.identity.hostile import hmac_with_public_key, resigned, unsigned, with_own_key
from tests.attacks.recipes import RECIPES, Operation, Party
from tests.journeys.served import Served, ok, refused

ALL_SCOPES = " ".join(scope.value for scope in Scope)
STRANGER = ECKey.generate_key("P-256", auto_kid=True)
NAMES = sorted({route.name for router in routers() for route in router.routes} - {"health"})


def test_every_route_has_a_verdict(served: Served, known: dict[str, Operation]) -> None:
    """What the document says is all there is, and each needs the right that we think."""
    assert set(known) == set(RECIPES) == set(NAMES)
    needed = {name: each.right for name, each in known.items()}
    assert needed == {name: recipe.scope for name, recipe in RECIPES.items()}


def _own(served: Served) -> dict[str, Any]:
    """The claims of our clinician's token, all that an issuer says."""
    return {
        "sub": "demo-clinician",
        "tenant": str(served.clinic.tenant),
        "roles": ["clinician"],
        "scope": ALL_SCOPES,
    }


def _forged(**claims: Any) -> Callable[[Served], str]:
    """The issuer's own signature over claims that are ours but for these."""
    return lambda served: served.forge.access(**{**_own(served), **claims})


def _of_type(typ: str) -> Callable[[Served], str]:
    return lambda served: served.forge.access({"typ": typ}, **_own(served))


def _altered(served: Served, username: str, **claims: Any) -> str:
    """A real token, its claims altered, its signature kept."""
    assert served.neighbour is not None
    header, payload, signature = served.token(username, served.neighbour).split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{header}.{segment(said | claims)}.{signature}"


def _past(seconds: int) -> int:
    return int(time.time()) - seconds


BAD: dict[str, Callable[[Served], str]] = {
    "expired": lambda s: _forged(iat=_past(7200), exp=_past(3600))(s),
    "not issued yet": lambda s: _forged(iat=_past(-3600), exp=_past(-7200))(s),
    "without an end": _forged(exp=...),
    "wrong audience": _forged(aud="another-service"),
    "made out to the console": _forged(aud="attending-console"),
    "another issuer": _forged(iss="http://127.0.0.1:1"),
    "without a tenant": _forged(tenant=...),
    "tenant no id": _forged(tenant="*"),
    "an ID token by type": _of_type("JWT"),
    "alg none": lambda s: unsigned(s.token()),
    "alg none, signature kept": lambda s: unsigned(s.token()) + s.token().split(".")[2],
    "HS256 with the public key": lambda s: hmac_with_public_key(s.token(), s.forge),
    "a stranger's signature": lambda s: resigned(s.token(), s.forge, STRANGER),
    "a stranger's key within": lambda s: with_own_key(s.token(), s.forge, STRANGER),
    "tampered tenant": lambda s: _altered(s, "demo-clinician", tenant=str(s.clinic.tenant)),
    "tampered role": lambda s: _altered(s, "demo-auditor", **_own(s)),
    "an ID token": lambda s: s.tokens().id_token,
    "an ID token with a digest": lambda s: s.tokens(nonce="0" * 64).id_token,
    "empty parts": lambda _: "..",
    "nonsense": lambda _: "nonsense",
}


@pytest.fixture(scope="module")
def bad(served: Served, us: Party) -> dict[str, httpx.Client]:
    """Clients whose token is not one; each differs from a good one in one thing."""
    good = served.bearing(served.forge.access(**_own(served)))
    assert good.get("/v1/me").status_code == 200
    assert served.client("demo-clinician", served.neighbour).get("/v1/me").status_code == 200
    clients = {name: served.bearing(made(served)) for name, made in BAD.items()}
    clients |= {"none": served.bearing(None), "a cookie": served.bearing(None)}
    clients |= ended(us)
    clients["a cookie"].cookies.set("attending", served.token())
    clients["in the query"] = served.bearing(None)
    clients["in the query"].params = httpx.QueryParams(access_token=served.token())
    clients["another scheme"] = served.bearing(None)
    clients["another scheme"].headers["Authorization"] = f"Basic {served.token()}"
    return clients


def ended(us: Party) -> dict[str, httpx.Client]:
    """Stolen, and good but for this: the log-in was ended, by its owner or by an officer."""

    def stolen(subject: str) -> tuple[httpx.Client, httpx.Client]:
        claims = {"sub": subject, "roles": list(StaffRole), "auth_time": int(time.time())}
        token = us.served.forge.access(**_own(us.served) | claims)
        return us.served.bearing(token), us.served.bearing(token)

    clients = {}
    for name, everywhere in (("logged out", False), ("logged out everywhere", True)):
        owner, clients[name] = stolen(us.clinic.enrolled().subject)
        ok(clients[name].get("/v1/me"))
        ok(owner.post("/v1/me/log-out", json={"everywhere": everywhere}), 201)
    person = us.clinic.enrolled()
    _, clients["ended by an officer"] = stolen(person.subject)
    ok(clients["ended by an officer"].get("/v1/me"))
    officer = us.asking(RECIPES["end_sessions"])
    ok(officer.post(f"/v1/principals/{person.id}/log-out"), 201)
    return clients


@pytest.mark.parametrize("name", NAMES)
def test_without_a_valid_token(
    us: Party, known: dict[str, Operation], bad: dict[str, httpx.Client], name: str
) -> None:
    """The same request that succeeds with one."""
    operation = known[name]
    ask = operation.recipe.ask(us)
    for client in bad.values():
        answer = ask.send(client, operation.method, operation.path)
        refused(answer, 401, "identity.unauthenticated")
        assert "www-authenticate" in answer.headers
    answer = ask.send(us.asking(operation.recipe), operation.method, operation.path)
    assert answer.status_code == operation.recipe.status, answer.text


@pytest.fixture(scope="module")
def unheard(served: Served) -> dict[str, httpx.Client]:
    """Tokens that are the issuer's, but whose holder is nobody, or less, in this clinic."""
    forged: dict[str, dict[str, Any]] = {
        "not enrolled": {"sub": "nobody"},
        "enrolled as less": {"sub": "demo-auditor"},
        "in no clinic of ours": {"tenant": "33333333-3333-4333-8333-333333333333"},
        "of no role": {"roles": []},
        "of a role elsewhere": {"roles": ["surgeon", "*"]},
    }
    return {
        name: served.bearing(served.forge.access(**{**_own(served), **claims}))
        for name, claims in forged.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_without_the_right(
    us: Party, known: dict[str, Operation], unheard: dict[str, httpx.Client], name: str
) -> None:
    operation = known[name]
    ask = operation.recipe.ask(us)
    right = operation.right
    lacking = {"not enrolled", "in no clinic of ours"} if right is None else set(unheard)
    clients = [unheard[each] for each in lacking]
    clients += [us.client(username) for username in _people(right, held=False)]
    if right is not None:
        kept = " ".join(each for each in ALL_SCOPES.split() if each != right)
        clients.append(
            us.served.bearing(us.served.forge.access(**_own(us.served) | {"scope": kept}))
        )
    for client in clients:
        answer = ask.send(client, operation.method, operation.path)
        refused(answer, 403, "identity.forbidden")
    for username in _people(right, held=True)[: 1 if operation.writes else None]:
        asking = us.asking(replace(operation.recipe, username=username))
        answer = ask.send(asking, operation.method, operation.path)
        assert answer.status_code == operation.recipe.status, answer.text


def _people(right: str | None, *, held: bool) -> list[str]:
    """User names whose role carries the right, or does not; the clinician first."""

    def carries(role: StaffRole) -> bool:
        return right is None or Scope(right) in ROLE_SCOPES[role]

    return [each.username for each in PEOPLE if carries(each.role) is held]


def test_a_token_tampered_with_meets_the_other_tenant_nowhere(served: Served) -> None:
    """The two tenants have the same user names at the same issuer: the token alone tells."""
    assert served.neighbour is not None
    ours = served.client().get("/v1/me").json()
    theirs = served.client("demo-clinician", served.neighbour).get("/v1/me").json()
    assert ours["tenant"]["id"] == str(served.clinic.tenant)
    assert theirs["tenant"]["id"] == str(served.neighbour.tenant)
    assert ours["id"] != theirs["id"]
