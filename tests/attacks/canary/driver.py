"""Drives one case as tests/journeys does, with a canary in every text that there is.

Its model says at each moment which canaries may go to the record: those of the texts
that were signed and whose release is neither given up nor still to be signed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import httpx

from attending.adapters.records.fhir_delivery import FhirRecord, Shelf
from attending.adapters.records.fhir_r4 import FhirServer
from attending.adapters.records.fhir_resources import Key, Resource
from attending.adapters.records.memory import Fault
from attending.core.entry import entry_key
from attending.core.ids import CaseId
from attending.core.work import Job, Release
from attending.loop.release import ReleaserParts, release
from tests.attacks.canary.ehr import Misreading, RecordingEhr
from tests.attacks.canary.line import as_read
from tests.attacks.canary.marks import Marks, marks_in
from tests.clinic import Clinic
from tests.journeys.case_driver import CLINICIANS, CaseDriver
from tests.journeys.case_model import CaseModel, SectionModel
from tests.journeys.served import Json

_OPEN = ("pending", "written")  # a release in these states may speak to the record


class Died(BaseException):
    """The releaser's process ended here. No part of the product may catch it."""


@dataclass(frozen=True)
class Death:
    """At the releaser's so many-th call to the record; before it, or when it was done."""

    call: int
    after: bool


@dataclass(frozen=True)
class Stall:
    """Writes that fail are not answered at all."""


@dataclass
class MortalShelf:
    """A shelf whose user dies as planned."""

    inner: Shelf
    death: Death
    calls: int = 0

    @property
    def base(self) -> str:
        return self.inner.base

    def get(self, reference: str) -> Resource | None:
        return self._lived(lambda: self.inner.get(reference))

    def find(self, kind: str, key: Key) -> list[Resource]:
        found: list[Resource] = self._lived(lambda: self.inner.find(kind, key))
        return found

    def add(self, resource: Resource, key: Key) -> None:
        self._lived(lambda: self.inner.add(resource, key))

    def replace(self, resource: Resource) -> None:
        self._lived(lambda: self.inner.replace(resource))

    def remove(self, resource: Resource) -> None:
        self._lived(lambda: self.inner.remove(resource))

    def patients(self) -> list[Resource]:
        return self.inner.patients()

    def _lived(self, work: Callable[[], Any]) -> Any:
        self.calls += 1
        if self.calls != self.death.call:
            return work()
        if self.death.after:
            work()
        raise Died


@dataclass
class CanaryModel(CaseModel):
    title: str = ""

    def text(self) -> str:
        """As the documentation line writes it."""
        kept = [s for s in self.sections.values() if s.decided != "reject" and s.lines]
        blocks = ["\n".join([s.title, *(f"- {line}" for line in s.lines.values())]) for s in kept]
        return "\n\n".join([self.title, *blocks]) + "\n"


@dataclass
class Story:
    """What the model of the line will say of one source, and what must become of it."""

    told: Json
    model: CanaryModel
    hint: str

    @classmethod
    def made(cls, marks: Marks, chance: Random, name: str) -> Story:
        keys = chance.sample(("plan", "history", "findings", "medicines"), chance.randint(2, 3))
        title = f"Note {marks.new(f'title of {name}')}"
        sections = [_section(marks, chance, name, key) for key in keys]
        told = {"title": title, "sections": sections}
        for secret in ("raw", "quote", "explanation"):
            told[secret] = f"{secret} {marks.new(f'{secret} of {name}')}"
        model = CanaryModel({each["key"]: _modelled(each) for each in sections}, 0, title=title)
        return cls(told, model, marks.new(f"hint of {name}"))


def _section(marks: Marks, chance: Random, name: str, key: str) -> Json:
    of = f"of section {key}, revision 0, of {name}"
    kinds = [chance.choice(("text", "text", "alert", "action", "code")) for _ in range(3)]
    lines = [(kind, f"{chance.choice(_WORDS)} {marks.new(f'{kind} {of}')}") for kind in kinds]
    lines = lines[: chance.choice((0, 1, 2, 3))]
    warning = chance.choice(("", "", "serious", "info")) if lines else ""
    title = f"{key.title()} {marks.new(f'title {of}')}"
    return {"key": key, "title": title, "lines": lines, "warning": warning}


