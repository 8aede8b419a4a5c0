"""A whole installation of real processes, for tests that kill, pause and cut them off.

Web, inference and releaser are children of the test; between them and the stand-in EHR,
the receiver of notices and the tests' own client stand proxies that fail as they are told.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import obstore
import psycopg
from obstore.store import from_url

from attending import app
from attending.adapters.storage import audit, statements
from attending.adapters.storage.checkpoints import load_public_key, read_checkpoints
from attending.core.entry import PatientIdentity
from attending.core.work import Purpose, Target
from attending.demo.client import Api, Json, new_encounter
from attending.demo.ehr import StandInEhr
from attending.demo.installation import PEOPLE, Installation
from attending.demo.issuer import RunningIssuer
from attending.demo.processes import PROCESSES, Processes
from tests.adapters.records.sekmet_bench import SekmetBench
from tests.clinic import HURRIED
from tests.faults.proxy import LOOPBACK, FaultProxy
from tests.plugins.vitals_line.gates import GATES

ROOT = Path(__file__).parents[1]
VITALS = '["tests.plugins.vitals_line"]'
CSV = b"0,80\n1,120\n2,90\n"  # one fast minute: one serious finding
DEADLINE = 40.0  # seconds for what must happen by itself; far more than it takes
TAKEOVER = timedelta(seconds=1.5)  # the default is made for hospitals, not for impatient tests
RECORD_TIMEOUT = 2.0  # seconds
RECORD_TOKEN = "stack-record-token"
Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str, patience: float = DEADLINE) -> Found:
    """What ``look`` gives, once it is true."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not come to be within {patience:.0f} s: {what}")
        time.sleep(0.02)
    return found


def _releasers_own(ehr: str, notices: str) -> dict[str, str]:
    tokens = json.dumps({ehr: RECORD_TOKEN})
    return {"ATTENDING_WEBHOOK_URL": notices, "ATTENDING_RECORD_TOKENS": tokens}


@dataclass(frozen=True)
class Gates:
    """Where the sample line's steps can be held; see its gates.py."""

    folder: Path

    def close(self, stage: str) -> None:
        (self.folder / f"{stage}.hold").touch()

    def open(self, stage: str) -> None:
        for file in self.folder.glob(f"{stage}.*"):
            file.unlink()

    def let(self, stage: str, pid: int) -> None:
        """This process alone passes."""
        (self.folder / f"{stage}.pass-{pid}").touch()

    def await_reached(self, stage: str, pid: int | None = None) -> int:
        """Until a process (or this one) waits there; its id."""
        pattern = f"{stage}.reached-{pid or '*'}"
        found = until(lambda: list(self.folder.glob(pattern)), f"{stage} is reached")
        return int(found[0].name.rpartition("-")[2])


@dataclass
class Receiver:
    """Takes notices, as a hospital's webhook would."""

    told: list[Json] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator[int]:
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """In silence."""

        server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def of(self, case: str) -> list[tuple[str, int]]:
        return [(n["event"], n["version"]) for n in list(self.told) if n["case"] == case]


