"""Two clinics at work, one random step after the other, in front of an EHR that listens.

A step is one request to the API or one run of a job. After each act all bytes that went
to the record meanwhile are read: a canary in them is one that could be written, by the
model, when the act began, of the very case that was acted on.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from attending.adapters.notices import WebhookNotices
from attending.adapters.records.fhir_http import FhirHttp
from attending.adapters.records.fhir_r4 import FhirServer
from attending.core.errors import AttendingError, NotFound
from attending.core.identity import ROLE_SCOPES
from attending.core.ids import CaseId, SourceId
from attending.core.record import RecordAccess
from attending.core.work import Job, Step
from attending.demo.installation import PEOPLE
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.notify import notify
from attending.loop.parts import LoopParts
from attending.loop.propose import propose
from attending.loop.release import ReleaserParts, release
from tests.attacks.canary import line
from tests.attacks.canary.behind import ServerShelf
from tests.attacks.canary.driver import CanaryDriver, Story
from tests.attacks.canary.ehr import RecordingEhr
from tests.attacks.canary.marks import Marks
from tests.clinic import Clinic
from tests.journeys.case_driver import CLINICIANS
from tests.journeys.served import Served, in_process, look, ok, refused

LINES = '["tests.attacks.canary.line"]'
DAY = 86_400  # seconds
AT_ONCE = 6  # cases in work
LONG = 45  # acts on one case, after which it is left as it is
CHECKED = 0.04  # share of acts after which the case is held against the model
# What is tried, by the state of the case: there, most of it could succeed.
USUAL: dict[str, dict[str, int]] = {
    "in_review": {"view": 2, "decide": 4, "prepare": 1, "sign": 2, "review": 3, "sign_rightly": 4,
                  "sign_wrongly": 1, "reject": 1},
    "signed": {"deliver": 8, "sign": 1},
    "failed": {"own_failure": 6, "deliver": 1},
    "released": {"amend": 4, "prepare": 2, "sign": 2, "sign_wrongly": 1, "sign_rightly": 1,
                 "deliver": 2},
}  # fmt: skip
UNUSUAL = ("view", "decide", "reject", "amend", "prepare", "sign", "deliver", "own_failure")
DRAFTING = (Step.DECODE, Step.INFER, Step.PROPOSE)


class CanaryFound(AssertionError):
    """A text went to the EHR, or into a notice, that no clinician had signed."""


@dataclass
class Arrival:
    """A source on its way to a draft. ``done``: how many steps were made."""

    clinic: Clinic
    story: Story
    source: SourceId
    case: CaseId
    patient: str
    done: int = 0


@dataclass
class Place:
    """One clinic's parts, and what stops its line."""

    clinic: Clinic
    inference: LoopParts
    releaser: ReleaserParts
    pause: str = ""


