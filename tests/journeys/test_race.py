"""Forty at once: one wins, everybody else is told how it stands; and nothing else happened."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from attending.adapters.records.memory import MemoryRecord, MemoryShelf
from attending.core.case import CaseState, ReleaseState
from attending.core.entry import SignedEntry
from attending.core.ids import CaseId
from attending.core.record import Fence, Written, unfenced
from attending.core.work import Step
from attending.loop.release import release
from tests.clinic import Clinic
from tests.journeys.served import (
    PATIENCE,
    Json,
    Served,
    accept_all,
    at_once,
    look,
    ok,
    refused,
    see_all,
    serving,
    signature_ask,
)

MANY = 40
ONE_WINS = [201] + [409] * (MANY - 1)
REPLAY = "idempotent-replay"


@pytest.fixture(scope="module")
def served(clinic: Clinic) -> Iterator[Served]:
    with serving(clinic) as running:
        yield running


@pytest.fixture(scope="module")
def client(served: Served) -> httpx.Client:
    return served.client()


def _statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def _signed_ask(served: Served, client: httpx.Client, case: CaseId | str, **query: Any) -> Json:
    """What signs the case as it stands, with the proof of a real log-in."""
    entry = ok(client.get(f"/v1/cases/{case}/entry", params=query))
    proof = served.tokens(nonce=entry["digest"]).id_token
    return signature_ask(entry, proof)


def _edit(section: Json, version: int, text: str) -> Json:
    return {
        "version": version,
        "section": section["key"],
        "revision": section["revision"],
        "kind": "edit",
        "text": text,
    }


def _decided(served: Served, client: httpx.Client) -> CaseId:
    case = served.clinic.in_review()
    accept_all(client, case)
    return case


def _signed(served: Served, client: httpx.Client) -> CaseId:
    case = _decided(served, client)
    ask = _signed_ask(served, client, case)
    ok(client.post(f"/v1/cases/{case}/signatures", json=ask), 201)
    return case


def _count(clinic: Clinic, table: str, case: CaseId) -> int:
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        row = unit.one(f"select count(*) as n from attending.{table} where case_id = %s", case)
        return int(row["n"])


def test_forty_signatures_on_one_case(served: Served, client: httpx.Client) -> None:
    case = _decided(served, client)
    asks = [_signed_ask(served, client, case) for _ in range(MANY)]
    answers = at_once(MANY, lambda n: client.post(f"/v1/cases/{case}/signatures", json=asks[n]))
    assert _statuses(answers) == ONE_WINS
    version = look(client, case)["version"]
    for loser in (answer for answer in answers if answer.status_code == 409):
        problem = refused(loser, 409, "case.conflict")
        assert (problem["state"], problem["version"]) == ("signed", version)
    assert _count(served.clinic, "signatures", case) == 1
    assert _count(served.clinic, "releases", case) == 1
    assert served.deliver(case).state is ReleaseState.WRITTEN
    assert len(_notes(served.clinic.record, served.clinic, case)) == 1


def test_forty_retractions_of_one_note(served: Served, client: httpx.Client) -> None:
    case = _signed(served, client)
    served.deliver(case)
    asks = [_signed_ask(served, client, case, retract=True) for _ in range(MANY)]
    answers = at_once(MANY, lambda n: client.post(f"/v1/cases/{case}/signatures", json=asks[n]))
    assert _statuses(answers) == ONE_WINS
    assert _count(served.clinic, "signatures", case) == 2
    assert _count(served.clinic, "releases", case) == 2


def test_two_clinicians_sign_at_once(served: Served, client: httpx.Client) -> None:
    case = _decided(served, client)
    second = served.client("demo-second")
    see_all(second, case)
    entries = [ok(each.get(f"/v1/cases/{case}/entry")) for each in (client, second)]
    names = ("demo-clinician", "demo-second")
    asks = [
        signature_ask(entry, served.tokens(name, nonce=entry["digest"]).id_token)
        for entry, name in zip(entries, names, strict=True)
    ]
    path, people = f"/v1/cases/{case}/signatures", (client, second)
    answers = at_once(MANY, lambda n: people[n % 2].post(path, json=asks[n % 2]))
    assert _statuses(answers) == ONE_WINS
    [winner] = [answer.json() for answer in answers if answer.status_code == 201]
    stored = served.clinic.releases(case)
    assert [each.digest for each in stored] == [winner["digest"]]


def test_forty_edits_of_one_section(served: Served, client: httpx.Client) -> None:
    case = served.clinic.in_review()
    before = see_all(client, case)
    section, version = before["sections"][0], before["version"]
    path = f"/v1/cases/{case}/decisions"
    answers = at_once(
        MANY, lambda n: client.post(path, json=_edit(section, version, f"Edit number {n}"))
    )
    assert _statuses(answers) == ONE_WINS
    [won] = [n for n, answer in enumerate(answers) if answer.status_code == 201]
    for loser in (answer for answer in answers if answer.status_code == 409):
        problem = refused(loser, 409, "case.conflict")
        assert (problem["state"], problem["version"]) == ("in_review", version + 1)
    after = look(client, case)
    standing = after["sections"][0]
    assert [s["text"] for s in standing["statements"]] == [f"Edit number {won}"]
    assert [r["number"] for r in standing["revisions"]] == [1]
    assert _count(served.clinic, "decisions", case) == 1
    assert standing["drafted"] == section["drafted"]


@pytest.mark.parametrize("kind", ["accept", "reject"])
def test_forty_decisions_on_one_section(served: Served, client: httpx.Client, kind: str) -> None:
    """They change no text, so that the version alone tells the first."""
    case = served.clinic.in_review()
    before = see_all(client, case)
    ask = {**_edit(before["sections"][0], before["version"], ""), "kind": kind, "reason": "No"}
    answers = at_once(MANY, lambda _: client.post(f"/v1/cases/{case}/decisions", json=ask))
    assert _statuses(answers) == ONE_WINS
    assert _count(served.clinic, "decisions", case) == 1
    assert look(client, case)["version"] == before["version"] + 1


def test_edits_and_a_signature_at_once(served: Served, client: httpx.Client) -> None:
    """Whoever wins: what is signed is what stands, never a mixture."""
    case = _decided(served, client)
    ask, before = _signed_ask(served, client, case), look(client, case)
    section, version = before["sections"][0], before["version"]

    def send(number: int) -> httpx.Response:
        if number % 2:
            return client.post(f"/v1/cases/{case}/signatures", json=ask)
        edit = _edit(section, version, f"Edit number {number}")
        return client.post(f"/v1/cases/{case}/decisions", json=edit)

    answers = at_once(MANY, send)
    assert _statuses(answers) == ONE_WINS
    after = look(client, case)
    if after["state"] == "signed":
        assert after["sections"][0]["revision"] == 0
        assert served.clinic.releases(case)[0].digest == ask["digest"]
    else:
        assert after["sections"][0]["revision"] == 1
        assert served.clinic.releases(case) == ()


@pytest.mark.parametrize("what", ["encounter", "decision", "signature", "upload"])
def test_one_key_forty_times(served: Served, client: httpx.Client, what: str) -> None:
    """All get the same answer, once with an effect. No answer is "in flight": they wait."""
    path, sent, status = _keyed(served, client, what)
    headers = {"Idempotency-Key": uuid4().hex, **sent.pop("headers", {})}
    before = _everything(served)
    answers = at_once(MANY, lambda _: client.post(path, headers=headers, **sent))
    assert _statuses(answers) == [status] * MANY
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAY not in answer.headers for answer in answers) == 1
    assert _everything(served) == before + 1
    assert ok(client.post(path, headers=headers, **sent), status) == answers[0].json()
    assert _everything(served) == before + 1


def _keyed(served: Served, client: httpx.Client, what: str) -> tuple[str, Json, int]:
    """Where, what and the status of a write that has one effect."""
    clinic = served.clinic
    if what == "encounter":
        ask = {"patient": str(clinic.patient()), "started_at": datetime.now(UTC).isoformat()}
        return "/v1/encounters", {"json": ask}, 201
    if what == "upload":
        sent = {"content": b"0,70\n", "headers": {"Content-Type": "text/csv"}}
        path = f"/v1/encounters/{clinic.encounter()}/sources"
        return path, {**sent, "params": {"line": "vitals"}}, 202
    if what == "signature":
        case = _decided(served, client)
        ask = _signed_ask(served, client, case)
        return f"/v1/cases/{case}/signatures", {"json": ask}, 201
    case = clinic.in_review()
    told = see_all(client, case)
    edit = _edit(told["sections"][1], told["version"], "By hand")
    return f"/v1/cases/{case}/decisions", {"json": edit}, 201


def _everything(served: Served) -> int:
    """Each write of these tests leaves one row in the audit."""
    with served.clinic.web.transaction(served.clinic.tenant, "tests") as unit:
        return int(unit.one("select count(*) as n from attending.audit_log")["n"])


class Held(MemoryRecord):
    """A record whose delivery waits: ``before`` it writes, or after it, before it says so."""

    def __init__(self, shelf: MemoryShelf, *, before: bool) -> None:
        super().__init__(shelf)
        self.before = before
        self.arrived, self.let_go = threading.Event(), threading.Event()

    def deliver(self, entry: SignedEntry, fence: Fence = unfenced, witness: str = "") -> Written:
        if self.before:
            self._wait()
        written = super().deliver(entry, fence, witness)
        if not self.before:
            self._wait()
        return written

    def _wait(self) -> None:
        self.arrived.set()
        assert self.let_go.wait(PATIENCE)


@pytest.mark.parametrize("before", [True, False], ids=["not yet written", "not yet said so"])
def test_a_change_that_races_with_a_release(
    served: Served, client: httpx.Client, *, before: bool
) -> None:
    case = _signed(served, client)
    signed = _payload(served, case)
    held = Held(served.clinic.record.shelf, before=before)
    parts = replace(served.releaser(), record=lambda _target: held)
    job = served.clinic.job(Step.RELEASE, served.clinic.releases(case)[-1].id)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(release, parts, job)
        try:
            assert held.arrived.wait(PATIENCE)
            _change_everything(served, client, case)
            assert served.clinic.case(case).state is CaseState.SIGNED
        finally:
            held.let_go.set()
        running.result(PATIENCE)
    assert look(client, case)["state"] == "released"
    assert _payload(served, case) == signed
    [note] = _notes(served.clinic.record, served.clinic, case)
    assert _text(note) == signed["content"]["text"]
    assert served.clinic.releases(case)[0].resource == note


def _change_everything(served: Served, client: httpx.Client, case: CaseId) -> None:
    """Forty at once try to change what is on its way; each is told that it is signed."""
    told = look(client, case)
    version, section = told["version"], told["sections"][0]
    by = served.tokens(nonce="0" * 64).id_token
    path = f"/v1/cases/{case}"
    attempts: list[tuple[str, Json]] = [
        ("decisions", _edit(section, version, "Too late")),
        ("decisions", {**_edit(section, version, ""), "kind": "accept"}),
        ("decisions", {**_edit(section, version - 1, "Too late")}),
        ("amendments", {"version": version}),
        ("rejection", {"version": version, "reason": "Too late"}),
        (
            "signatures",
            {
                "version": version,
                "digest": "0" * 64,
                "prepared_at": datetime.now(UTC).isoformat(),
                "proof": {"token": by},
                "retract": True,
            },
        ),
    ]

    def send(number: int) -> httpx.Response:
        where, ask = attempts[number % len(attempts)]
        return client.post(f"{path}/{where}", json=ask)

    for answer in at_once(MANY, send):
        problem = refused(answer, 409, "case.conflict")
        assert (problem["state"], problem["version"]) == ("signed", version)
    assert client.get(f"{path}/entry").status_code == 409
    assert look(client, case)["sections"] == told["sections"]


def test_an_amendment_that_follows_a_release_at_once(served: Served, client: httpx.Client) -> None:
    """Asked for all the while: it comes after what was signed is written, or not at all."""
    case = _signed(served, client)
    first = _payload(served, case)
    version = look(client, case)["version"]
    wanted = served.clinic.releases(case)[-1]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            release, served.releaser(), served.clinic.job(Step.RELEASE, wanted.id)
        )
        answers = at_once(
            MANY,
            lambda _: _until_released(client, case, version + 1),
        )
        running.result(PATIENCE)
    assert _statuses(answers) == ONE_WINS
    told = see_all(client, case)
    edit = _edit(told["sections"][0], told["version"], "Amended in haste")
    ok(client.post(f"/v1/cases/{case}/decisions", json=edit), 201)
    [note] = _notes(served.clinic.record, served.clinic, case)
    assert _text(note) == first["content"]["text"]
    see_all(client, case)
    ask = _signed_ask(served, client, case)
    ok(client.post(f"/v1/cases/{case}/signatures", json=ask), 201)
    served.deliver(case)
    texts = [_text(each) for each in _notes(served.clinic.record, served.clinic, case)]
    assert texts == [first["content"]["text"], "Heart rate\nAmended in haste\n\n" + _rest(first)]


def _until_released(client: httpx.Client, case: CaseId, version: int) -> httpx.Response:
    """Ask to amend until the answer is no longer that it is signed."""
    while True:
        answer = client.post(f"/v1/cases/{case}/amendments", json={"version": version})
        if answer.status_code != 409 or answer.json()["state"] != "signed":
            return answer


def _rest(payload: Json) -> str:
    return str(payload["content"]["text"].partition("\n\n")[2])


def _payload(served: Served, case: CaseId) -> Json:
    """The content of the first signature, as it is kept."""
    with served.clinic.web.transaction(served.clinic.tenant, "tests") as unit:
        payload = unit.signing.signatures(case)[0].payload
    return {"content": {"text": payload.content.text, "html": payload.content.html}}


def _notes(record: MemoryRecord, clinic: Clinic, case: CaseId) -> list[Json]:
    """Every note of the case's patient that stands in the record, in any state."""
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        patient = unit.people.patient(unit.cases.case(case).patient).identity.reference
    notes = record.shelf.all("DocumentReference")
    return [note for note in notes if note["subject"]["reference"] == patient]


def _text(note: Json) -> str:
    return base64.b64decode(note["content"][0]["attachment"]["data"]).decode()
