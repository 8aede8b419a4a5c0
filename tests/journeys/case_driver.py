"""Drives one case over HTTP with whatever comes to mind, and holds every answer to the model."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import httpx
import psycopg
from psycopg import sql

from attending.adapters.records.memory import Fault
from attending.core.errors import AttendingError
from attending.core.ids import CaseId
from attending.core.work import Job, Release, Step
from attending.loop.recover import give_up
from attending.loop.release import release
from tests.clinic import Clinic
from tests.journeys.case_model import STATUS, CaseModel, Entry, SectionModel
from tests.journeys.served import Json, Served, look, ok, signature_ask

CLINICIANS = ("demo-clinician", "demo-second")
HISTORIES = ("views", "decisions", "revisions", "signatures", "drafts", "findings")
PROOFS = (
    "another person's",
    "another digest",
    "stale",
    "expired",
    "not yet",
    "earlier",
    "access token",
    "nonsense",
)
KINDS = ("accept", "edit", "reject")
TEXTS = (
    "",
    "By hand",
    "By hand\nand more",
    "  padded \n\n",
    "<b>5 &lt; 6</b> ]]>",
    "≥ 5 µg – naïve",
    "a\u2028b",
    "العربية 🩺",
)
_ENDED = ("rejected", "retracted")


@dataclass
class CaseDriver:
    """One case, its model, and ``told``: how often which answer was met.

    Each public verb draws what it needs from a source of chance, asks, and compares.
    """

    served: Served
    told: Counter[str]
    reader: psycopg.Connection[tuple[str, ...]]
    story: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    history: dict[str, set[str]] = field(default_factory=dict)
    viewed: tuple[str, ...] = ("rate", "rate", "fast", "absent")  # sections that are drawn
    asked: tuple[str, ...] = ("rate", "fast") * 4 + ("absent",)  # the same, to be decided
    clinic: Clinic = field(init=False)
    case: CaseId = field(init=False)
    model: CaseModel = field(init=False)

    def __post_init__(self) -> None:
        self.clinic = self.served.clinic
        self.case = self.clinic.in_review()
        self.model = _model_of(look(self.client(), self.case))

    @property
    def path(self) -> str:
        return f"/v1/cases/{self.case}"

    def client(self, who: str = CLINICIANS[0]) -> httpx.Client:
        return self.served.client(who, self.clinic)

    @property
    def ended(self) -> bool:
        return self.model.state in _ENDED

    def view(self, chance: Random) -> None:
        who, key = chance.choice(CLINICIANS), chance.choice(self.viewed)
        statement = chance.choice((None, None, f"{key}.1", f"{key}.9"))
        self._view(who, key, self._revision(key) - _behind(chance), statement)

    def decide(self, chance: Random) -> None:
        who, key = chance.choice(CLINICIANS), chance.choice(self.asked)
        kind, reason = chance.choice(KINDS), chance.choice(("", " \n", "Not said", "Not said"))
        standing = self.model.sections[key].text if key in self.model.sections else ""
        text = chance.choice((standing, f"{standing}\nmore", *TEXTS))
        version = self.model.version - _behind(chance)
        self._decide(who, version, key, self._revision(key) - _behind(chance), kind, reason, text)

    def reject(self, chance: Random) -> None:
        version, reason = self.model.version - _behind(chance), chance.choice(("", " ", "No"))
        refusal = self.model.rejection_refusal(version, reason)
        ask = {"version": version, "reason": reason}
        if self._asked(chance.choice(CLINICIANS), "/rejection", ask, refusal):
            self.model.reject()

    def amend(self, chance: Random) -> None:
        version = self.model.version - _behind(chance)
        refusal = self.model.amendment_refusal(version)
        if self._asked(chance.choice(CLINICIANS), "/amendments", {"version": version}, refusal):
            self.model.amend()

    def prepare(self, chance: Random) -> None:
        self._prepare(chance.choice(CLINICIANS), retract=chance.random() < 0.3)

    def sign(self, chance: Random) -> None:
        """One of the last prepared entries, by its own or another clinician."""
        if not self.entries:
            return
        entry = chance.choice(self.entries[-3:])
        who = entry.by if chance.random() < 0.8 else chance.choice(CLINICIANS)
        proof = "right" if chance.random() < 0.4 else chance.choice(PROOFS)
        flipped = chance.random() < 0.2
        self._sign(who, entry, proof, behind=_behind(chance), flipped=flipped)

    def deliver(self, chance: Random) -> None:
        """Run a release job, of the last signature or of an old one, against some fault."""
        if not self.model.signatures:
            return
        last = len(self.model.signatures) - 1
        number = last if chance.random() < 0.8 else chance.randint(0, last)
        faults = [chance.choice((None, *Fault)) for _ in range(chance.choice((0, 1, 4)))]
        self._deliver(number, faults, patient=chance.random() < 0.6)

    def own_failure(self, chance: Random) -> None:
        if self.model.state == "failed":
            self._own_failure(chance.choice(CLINICIANS), chance.choice(("take", "retry", "reopen")))

    def review(self, chance: Random) -> None:
        """As it should be: everything seen, opened and decided."""
        who = chance.choice(CLINICIANS)
        for key, section in self.model.sections.items():
            self._view(who, key, section.revision, None)
            for statement in sorted(section.serious):
                self._view(who, key, section.revision, statement)
            kind = chance.choice(("accept", *KINDS))
            text = f"{section.text}\nSeen at {self.model.version}"
            revision, version = section.revision, self.model.version
            self._decide(who, version, key, revision, kind, "Not needed", text)

    def sign_wrongly(self, chance: Random) -> None:
        """What may be signed, but with proofs that do not hold."""
        retract = self.model.state == "released"
        if entry := self._prepare(chance.choice(CLINICIANS), retract=retract):
            for proof in chance.sample(PROOFS, 4):
                self._sign(entry.by, entry, proof)

    def sign_rightly(self, chance: Random) -> None:
        """By whoever may; what was released is retracted, if at all."""
        for who in chance.sample(CLINICIANS, 2):
            entry = self._prepare(who, retract=self.model.state == "released")
            if entry is not None:
                self._sign(who, entry, "right")
                return

    # The requests themselves, each with what the model says of it.

    def _revision(self, key: str) -> int:
        return self.model.sections[key].revision if key in self.model.sections else 0

    def _view(self, who: str, key: str, revision: int, statement: str | None) -> None:
        refusal = "input.invalid" if revision < 0 else None
        refusal = refusal or self.model.view_refusal(key, revision, statement)
        ask = {"section": key, "revision": revision, "statement": statement}
        if self._asked(who, "/views", ask, refusal):
            self.model.view(who, key, statement)

    def _decide(
        self, who: str, version: int, key: str, revision: int, kind: str, reason: str, text: str
    ) -> None:
        refusal = "input.invalid" if revision < 0 else None
        refusal = refusal or self.model.decision_refusal(
            who, version, key, revision, kind, reason, text
        )
        ask = {"version": version, "section": key, "revision": revision, "kind": kind}
        if self._asked(who, "/decisions", {**ask, "reason": reason, "text": text}, refusal):
            self.model.decide(who, key, kind, text)

    def _prepare(self, who: str, *, retract: bool) -> Entry | None:
        refusal = self.model.entry_refusal(who, retract=retract)
        answer = self.client(who).get(f"{self.path}/entry", params={"retract": retract})
        told = self._judged(answer, f"/entry {who} {retract}", refusal, 200)
        if told is None:
            return None
        text = told["payload"]["content"]["text"]
        assert text == self.model.text()
        prepared = (told["digest"], told["prepared_at"], text)
        self.entries.append(Entry(who, self.model.version, retract, *prepared))
        return self.entries[-1]

    def _sign(
        self, who: str, entry: Entry, proof: str, *, behind: int = 0, flipped: bool = False
    ) -> None:
        retract, version = entry.retract is not flipped, self.model.version - behind
        refusal = self.model.signature_refusal(
            who, version, entry, retract=retract, proven=proof == "right"
        )
        told = {
            "version": version,
            "digest": entry.digest,
            "prepared_at": entry.prepared_at,
            "payload": {"action": ""},
        }
        token = self._proof(proof, who, entry.digest)
        ask = signature_ask(told, token, retract=retract)
        self.story.append(f"with a proof that is: {proof}")
        if self._asked(who, "/signatures", ask, refusal):
            self.model.sign(entry)
            self.proofs.append(token)
        elif refusal == "signature.proof_refused":
            self.told[f"proof: {proof}"] += 1

    def _proof(self, kind: str, who: str, digest: str) -> str:
        now, forge = int(time.time()), self.served.forge
        other = next(each for each in CLINICIANS if each != who)
        if kind == "earlier":
            return self.proofs[-1] if self.proofs else "none.yet.made"
        early, late = {"iat": now - 200, "exp": now - 60}, {"iat": now + 60, "exp": now + 300}
        return {
            "right": lambda: self.served.tokens(who, nonce=digest).id_token,
            "another person's": lambda: self.served.tokens(other, nonce=digest).id_token,
            "another digest": lambda: self.served.tokens(who, nonce="0" * 64).id_token,
            "stale": lambda: forge.proof(sub=who, nonce=digest, auth_time=now - 400),
            "expired": lambda: forge.proof(sub=who, nonce=digest, auth_time=now - 200, **early),
            "not yet": lambda: forge.proof(sub=who, nonce=digest, auth_time=now + 60, **late),
            "access token": lambda: self.served.token(who),
            "nonsense": lambda: f"a.{digest}.c",
        }[kind]()

    def _deliver(self, number: int, faults: Sequence[object], *, patient: bool) -> None:
        wanted = self.clinic.releases(self.case)[number]
        job, may = self.clinic.job(Step.RELEASE, wanted.id), self.model.deliverable(number)
        self.story.append(f"release {number} against {faults}, patient: {patient}")
        try:
            ended = self._released(job, faults)
        except AttendingError as error:
            assert may, "a job that may not write does nothing"
            assert any(faults), error
            self.told[f"delivery: {error.code}"] += 1
            if not (error.transient and patient):
                give_up(self.clinic.databases["releaser"], job, error)
                self.model.fail(touched=self._touched(wanted))
        else:
            if may and ended:
                self.model.write()
                self.told[f"delivered: {self.model.signatures[-1].action}"] += 1

    def _released(self, job: Job, faults: Sequence[object]) -> bool:
        """Run the job; whether it came to its end."""
        shelf = self.clinic.record.shelf
        shelf.faults.extend(fault for fault in faults if fault is None or isinstance(fault, Fault))
        try:
            release(self.served.releaser(self.clinic), job)
        finally:
            shelf.faults.clear()
        return True

    def _touched(self, wanted: Release) -> bool:
        """Whether something that this release made stands in the record."""
        shelf, mark = self.clinic.record.shelf, str(wanted.signature)
        made = [*shelf.all("DocumentReference"), *shelf.all("Provenance")]
        return wanted.action == "retract" or any(mark in json.dumps(each) for each in made)

    def _own_failure(self, who: str, what: str) -> None:
        client = self.client(who)
        wanted = str(self.clinic.releases(self.case)[-1].id)
        waiting = ok(client.get("/v1/failures"))["items"]
        [failure] = [each for each in waiting if each["subject_id"] == wanted]
        path = f"/v1/failures/{failure['id']}/{what}"
        if what == "reopen" and self.model.signatures[-1].touched:
            self._judged(client.post(path), "reopen of what may stand", "case.conflict", 0)
            return
        self._judged(client.post(path), what, None, 200)
        if what == "take":
            return
        if what == "retry":
            self.model.retry()
        else:
            self.model.reopen()
        self._judged(client.post(path), f"{what} again", "case.conflict", 0)

    def _asked(self, who: str, tail: str, ask: Json, refusal: str | None) -> Json | None:
        """The answer, which is the one that the model expects; None for a refusal."""
        answer = self.client(who).post(self.path + tail, json=ask)
        shown = {name: value for name, value in ask.items() if name not in ("proof", "digest")}
        return self._judged(answer, f"{tail} {who} {shown}", refusal, 201)

    def _judged(
        self, answer: httpx.Response, what: str, refusal: str | None, status: int
    ) -> Json | None:
        told: Json = answer.json()
        self.story.append(f"{what} → {answer.status_code} {told.get('code', '')}")
        name = what.partition(" ")[0] if what.startswith("/") else what
        self.told[f"{name} {refusal}" if refusal else name] += 1
        if refusal is None:
            assert answer.status_code == status, told
            return told
        assert (answer.status_code, told.get("code")) == (STATUS[refusal], refusal), told
        if refusal == "case.conflict" and what.startswith("/") and "state" in told:
            assert (told["state"], told["version"]) == (self.model.state, self.model.version)
        return None

    # What always holds.

    def check(self) -> None:
        self._is_as_the_model_says()
        self._only_reviewed_is_signed()
        self._history_only_grows()
        self._record_holds_what_was_signed()

    def _is_as_the_model_says(self) -> None:
        who = CLINICIANS[self.model.version % 2]
        told = look(self.client(who), self.case)
        assert (told["state"], told["version"]) == (self.model.state, self.model.version)
        for section in told["sections"]:
            model = self.model.sections[section["key"]]
            assert {s["id"]: s["text"] for s in section["statements"]} == model.lines
            assert section["revision"] == model.revision == len(section["revisions"])
            assert (section["decision"] or {}).get("kind") == model.decided
            assert section["seen"] == self.model.seen(who, section["key"])
        digests = [each.digest for each in self.model.signatures]
        assert [each["digest"] for each in told["releases"]] == digests

    def _only_reviewed_is_signed(self) -> None:
        """By the model, which knows what was seen from the answers to views alone."""
        assert all(signature.reviewed for signature in self.model.signatures)
        if self.model.state in {"signed", "released", "retracted"}:
            assert all(section.decided for section in self.model.sections.values())

    def _history_only_grows(self) -> None:
        now = {name: self._rows(name, "case_id") for name in HISTORIES}
        now["transitions"] = self._rows("transitions", "subject_id")
        for name, before in self.history.items():
            assert before <= now[name], f"{name} lost or changed a row"
        assert len(now["signatures"]) == len(self.model.signatures)
        assert len(now["revisions"]) == sum(s.revision for s in self.model.sections.values())
        self.history = now

    def _rows(self, table: str, column: str) -> set[str]:
        query = sql.SQL("select t::text from attending.{} t where {} = %s")
        named = query.format(sql.Identifier(table), sql.Identifier(column))
        return {row[0] for row in self.reader.execute(named, (self.case,))}

    def _record_holds_what_was_signed(self) -> None:
        notes = self._notes()
        assert {_text(note) for note in notes} <= {each.text for each in self.model.signatures}
        assert len(notes) <= len([s for s in self.model.signatures if s.action != "retract"])
        if not self.model.notes():
            return
        written = [r for r in self.clinic.releases(self.case) if r.state == "written"]
        [last] = [n for n in notes if f"DocumentReference/{n['id']}" == written[-1].reference]
        assert _text(last) == self.model.notes()[-1].text
        if self.model.state == "retracted":
            assert last["status"] == "entered-in-error"
        if self.model.state == "released":
            current = [note for note in notes if note["status"] == "current"]
            assert current == [last]

    def _notes(self) -> list[Json]:
        """Every note of the case's patient, in whatever state it stands in the record."""
        with self.clinic.web.transaction(self.clinic.tenant, "tests") as unit:
            patient = unit.people.patient(unit.cases.case(self.case).patient).identity
        notes = self.clinic.record.shelf.all("DocumentReference")
        return [note for note in notes if note["subject"]["reference"] == patient.reference]


def _behind(chance: Random) -> int:
    """How far a version that is sent lies behind the present one: mostly it does not."""
    return chance.choice((0, 0, 0, 0, 0, 0, 1, -1))


def _model_of(told: Json) -> CaseModel:
    sections = {
        each["key"]: SectionModel(
            each["key"],
            each["title"],
            {s["id"]: s["text"] for s in each["statements"]},
            frozenset(each["unopened"]),
        )
        for each in told["sections"]
    }
    assert sections["rate"].serious == {"rate.1"}
    return CaseModel(sections, told["version"])


def _text(note: Json) -> str:
    return base64.b64decode(note["content"][0]["attachment"]["data"]).decode()
