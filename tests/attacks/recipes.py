"""A verdict for every operation of the API: its right, and a request that its owner may make.

A request is written once, for a party. What another party gets for the very same request
is then the test's. An operation without a recipe fails the tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from attending.adapters.records.memory import Fault
from attending.core.case import ModelUse
from attending.core.errors import RecordRefused
from attending.core.identity import Scope, StaffRole
from attending.core.ids import CaseId
from attending.core.pause import Stop, StopScope
from attending.core.rollout import Cohort, Role
from attending.core.work import Step
from attending.loop.recover import give_up
from attending.loop.release import release
from tests.attacks.stories import Story
from tests.clinic import CSV, Clinic
from tests.journeys.served import Json, Served, ok, signature_ask
from tests.plugins.vitals_line.steps import MeanRate
from tests.registered import Registry

OFFICER = "demo-safety"
ENGINEER = "demo-engineer"
Place = tuple[str, ...]  # ("path", "case"), ("query", "cursor"), ("body", "identity", "name")


@dataclass(frozen=True)
class Ask:
    """A request, by its places. ``content`` and ``kind``: of an upload."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Json | None = None
    content: bytes = b""
    kind: str = ""

    def places(self) -> dict[Place, Any]:
        """Every value that it sends, by where it stands."""
        found: dict[Place, Any] = {("path", k): v for k, v in self.path.items()}
        found |= {("query", k): v for k, v in self.query.items()}
        return found | dict(_leaves(("body",), self.body or {}))

    def with_value(self, place: Place, value: object) -> Ask:
        """The same, with another value in one place."""
        match place:
            case ("path", name):
                return replace(self, path={**self.path, name: str(value)})
            case ("query", name):
                return replace(self, query={**self.query, name: value})
            case ("body", *names):
                return replace(self, body=_put(self.body or {}, names, value))
            case _:
                raise AssertionError(place)

    def send(
        self, client: httpx.Client, method: str, path: str, key: str | None = None
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        sent: Json = {} if self.body is None else {"json": self.body}
        if self.kind:
            sent, headers = {"content": self.content}, {**headers, "Content-Type": self.kind}
        address = path.format(**self.path)
        return client.request(method, address, params=self.query, headers=headers, **sent)


@dataclass(frozen=True)
class Party:
    """One tenant: its story, and its clinician at the API."""

    served: Served
    story: Story

    @property
    def clinic(self) -> Clinic:
        return self.story.clinic

    def client(self, username: str = "demo-clinician") -> httpx.Client:
        return self.served.client(username, self.clinic)

    def asking(self, recipe: Recipe) -> httpx.Client:
        """Of the person who asks; logged in anew if it takes that, or ends it."""
        if not recipe.anew:
            return self.client(recipe.username)
        return self.served.bearing(self.served.tokens(recipe.username, self.clinic).access_token)

    def version(self, case: CaseId) -> int:
        return self.clinic.case(case).version

    def failure(self) -> str:
        """A release that the record refused, waiting for a person."""
        case = self.clinic.decided()
        self.clinic.sign(case)
        job = self.clinic.job(Step.RELEASE, self.clinic.releases(case)[-1].id)
        self.clinic.record.shelf.faults.append(Fault.REFUSED)
        with suppress(RecordRefused):
            try:
                release(self.clinic.releaser(), job)
            except RecordRefused as error:
                give_up(self.clinic.databases["releaser"], job, error)
                raise
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            return next(str(f.id) for f in unit.failures.open() if f.subject_id == job.subject)


@dataclass(frozen=True)
class Recipe:
    """``scope``: the right it needs, or None. ``status``: what the owner is answered.

    ``own``: it names nobody's things, so everybody gets their own. ``words``: places that
    hold the caller's own words, which name nothing even if they are another's. ``username``:
    of the person who asks, on either side. ``fresh``: it takes a log-in of the last minutes.
    ``ends``: it ends the log-in with which it is asked. ``told``: the chain tells that it was asked.
    ``refusal``: what a neighbour is answered who sends the very same.
    ``ends``: it ends the log-in with which it is asked. ``told``: the chain tells that it was asked. ``asks``: a POST
    that writes nothing.
    """

    scope: Scope | None
    status: int
    ask: Callable[[Party], Ask]
    own: bool = False
    words: frozenset[Place] = frozenset()
    username: str = "demo-clinician"
    fresh: bool = False
    ends: bool = False
    told: bool = False
    refusal: tuple[int, str] = (404, "resource.not_found")
    asks: bool = False

    @property
    def anew(self) -> bool:
        return self.fresh or self.ends


def _nothing(_party: Party) -> Ask:
    return Ask()


def _patient(party: Party) -> Ask:
    return Ask({"patient": str(party.story.patient)})


def _encounter(party: Party) -> Ask:
    return Ask({"encounter": str(party.story.encounter)})


def _released(party: Party) -> Ask:
    return Ask({"case": str(party.story.amended)})


def _source(party: Party) -> Ask:
    return Ask({"source": str(party.clinic.case(party.story.amended).source)})


def _failure(party: Party) -> Ask:
    return Ask({"failure": party.failure()})


def _handover(party: Party) -> Ask:
    to = party.clinic.enrolled(StaffRole.ENGINEER)
    body = {"to": str(to.id), "note": f"As {party.story.canary} said"}
    return Ask({"failure": party.failure()}, body=body)


def _register(party: Party) -> Ask:
    identity = {
        "reference": f"Patient/{uuid4().hex[:8]}",
        "name": f"Ann {party.story.canary}",
        "birth_date": "1970",
        "identifiers": [{"system": "urn:test", "value": f"{party.story.canary}-1"}],
    }
    target = str(party.clinic.installation.target)
    return Ask(body={"target": target, "identity": identity})


def _consent(party: Party) -> Ask:
    path = {"patient": str(party.story.patient), "purpose": "training"}
    return Ask(path, body={"granted": True})


def _open_encounter(party: Party) -> Ask:
    body = {
        "patient": str(party.story.patient),
        "reference": f"Encounter/{party.story.canary}",
        "started_at": datetime.now(UTC).isoformat(),
    }
    return Ask(body=body)


def _upload(party: Party) -> Ask:
    query = {"line": "vitals", "hints": [f"hint {party.story.canary}"]}
    path = {"encounter": str(party.clinic.encounter())}
    return Ask(path, query, content=CSV, kind="text/csv")


SOUND = bytes(3_200)  # a tenth of a second of silence


def _capture(party: Party) -> Ask:
    encounter = party.clinic.encounter()
    body = {"line": "documentation", "hints": []}
    opened = ok(party.client().post(f"/v1/encounters/{encounter}/captures", json=body), 201)
    return Ask({"capture": str(opened["id"])})


def _open_capture(party: Party) -> Ask:
    path = {"encounter": str(party.clinic.encounter())}
    return Ask(path, body={"line": "documentation", "hints": [f"hint {party.story.canary}"]})


def _heard(party: Party) -> Ask:
    return replace(_capture(party), query={"after": 0})


def _chunk(party: Party) -> Ask:
    path = {**_capture(party).path, "number": "1"}
    digest = hashlib.sha256(SOUND).hexdigest()
    return Ask(path, {"digest": digest}, content=SOUND, kind="application/octet-stream")


def _end_capture(party: Party) -> Ask:
    chunk = _chunk(party)
    ok(chunk.send(party.client(), "PUT", "/v1/captures/{capture}/chunks/{number}"))
    return Ask({"capture": chunk.path["capture"]}, body={"chunks": 1})


def _worklist(party: Party) -> Ask:
    """The page after the first: its cursor is the party's own."""
    party.clinic.in_review()
    party.clinic.in_review()
    asked = {"limit": 1, "state": ["in_review"]}
    cursor = ok(party.client().get("/v1/cases", params=asked))["next"]
    return Ask(query={**asked, "cursor": cursor})


def _view(party: Party) -> Ask:
    case = party.clinic.in_review()
    return Ask({"case": str(case)}, body={"section": "rate", "revision": 0, "statement": "rate.1"})


def _decide(party: Party) -> Ask:
    case = party.clinic.in_review()
    party.clinic.see_all(case)
    body = {
        "version": party.version(case),
        "section": "rate",
        "revision": 0,
        "kind": "edit",
        "reason": f"As {party.story.canary} said",
        "text": f"By hand, {party.story.canary}",
    }
    return Ask({"case": str(case)}, body=body)


def _check_edit(party: Party) -> Ask:
    case = party.clinic.in_review()
    body = {"section": "rate", "text": f"By hand, {party.story.canary}"}
    return Ask({"case": str(case)}, body=body)


def _reject(party: Party) -> Ask:
    case = party.clinic.in_review()
    body = {"version": party.version(case), "reason": f"Not {party.story.canary}"}
    return Ask({"case": str(case)}, body=body)


def _amend(party: Party) -> Ask:
    case = party.clinic.released()
    return Ask({"case": str(case)}, body={"version": party.version(case)})


def _entry(party: Party) -> Ask:
    return Ask({"case": str(party.clinic.released())}, {"retract": True})


def _sign(party: Party) -> Ask:
    case = party.clinic.decided()
    entry = ok(party.client().get(f"/v1/cases/{case}/entry"))
    proof = party.served.tokens(clinic=party.clinic, nonce=entry["digest"]).id_token
    return Ask({"case": str(case)}, body=signature_ask(entry, proof))


def _pause(party: Party) -> Ask:
    reason = f"It errs, {party.story.canary}"
    stop = {"scope": "line", "name": "documentation", "version": "*"}
    return Ask(body={**stop, "reason": reason})


def _resumption(party: Party) -> Ask:
    stop = Stop(StopScope.LINE, "documentation")
    return Ask({"pause": str(party.clinic.pause(stop, f"As {party.story.canary} said"))})


def _resume(party: Party) -> Ask:
    ask = _resumption(party)
    address = f"/v1/pauses/{ask.path['pause']}/resumption"
    told = ok(party.client(OFFICER).get(address))
    proof = party.served.tokens(OFFICER, party.clinic, nonce=told["digest"]).id_token
    body = {
        "digest": told["digest"],
        "prepared_at": told["prepared_at"],
        "proof": {"kind": "oidc", "token": proof},
    }
    return replace(ask, body=body)


def _version(party: Party) -> Ask:
    """One that both clinics know, since a version is nobody's own."""
    registry = Registry(party.clinic)
    version = registry.register(MeanRate(ModelUse("infer", "asked-rate", "1")))
    registry.evaluated(version)
    return Ask({"version": str(version.id)})


def _promote(party: Party) -> Ask:
    ask = _version(party)
    told = ok(party.client().get(f"/v1/models/{ask.path['version']}/promotion"))
    proof = party.served.tokens(clinic=party.clinic, nonce=told["digest"]).id_token
    body = {
        "digest": told["digest"],
        "prepared_at": told["prepared_at"],
        "proof": {"kind": "oidc", "token": proof},
    }
    return replace(ask, body=body)


def _roll_out(party: Party) -> Ask:
    version = _version(party).path["version"]
    part = {"line": "vitals", "version": version, "role": "paused", "share": 0.0}
    return Ask(body={**part, "cohort": f"site:{party.clinic.installation.target}"})


def _answers(_party: Party) -> Ask:
    at = datetime.now(UTC) + timedelta(minutes=1)
    return Ask(query={"at": at.isoformat(), "name": "mean-rate", "version": "1"})


def _roll_back(party: Party) -> Ask:
    """Of a cohort that is nobody's, for each clinic by itself."""
    registry, site = Registry(party.clinic), f"site:{party.clinic.installation.target}"
    registry.roll(registry.promoted(), Role.CHAMPION, cohort=Cohort(site))
    return Ask(body={"line": "vitals", "cohort": site})


_IDENTITY: frozenset[Place] = frozenset(
    {
        ("body", "identity", "reference"),
        ("body", "identity", "name"),
        ("body", "identity", "identifiers"),
    }
)


def _log_out(_party: Party) -> Ask:
    return Ask(body={"everywhere": False})


def _colleague(party: Party) -> Ask:
    return Ask({"principal": str(party.clinic.enrolled().id)})


RECIPES: dict[str, Recipe] = {
    "me": Recipe(None, 200, _nothing, own=True),
    "list_targets": Recipe(Scope.INTAKE, 200, _nothing, own=True),
    "list_patients": Recipe(Scope.INTAKE, 200, _nothing, own=True),
    "register": Recipe(Scope.INTAKE, 201, _register, words=_IDENTITY),
    "read_patient": Recipe(Scope.INTAKE, 200, _patient),
    "read_consents": Recipe(Scope.INTAKE, 200, _patient),
    "record_consent": Recipe(Scope.INTAKE, 200, _consent),
    "list_encounters": Recipe(Scope.INTAKE, 200, _nothing, own=True),
    "open_encounter": Recipe(
        Scope.INTAKE,
        201,
        _open_encounter,
        words=frozenset({("body", "reference"), ("body", "started_at")}),
    ),
    "read_encounter": Recipe(Scope.INTAKE, 200, _encounter),
    "read_timeline": Recipe(Scope.TIMELINE, 200, _encounter),
    "upload": Recipe(Scope.INTAKE, 202, _upload, words=frozenset({("query", "hints")})),
    "read_source": Recipe(Scope.INTAKE, 200, _source),
    "open_capture": Recipe(Scope.INTAKE, 201, _open_capture, words=frozenset({("body", "hints")})),
    "read_capture": Recipe(Scope.INTAKE, 200, _capture),
    "read_heard": Recipe(Scope.INTAKE, 200, _heard),
    "put_chunk": Recipe(Scope.INTAKE, 200, _chunk),
    "end_capture": Recipe(Scope.INTAKE, 200, _end_capture),
    "list_cases": Recipe(Scope.READ, 200, _worklist),
    "read_case": Recipe(Scope.READ, 200, _released),
    "read_releases": Recipe(Scope.READ, 200, _released),
    "read_rendition": Recipe(Scope.READ, 200, _released),
    "view": Recipe(Scope.REVIEW, 201, _view),
    "check_edit": Recipe(
        Scope.REVIEW, 200, _check_edit, words=frozenset({("body", "text")}), asks=True
    ),
    "decide": Recipe(
        Scope.REVIEW,
        201,
        _decide,
        words=frozenset({("body", "reason"), ("body", "text")}),
    ),
    "reject": Recipe(Scope.REVIEW, 201, _reject, words=frozenset({("body", "reason")})),
    "amend": Recipe(Scope.REVIEW, 201, _amend),
    "prepare": Recipe(Scope.SIGN, 200, _entry),
    "make_signature": Recipe(Scope.SIGN, 201, _sign),
    "list_failures": Recipe(Scope.FAILURES, 200, _nothing, own=True),
    "take": Recipe(Scope.FAILURES, 200, _failure),
    "hand_over": Recipe(Scope.FAILURES, 201, _handover, words=frozenset({("body", "note")})),
    "retry": Recipe(Scope.FAILURES, 200, _failure),
    "reopen": Recipe(Scope.FAILURES, 200, _failure),
    "list_stops": Recipe(Scope.READ, 200, _nothing, own=True),
    "pause": Recipe(
        Scope.STOP,
        201,
        _pause,
        own=True,
        words=frozenset({("body", "reason")}),
        username=OFFICER,
    ),
    "prepare_resumption": Recipe(Scope.STOP, 200, _resumption, username=OFFICER),
    "resume": Recipe(Scope.STOP, 201, _resume, username=OFFICER),
    "list_models": Recipe(Scope.SYSTEM, 200, _nothing, own=True, username=ENGINEER),
    "prepare_model": Recipe(Scope.SIGN, 200, _version, own=True),
    "promote_model": Recipe(Scope.SIGN, 201, _promote, refusal=(409, "case.conflict")),
    "roll_out": Recipe(Scope.MODELS, 201, _roll_out, own=True, username=ENGINEER),
    "roll_back": Recipe(
        Scope.MODELS, 201, _roll_back, username=ENGINEER, refusal=(409, "case.conflict")
    ),
    "list_answers": Recipe(Scope.SYSTEM, 200, _answers, own=True, username=ENGINEER),
    "log_out": Recipe(None, 201, _log_out, own=True, ends=True, username="demo-engineer"),
    "list_principals": Recipe(Scope.SESSIONS, 200, _nothing, own=True, username=OFFICER),
    "end_sessions": Recipe(Scope.SESSIONS, 201, _colleague, username=OFFICER, fresh=True),
    "export_audit": Recipe(
        Scope.AUDIT, 200, _nothing, own=True, username="demo-auditor", fresh=True, told=True
    ),
}


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    name: str
    method: str
    path: str
    described: Json

    @property
    def recipe(self) -> Recipe:
        assert self.name in RECIPES, f"{self.method} {self.path} has no verdict: add its recipe"
        return RECIPES[self.name]

    @property
    def writes(self) -> bool:
        return (self.method != "GET" and not self.recipe.asks) or self.recipe.told

    @property
    def right(self) -> str | None:
        """The right that the document names; None for any caller who is known."""
        [[*rights]] = [known["bearer"] for known in self.described["security"]]
        return rights[0] if rights else None

    def asked(self) -> set[Place]:
        """Every place of a parameter that it takes."""
        return {(each["in"], each["name"]) for each in self.described.get("parameters", ())}


def operations(document: Json) -> Iterator[Operation]:
    """All under /v1."""
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if path.startswith("/v1"):
                yield Operation(described["operationId"], method.upper(), path, described)


def _leaves(place: Place, value: Json) -> Iterator[tuple[Place, Any]]:
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _leaves((*place, name), item)
        else:
            yield (*place, name), item


def _put(body: Json, names: list[str], value: object) -> Json:
    name, *rest = names
    return {**body, name: _put(body[name], rest, value) if rest else value}