@dataclass
class Stack:
    installation: Installation
    processes: Processes
    ehr: SekmetBench  # straight to the stand-in EHR
    to_ehr: FaultProxy
    to_web: FaultProxy
    to_notices: FaultProxy
    notices: Receiver
    gates: Gates
    texts: dict[str, str] = field(default_factory=dict)  # what was signed, by case

    @classmethod
    @contextmanager
    def opened(
        cls, root: Path, *, server: Path | None, lines: str = VITALS, **overrides: str
    ) -> Iterator[Stack]:
        """``server``: the run's PostgreSQL, or None for one of its own."""
        name = f"stack_{uuid4().hex[:12]}"
        gates = Gates(root / name / "gates")
        gates.folder.mkdir(parents=True)
        with ExitStack() as stack:
            notices = Receiver()
            to_notices = stack.enter_context(
                FaultProxy((LOOPBACK, stack.enter_context(notices.serving())))
            )
            alike = Installation(
                home=root / name,
                fsync=False,
                server=server,
                database=name if server else "",
                overrides={
                    "ATTENDING_LINES": lines,
                    **HURRIED,
                    "ATTENDING_FIRST_WAIT": "PT0.2S",
                    "ATTENDING_TAKEOVER": f"PT{TAKEOVER.total_seconds()}S",
                    "ATTENDING_RECORD_TIMEOUT": str(RECORD_TIMEOUT),
                    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
                    GATES: str(gates.folder),
                    **overrides,
                },
            )
            to_ehr = stack.enter_context(FaultProxy((LOOPBACK, alike.ports["ehr"])))
            address = f"http://{LOOPBACK}:{to_ehr.port}/fhir"
            own = _releasers_own(address, f"http://{LOOPBACK}:{to_notices.port}/notices")
            installation = replace(alike, own={"releaser": own})
            installation.prepare()
            if server is None:
                stack.callback(installation.postgres.stop)
            ehr = StandInEhr(root / name / "ehr", installation.ports["ehr"], persistent=False)
            stack.enter_context(ehr)
            to_web = stack.enter_context(FaultProxy((LOOPBACK, installation.ports["web"])))
            installation.state(
                statements.target(
                    Target(installation.target, "fhir-r4", address, "EHR through the proxy")
                )
            )
            stack.enter_context(RunningIssuer(installation.issuer_settings()))
            processes = Processes(installation)
            stack.callback(processes.stop)
            for process in PROCESSES:
                processes.start(process)
            processes.await_web()
            yield cls(
                installation,
                processes,
                SekmetBench(ehr.url),
                to_ehr,
                to_web,
                to_notices,
                notices,
                gates,
            )

    # What people do, through the API.

    @cached_property
    def api(self) -> Api:
        return Api.logged_in(self.installation, PEOPLE[0].username)

    @property
    def api_through_proxy(self) -> Api:
        """The same person, whose answers can be lost."""
        http = httpx.Client(
            base_url=f"http://{LOOPBACK}:{self.to_web.port}",
            headers=dict(self.api.http.headers),
            timeout=60,
            trust_env=False,
        )
        return replace(self.api, http=http)

    @cached_property
    def patient(self) -> Json:
        return self.register(self.ehr.add_patient())

    def register(self, identity: PatientIdentity) -> Json:
        """A patient of the EHR, who agreed to being recorded and assisted."""
        known = {
            "reference": identity.reference,
            "name": identity.name,
            "birth_date": identity.birth_date,
            "identifiers": [{"system": s, "value": v} for s, v in identity.identifiers],
        }
        target = str(self.installation.target)
        patient = self.api.post("/v1/patients", {"target": target, "identity": known})
        for purpose in (Purpose.RECORD, Purpose.ASSISTANCE):
            self.api.put(f"/v1/patients/{patient['id']}/consents/{purpose}", {"granted": True})
        return patient

    def encounter(self, patient: Json | None = None) -> str:
        return new_encounter(self.api, patient or self.patient)

    def upload(self, encounter: str = "", *, key: str = "", api: Api | None = None) -> str:
        """A vitals source for a visit; the case's id."""
        sent = (api or self.api).send(
            encounter or self.encounter(), "vitals", "text/csv", CSV, key=key
        )
        return str(sent["case"])

    def state(self, case: str) -> str:
        return str(self.api.get(f"/v1/cases/{case}")["state"])

    def await_state(self, case: str, state: str, patience: float = DEADLINE) -> None:
        until(lambda: self.state(case) == state, f"{case} is {state}", patience)

    def review(self, case: str) -> None:
        """Everything is seen and accepted."""
        path = f"/v1/cases/{case}"
        told = self.api.get(path)
        for section in told["sections"]:
            shown = {"section": section["key"], "revision": section["revision"]}
            for statement in self.api.post(f"{path}/views", shown)["unopened"]:
                self.api.post(f"{path}/views", {**shown, "statement": statement})
            choice = {**shown, "version": told["version"], "kind": "accept"}
            told = self.api.post(f"{path}/decisions", choice)

    def signature(self, case: str) -> Json:
        """What is posted to sign the case as it stands, with a fresh proof."""
        entry = self.api.get(f"/v1/cases/{case}/entry")
        self.texts[case] = entry["payload"]["content"]["text"]
        return {
            "version": entry["version"],
            "digest": entry["digest"],
            "prepared_at": entry["prepared_at"],
            "proof": {"kind": "oidc", "token": self.api.prove(entry["digest"])},
        }

    def sign(self, case: str) -> None:
        self.api.post(f"/v1/cases/{case}/signatures", self.signature(case))

    def decided(self, patient: Json | None = None) -> str:
        """A case with nothing left but to sign."""
        case = self.upload(self.encounter(patient))
        self.await_state(case, "in_review")
        self.review(case)
        return case

    def finish(self, case: str) -> None:
        """Whatever is left to do until it is released, and all that must hold then."""
        if self.state(case) == "drafting":
            self.await_state(case, "in_review")
        if self.state(case) == "in_review":
            self.review(case)
            self.sign(case)
        self.await_state(case, "released")
        self.assert_once(case)

    # What a superuser sees and can do.

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.installation.admin_dsn, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[call-overload]

    def source_of(self, case: str) -> str:
        return str(self.rows("select source_id from attending.cases where id = %s", case)[0][0])

    def sources_of(self, encounter: str) -> list[str]:
        query = "select id from attending.sources where encounter_id = %s"
        return [str(row[0]) for row in self.rows(query, encounter)]

    def blobs(self) -> set[str]:
        """Keys of what stands in the store."""
        store = from_url(self.installation.settings("web").blobs_url)
        return {blob["path"] for page in obstore.list(store) for blob in page}

    def release_of(self, case: str) -> str:
        return str(self.rows("select id from attending.releases where case_id = %s", case)[0][0])

    @contextmanager
    def locked(self, query: str, *values: object) -> Iterator[None]:
        """Rows that nobody can change meanwhile."""
        with psycopg.connect(self.installation.admin_dsn) as connection:
            found = connection.execute(f"{query} for update", values).fetchall()  # type: ignore[call-overload]
            assert found, query
            yield
            connection.rollback()

    @contextmanager
    def no_commits(self) -> Iterator[None]:
        """Every step hangs at its last statement: the entry into the audit chain."""
        query = "select from attending.audit_heads where tenant_id = %s"
        with self.locked(query, self.installation.tenant):
            yield

    @contextmanager
    def no_endings(self, task: str) -> Iterator[None]:
        """A step that runs commits, and hangs when it says so to the queue."""
        query = "select from queue.procrastinate_jobs where status = 'doing' and task_name = %s"
        with self.locked(query, task):
            yield

    def await_hanging(self, role: str) -> list[int]:
        """Until a statement of this role waits for a lock; the backends that wait."""
        query = """select pid from pg_stat_activity where datname = current_database()
                   and usename = %s and wait_event_type = 'Lock'"""
        return until(lambda: [row[0] for row in self.rows(query, role)], f"{role} hangs")

    def terminate(self, backends: list[int]) -> None:
        self.rows("select pg_terminate_backend(pid) from unnest(%s::int[]) as pid", backends)

    # Processes.

    def restart(self, process: str) -> None:
        """After it was killed."""
        self.processes.start(process)
        if process == "web":
            self.processes.await_web()

    @contextmanager
    def others(self, **overrides: str) -> Iterator[Processes]:
        """Workers on another host: started by the test, ended here."""
        merged = {**self.installation.overrides, **overrides}
        others = Processes(replace(self.installation, overrides=merged))
        try:
            yield others
        finally:
            others.stop()

    @contextmanager
    def paused(self, pid: int) -> Iterator[None]:
        """SIGSTOP; it wakes at the end."""
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def await_forgotten(self) -> None:
        """Until a worker counts as dead."""
        query = "select from queue.procrastinate_workers where last_heartbeat < now() - %s"
        until(lambda: self.rows(query, TAKEOVER), "a worker does not beat")

    def logged(self, process: str, step: str, subject: str) -> list[str]:
        """The events that the workers of a kind told of one job, in order."""
        lines = self.processes.log(process).read_text().splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        wanted = (step, subject)
        return [e["event"] for e in told if (e.get("step"), e.get("subject")) == wanted]

    # What must hold in the end.

    def assert_once(self, case: str) -> None:
        """One of each in the database, one note and one trail in the EHR, and what was signed."""
        source, release = self.source_of(case), self.release_of(case)
        until(lambda: self._jobs(source, case, release) == 0, "the queue is done")
        assert self._counts(case, source) == {
            "runs": ["decode", "infer"],
            "cases": 1,
            "drafts": 1,
            "signatures": 1,
            "releases": ["written"],
            "failures": 0,
        }
        assert self._states(case) == ["drafting", "in_review", "signed", "released"]
        assert self._states(release)[-1] == "written"
        assert self._states(release).count("written") == 1
        self._assert_audited(source, case, release)
        self.assert_in_record(case)
        self.assert_chain_holds()

    def assert_in_record(self, case: str) -> None:
        [note], [trail] = self.notes(case), self.ehr.trails(self.key(case))
        [release] = self.api.get(f"/v1/cases/{case}")["releases"]
        assert (note.reference, note.status) == (release["reference"], "current")
        assert note.text == self.texts[case]
        assert trail.target == note.reference

    def notes(self, case: str) -> list[Any]:
        return self.ehr.notes(self.key(case))

    def key(self, case: str) -> str:
        """Under which the entry of the last signature stands in the EHR."""
        query = """select id from attending.signatures where case_id = %s
                   order by version desc limit 1"""
        return f"{self.rows(query, case)[0][0]}.{self.installation.target}"

    def assert_chain_holds(self) -> None:
        settings = self.installation.settings("web")
        key = load_public_key(self.installation.checkpoint_public_key)
        database = app.connect("web", settings)
        kept = partial(read_checkpoints, self.installation.checkpoints, self.installation.tenant)
        verdict = audit.verify(database, self.installation.tenant, kept, key)
        database.close()
        assert verdict.problems == ()
        assert verdict.checkpoints > 0

    def _jobs(self, *subjects: str) -> int:
        query = "select count(*) from queue.procrastinate_jobs where args->>'subject' = any (%s)"
        return int(self.rows(query, list(subjects))[0][0])

    def _counts(self, case: str, source: str) -> dict[str, Any]:
        def of(what: str, table: str, column: str, value: str) -> list[Any]:
            query = f"select {what} from attending.{table} where {column} = %s order by 1"
            return [row[0] for row in self.rows(query, value)]

        return {
            "runs": of("step", "runs", "source_id", source),
            "cases": len(of("id", "cases", "source_id", source)),
            "drafts": len(of("id", "drafts", "case_id", case)),
            "signatures": len(of("id", "signatures", "case_id", case)),
            "releases": of("state", "releases", "case_id", case),
            "failures": len(of("id", "failures", "subject_id", case)),
        }

    def _states(self, subject: str) -> list[str]:
        query = "select to_state from attending.transitions where subject_id = %s order by at"
        return [row[0] for row in self.rows(query, subject)]

    def _assert_audited(self, *subjects: str) -> None:
        query = """select entry::jsonb->>'action' from attending.audit_log
                   where entry::jsonb->>'subject' = any (%s) order by seq"""
        told = [row[0] for row in self.rows(query, list(subjects))]
        assert [action for action in told if not action.startswith("section.")] == [
            "source.received",
            "source.decoded",
            "case.inferred",
            "case.proposed",
            "case.signed.write",
            "release.written",
        ]