@dataclass
class World:
    served: Served
    ehr: RecordingEhr
    chance: Random
    marks: Marks
    reader: psycopg.Connection[Any]
    places: tuple[Place, Place]
    folder: Path
    shelf: FhirServer  # the EHR, as the adapter sees it
    hasty: FhirServer  # the same, for one who does not wait for long
    steps: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    arriving: list[Arrival] = field(default_factory=list)
    working: list[CanaryDriver] = field(default_factory=list)
    left: list[CanaryDriver] = field(default_factory=list)
    jobs: deque[tuple[Place, Job]] = field(default_factory=lambda: deque(maxlen=400))
    allowed: set[str] = field(default_factory=set)  # ever, and so not a leak by itself
    seen: set[str] = field(default_factory=set)
    scanned: int = 0  # bytes
    requests: int = 0  # at the EHR and at the webhook

    @property
    def count(self) -> int:
        return self.steps.total() + self.told_steps()

    def told_steps(self) -> int:
        """Requests that the drivers made, by what they count."""
        return sum(n for name, n in self.told.items() if _is_request(name))

    def act(self) -> None:
        """One random act; nothing of it may betray a canary."""
        if len(self.working) + len(self.arriving) < AT_ONCE:
            self._watched(self._arrive, set())
            return
        doing = self.chance.random()
        for share, work in (
            (0.06, self._intrude),
            (0.05, self._forge_job),
            (0.05, self._replay_job),
            (0.05, self._replay_release),
            (0.01, self._notify),
            (0.02, self._stop_or_resume),
        ):
            doing -= share
            if doing < 0:
                self._watched(work, set())
                return
        if self.arriving and self.chance.random() < 0.5:
            self._watched(self._draft, set())
            return
        if self.working:
            self._work(self.chance.choice(self.working))

    def settle(self) -> None:
        """At the end: every case, and the whole log once more."""
        for driver in self.working:
            driver.settled()
        whole = (self.folder / "traffic.log").read_bytes()
        stray = self.marks.found(whole) - self.allowed
        if stray:
            self._cry(stray, "the whole log")

    # What goes to the record, and to the webhook.

    def _watched(self, work: Callable[[], None], allowed: set[str]) -> None:
        try:
            work()
        finally:
            self._scan(allowed)

    def _scan(self, allowed: set[str]) -> None:
        sent, self.ehr.log = self.ehr.log, []
        notices, self.ehr.notices = self.ehr.notices, []
        self.requests += len(sent) + len(notices)
        self.scanned += sum(map(len, (*sent, *notices)))
        with (self.folder / "traffic.log").open("ab") as log:
            log.writelines(raw + b"\n" for raw in (*sent, *notices))
        found = set().union(*map(self.marks.found, sent))
        if found - allowed:
            self._cry(found - allowed, "the EHR")
        noticed = set().union(*map(self.marks.found, notices))
        if noticed:
            self._cry(noticed, "a notice")
        self.seen |= found

    def _cry(self, stray: set[str], where: str) -> None:
        told = "; ".join(sorted(self.marks.made[mark] for mark in stray))
        raise CanaryFound(f"step {self.count}, in {where}: {told}")

    # A case's way.

    def _arrive(self) -> None:
        place = self.chance.choice(self.places)
        clinic, name = place.clinic, f"case {len(self.left) + len(self.working)}"
        story = Story.made(self.marks, self.chance, name)
        patient = clinic.patient()
        encounter = clinic.encounter(patient)
        with clinic.web.transaction(clinic.tenant, "tests") as unit:
            reference = unit.people.patient(patient).identity.reference
        client = self.served.client(self.chance.choice(CLINICIANS), clinic)
        key = {"Idempotency-Key": f"up{self.chance.getrandbits(64)}", "Content-Type": line.MEDIA}
        for _ in range(self.chance.choice((1, 1, 2))):
            self.steps["upload"] += 1
            answer = client.post(
                f"/v1/encounters/{encounter}/sources",
                params={"line": line.NAME, "hints": [story.hint]},
                content=json.dumps(story.told).encode(),
                headers=key,
            )
            told = ok(answer, 202)
        ids = SourceId(UUID(told["source"])), CaseId(UUID(told["case"]))
        self.arriving.append(Arrival(clinic, story, *ids, reference))

    def _draft(self) -> None:
        """Run a step of drafting: mostly the next one; else one too early, or again."""
        arrival = self.chance.choice(self.arriving)
        place = self._place(arrival.clinic)
        number = arrival.done if self.chance.random() < 0.8 else self.chance.randrange(3)
        job = self._drafting_job(arrival, DRAFTING[number])
        early = number > arrival.done
        self._perform(place, job, self.chance.randint(1, 9), fails=early)
        if number == arrival.done and not place.pause:
            arrival.done += 1
        if arrival.done == len(DRAFTING):
            self._begin(place, arrival)

    def _drafting_job(self, arrival: Arrival, step: Step) -> Job:
        subject = arrival.source if step is Step.DECODE else arrival.case
        return Job(step, arrival.clinic.tenant, subject, 1)

    def _begin(self, place: Place, arrival: Arrival) -> None:
        model = arrival.story.model
        model.version = look(self.served.client(clinic=arrival.clinic), arrival.case)["version"]
        self.arriving.remove(arrival)
        self.working.append(
            CanaryDriver(
                self.served,
                self.told,
                self.reader,
                marks=self.marks,
                ehr=self.ehr,
                at=arrival.clinic,
                begun=arrival.case,
                begins=model,
                releaser=place.releaser,
                shelf=self.shelf,
                hasty=self.hasty,
                chance=self.chance,
                patient=arrival.patient,
            )
        )

    def _work(self, driver: CanaryDriver) -> None:
        usual, before = USUAL.get(driver.model.state), driver.jobs
        if usual is None or self.chance.random() < 0.2:
            name = self.chance.choice(UNUSUAL)
        else:
            [name] = self.chance.choices(list(usual), list(usual.values()))
        self._watched(lambda: getattr(driver, name)(self.chance), driver.allowed())
        self.steps["release job"] += driver.jobs - before
        self.allowed |= driver.allowed()
        driver.acts += 1
        if self.chance.random() < CHECKED:
            driver.check()
        self._retire(driver)

    def _retire(self, driver: CanaryDriver) -> None:
        """What ended, or was worked on for long, is left; not what somebody must put right."""
        old = driver.acts > LONG and driver.model.state != "failed"
        if not old and not (driver.ended and self.chance.random() < 0.2):
            return
        driver.settled()
        driver.story.clear()
        self.working.remove(driver)
        self.left.append(driver)

    # What nobody should be able to do.

    def _intrude(self) -> None:
        """Somebody of the other clinic asks for a case of this one, by its ids."""
        if not self.working:
            return
        driver = self.chance.choice(self.working)
        other = next(each.clinic for each in self.places if each.clinic is not driver.clinic)
        client = self.served.client(self.chance.choice(CLINICIANS), other)
        key, version = self.chance.choice(tuple(driver.model.sections)), driver.model.version
        asks: tuple[tuple[str, Any], ...] = (
            ("/views", {"section": key, "revision": 0, "statement": None}),
            ("/decisions", {"version": version, "section": key, "revision": 0, "kind": "accept"}),
            ("/rejection", {"version": version, "reason": self.marks.new("an intruder's reason")}),
            ("/amendments", {"version": version}),
            ("/entry", None),
            ("/releases", None),
            ("", None),
        )
        tail, ask = self.chance.choice(asks)
        path = driver.path + tail
        self.steps["by another clinic"] += 1
        answer = client.get(path) if ask is None else client.post(path, json=ask)
        refused(answer, 404, "resource.not_found")

    def _forge_job(self) -> None:
        """A release job with another clinic's id, another kind's id or an id of nothing."""
        if not self.working:
            return
        driver = self.chance.choice(self.working)
        place = next(each for each in self.places if each.clinic is not driver.clinic)
        ids: list[Any] = [driver.case, UUID(int=self.chance.getrandbits(128))]
        ids += [each.id for each in driver.clinic.releases(driver.case)]
        job = Job(Step.RELEASE, place.clinic.tenant, self.chance.choice(ids), 1)
        self.steps["forged job"] += 1
        try:
            release(place.releaser, job)
        except NotFound:
            return
        raise AssertionError("a job of nothing was done")

    def _replay_job(self) -> None:
        """A job that was run before, at any time, with any version."""
        if self.jobs:
            place, job = self.chance.choice(self.jobs)
            self._perform(place, job, self.chance.randint(-1, 99), fails=True)

    def _replay_release(self) -> None:
        """Any release job of a case that was left, also one whose release was given up."""
        if not self.left:
            return
        driver = self.chance.choice(self.left)
        done = [n for n, each in enumerate(driver.model.signatures) if each.release != "pending"]
        if done:
            wanted = driver.clinic.releases(driver.case)[self.chance.choice(done)]
            job = Job(Step.RELEASE, driver.clinic.tenant, wanted.id, self.chance.randint(-1, 99))
            self.steps["release job of long ago"] += 1
            release(driver.releaser, job)

    def _notify(self) -> None:
        if not self.working:
            return
        driver = self.chance.choice(self.working)
        place = self._place(driver.clinic)
        version = self.chance.randint(1, 99)
        self.steps["notice"] += 1
        notify(
            place.releaser.storage,
            WebhookNotices(self.ehr.webhook),
            Job(Step.NOTIFY, driver.clinic.tenant, driver.case, version),
        )
        assert self.ehr.notices, "the receiver heard nothing"

    def _stop_or_resume(self) -> None:
        place = self.chance.choice(self.places)
        if not place.pause and self.chance.random() < 0.5:
            return
        client = self.served.client("demo-safety", place.clinic)
        if not place.pause:
            reason = f"It errs {self.marks.new('reason of a pause')}"
            ask = {"scope": "line", "name": line.NAME, "reason": reason}
            self.steps["pause"] += 1
            place.pause = ok(client.post("/v1/pauses", json=ask), 201)["id"]
            return
        path = f"/v1/pauses/{place.pause}/resumption"
        told = ok(client.get(path))
        proof = self.served.forge.proof(sub="demo-safety", nonce=told["digest"])
        ask = {name: told[name] for name in ("digest", "prepared_at")}
        self.steps["resume"] += 2
        ok(client.post(path, json={**ask, "proof": {"kind": "oidc", "token": proof}}), 201)
        place.pause = ""

    def _perform(self, place: Place, job: Job, version: int, *, fails: bool) -> None:
        """A job of drafting, with whatever version it says: that is not what fences it."""
        work = {Step.DECODE: decode, Step.INFER: infer, Step.PROPOSE: propose}[job.step]
        self.steps[f"{job.step} job"] += 1
        self.jobs.append((place, job))
        try:
            work(place.inference, replace(job, version=version))
        except AttendingError:
            if not fails:
                raise

    def _place(self, clinic: Clinic) -> Place:
        return next(each for each in self.places if each.clinic is clinic)