_WORDS = ("Cough", "5 < 6 & 7 > 2", 'He said "no"', "naïve ≥ 5 µg", "50% off+on", "a\\u0041b 🩺")


def _modelled(told: Json) -> SectionModel:
    key, lines = told["key"], told["lines"]
    ids = {f"{key}.{n}": as_read(kind, text) for n, (kind, text) in enumerate(lines, 1)}
    serious = {f"{key}.1"} if told["warning"] == "serious" else set()
    return SectionModel(key, told["title"], ids, frozenset(serious))


@dataclass
class CanaryDriver(CaseDriver):
    """``marks`` and ``ehr`` are shared by all; the case is in review already."""

    marks: Marks = field(kw_only=True)
    ehr: RecordingEhr = field(kw_only=True)
    at: Clinic = field(kw_only=True)
    begun: CaseId = field(kw_only=True)
    begins: CanaryModel = field(kw_only=True)
    releaser: ReleaserParts = field(kw_only=True)
    shelf: FhirServer = field(kw_only=True)
    hasty: FhirServer = field(kw_only=True)  # does not wait for long
    chance: Random = field(kw_only=True)
    patient: str = field(kw_only=True)

    def __post_init__(self) -> None:
        self.clinic, self.case, self.model = self.at, self.begun, self.begins
        keys = tuple(self.model.sections)
        self.viewed, self.asked = (*keys, *keys, "absent"), (*keys * 4, "absent")
        self.jobs = 0  # that were run
        self.acts = 0

    def allowed(self) -> set[str]:
        """The canaries that may go to the record now."""
        may = (each.text for each in self.model.signatures if each.release in _OPEN)
        return set().union(*map(marks_in, may))

    def deliver(self, chance: Random) -> None:
        """Run a release job, of the last signature or of an old one, against some fault."""
        if not self.model.signatures:
            return
        last = len(self.model.signatures) - 1
        number = last if chance.random() < 0.8 else chance.randint(0, last)
        writes = self.model.signatures[number].action == "write"
        faults = _planned(chance, writes=writes)
        if not self.model.deliverable(number):  # the record is at most looked at
            faults = [fault for fault in faults if isinstance(fault, Death)]
        self._deliver(number, faults, patient=chance.random() < 0.6)

    def _released(self, job: Job, faults: Sequence[object]) -> bool:
        self.jobs += 1
        ehr = self.ehr
        ehr.shelf.faults.extend(f for f in faults if f is None or isinstance(f, Fault))
        ehr.readings.extend(f for f in faults if f is None or isinstance(f, Misreading))
        ehr.stalls = Stall() in faults
        ehr.said = f"No: {self.marks.new(f'words of the record at a release of {self.case}')}"
        try:
            release(self._parts(faults), job)
        except Died:
            self.told["the releaser died"] += 1
            return False
        finally:
            ehr.shelf.faults.clear()
            ehr.readings.clear()
            ehr.stalls = False
        return True

    def _parts(self, faults: Sequence[object]) -> ReleaserParts:
        shelf: Shelf = self.hasty if Stall() in faults else self.shelf
        for death in faults:
            if isinstance(death, Death):
                shelf = MortalShelf(shelf, death)
        return replace(self.releaser, record=lambda _target: FhirRecord(shelf))

    def _touched(self, wanted: Release) -> bool:
        """As the release says; never that nothing stands where something does."""
        now = next(each for each in self.clinic.releases(self.case) if each.id == wanted.id)
        keyed = entry_key(wanted.signature, wanted.target)
        stands = any(self.ehr.shelf.standing(keyed)) or wanted.action == "retract"
        assert not (stands and now.untouched), "what stands in the record is said not to"
        return not now.untouched

    def _decide(
        self, who: str, version: int, key: str, revision: int, kind: str, reason: str, text: str
    ) -> None:
        """With canaries in the reason, and in every line that is new."""
        of = f"of section {key}, after revision {revision}, of {self.case}"
        if reason.strip():
            reason = f"{reason} {self.marks.new(f'reason {of}')}"
        standing = set(self.model.sections[key].lines.values()) if key != "absent" else set()
        lines = [
            line if line in standing or not line.strip() else self._marked(line, of)
            for line in text.splitlines()
        ]
        if self.chance.random() < 0.3:
            lines = lines[1:]  # a line of before is taken away
        super()._decide(who, version, key, revision, kind, reason, "\n".join(lines))

    def _marked(self, line: str, of: str) -> str:
        return f"{line.strip()} {self.marks.new(f'an edit {of}')}"

    def _asked(self, who: str, tail: str, ask: Json, refusal: str | None) -> Json | None:
        if tail == "/rejection" and ask["reason"].strip():
            ask |= {"reason": f"{ask['reason']} {self.marks.new(f'rejection of {self.case}')}"}
        if self.chance.random() < 0.9:
            return super()._asked(who, tail, ask, refusal)
        return self._asked_twice(who, tail, ask, refusal)

    def _asked_twice(self, who: str, tail: str, ask: Json, refusal: str | None) -> Json | None:
        """Under one idempotency key: it happens once; and another request under it does not."""
        client, key = self.client(who), f"k{self.chance.getrandbits(64)}"
        first, second = (
            client.post(self.path + tail, json=ask, headers={"Idempotency-Key": key})
            for _ in range(2)
        )
        told = self._judged(first, f"{tail} with a key", refusal, 201)
        self.told["an answer asked for twice"] += 1
        assert (second.status_code, _comparable(second)) == (first.status_code, _comparable(first))
        if told is not None:
            other = ask | {"version": self.model.version}
            if other == ask:
                other |= {"reason": "other"}
            third = client.post(self.path + tail, json=other, headers={"Idempotency-Key": key})
            self.told["a key used for another request"] += 1
            assert third.status_code in (409, 422), third.text
        return told

    def _proof(self, kind: str, who: str, digest: str) -> str:
        """By the issuer's own key, without a log-in for each."""
        other = next(each for each in CLINICIANS if each != who)
        told = {
            "right": (who, digest),
            "another person's": (other, digest),
            "another digest": (who, "0" * 64),
        }
        if kind in told:
            sub, nonce = told[kind]
            return self.served.forge.proof(sub=sub, nonce=nonce)
        return super()._proof(kind, who, digest)

    def _notes(self) -> list[Json]:
        return self.ehr.shelf.notes_of(self.patient)

    def settled(self) -> None:
        """In the record stands once what was signed and released, and nothing else."""
        self.check()
        for each in self.clinic.releases(self.case):
            key = entry_key(each.signature, each.target)
            notes, trails = self.ehr.shelf.standing(key)
            written, retracts = each.state == "written", each.action == "retract"
            assert notes <= (not retracts)
            assert trails <= 1
            assert not written or (notes, trails) == (not retracts, 1), "not there exactly once"
            assert not (each.untouched and notes + trails), "what is said not to stand does"


def _planned(chance: Random, *, writes: bool) -> list[object]:
    """What goes wrong with a delivery. An altered reading is not sent back by a first write."""
    kind = chance.random()
    if kind < 0.55:
        return []
    if kind < 0.75:
        return [chance.choice((None, *Fault)) for _ in range(chance.choice((1, 4)))]
    if kind < 0.87:
        some = [each for each in Misreading if writes or each is not Misreading.ALTERED]
        return [None] * chance.randint(0, 9) + [chance.choice(some)]
    if kind < 0.995:
        return [Death(chance.randint(1, 16), chance.random() < 0.5)]
    return [Stall(), chance.choice((Fault.UNAVAILABLE, Fault.ANSWER_LOST))]


def _comparable(answer: httpx.Response) -> Any:
    return answer.json().get("code") if answer.is_error else answer.json()