def _is_request(name: str) -> bool:
    """Of what the drivers count, the requests; what came of a delivery is none."""
    other = ("proof: ", "delivery: ", "delivered: ", "the releaser died")
    return not name.startswith(other)


@contextmanager
def worlds(server: Path, seed: int, behind: str = "") -> Iterator[World]:
    """Two clinics with a database of their own on this server, and their EHR.

    behind: address of a FHIR server that keeps what the EHR is sent; else it does so itself.
    """
    chance = Random(seed)
    ehr = RecordingEhr(Random(seed + 1), ServerShelf(behind) if behind else None)
    marks = Marks(Random(seed + 2))
    with ExitStack() as stack:
        clinic = stack.enter_context(Clinic.opened(server, LINES, "fhir-r4", kept_plans=True))
        neighbour = stack.enter_context(clinic.next_door())
        clinic.record.shelf = neighbour.record.shelf = ehr.shelf
        stack.enter_context(ehr.running(clinic.installation.ports["ehr"]))
        served = stack.enter_context(in_process(clinic, neighbour))
        _log_in(served, clinic, neighbour)
        dsn = clinic.installation.admin_dsn
        reader = stack.enter_context(psycopg.connect(dsn, autocommit=True))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="canary-")))
        ours, theirs = (_place(served, each) for each in (clinic, neighbour))
        shelves = (FhirServer(FhirHttp(RecordAccess(ehr.url, timeout=t))) for t in (20.0, 0.3))
        yield World(served, ehr, chance, marks, reader, (ours, theirs), folder, *shelves)


def _place(served: Served, clinic: Clinic) -> Place:
    return Place(clinic, clinic.parts("inference"), served.releaser(clinic))


def _log_in(served: Served, *clinics: Clinic) -> None:
    """Access tokens for the whole run, by the issuer's own key."""
    for clinic in clinics:
        for person in PEOPLE:
            scopes = " ".join(sorted(ROLE_SCOPES[person.role]))
            token = served.forge.access(
                sub=person.username,
                tenant=str(clinic.tenant),
                roles=[person.role],
                scope=scopes,
                exp=int(time.time()) + DAY,
            )
            served.keep(token, person.username, clinic)
