"""What the commands ``attending demo`` and ``attending note`` do."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from attending.adapters.records import open_record
from attending.core.record import RecordAccess
from attending.core.work import Purpose
from attending.demo import clinician, patients
from attending.demo.client import Api, Json, new_encounter
from attending.demo.document import NoteDocument
from attending.demo.gather import document_of
from attending.demo.guide import write_guide
from attending.demo.installation import PEOPLE, Installation
from attending.demo.processes import running, serves
from attending.demo.proof import unproven
from attending.demo.story import print_story

SAMPLE = Path(__file__).parent / "sample" / "consultation.ogg"
CLINICIAN = PEOPLE[0].username


def run_once(installation: Installation, audio: Path | None, *, as_json: bool) -> int:
    """The whole loop with the scripted clinician; 0 only if every claim holds."""
    console = Console(stderr=as_json)
    with _stack(installation, console):
        api = Api.logged_in(installation, CLINICIAN)
        visit = _register(api, installation)
        told = _draft(api, visit, audio or SAMPLE, console)
        case = told["case"]
        if not any(section["statements"] for section in api.get(f"/v1/cases/{case}")["sections"]):
            tell(document_of(api, case), as_json=as_json)
            console.print("Nothing was said that a note could hold: there is nothing to sign.")
            return 1
        signed = clinician.review_and_sign(api, case)
        api.await_release(case)
        document = document_of(api, case, signed)
        wrong = unproven(installation, document, signed["entry"])
        tell(document, as_json=as_json)
    for problem in wrong:
        console.print(f"✗ {problem}", style="bold red")
    if not wrong:
        console.print(
            "✓ reviewed, signed, written once and read back; the audit chain holds.", style="green"
        )
    return 1 if wrong else 0


def take_note(installation: Installation, file: Path, *, as_json: bool) -> int:
    """One recording up to review."""
    console = Console(stderr=as_json)
    with _stack(installation, console) as started:
        api = Api.logged_in(installation, CLINICIAN)
        visit = _register(api, installation)
        told = _draft(api, visit, file, console)
        document = document_of(api, told["case"])
        tell(document, as_json=as_json)
        console.print(f"In review. A clinician reviews and signs it at {document.case.address}")
    if started:
        console.print("[dim]Start the console with: attending demo[/dim]")
    return 0


def serve(installation: Installation) -> None:
    """Everything, until Ctrl-C; with a first draft to look at."""
    console, guide = Console(), write_guide(installation)
    told = {"ATTENDING_GUIDE_FILE": str(installation.guide.resolve())}
    guided = replace(installation, own={**installation.own, "web": told})
    with _stack(guided, console):
        api = Api.logged_in(installation, CLINICIAN)
        if not api.get("/v1/cases")["items"]:
            visit = _register(api, installation)
            _draft(api, visit, SAMPLE, console)
            _fail(api, visit)
        start = f"{installation.web_url}/welcome?key={guide.key}"
        console.rule("Attending demo", align="left")
        console.print(f"  Open      {start}", highlight=False, soft_wrap=True)
        for person in guide.people:
            console.print(
                f"  {'Log in' if person is guide.people[0] else '':<10}{person.username:<16}"
                f"password {person.password}   {person.role}",
                highlight=False,
            )
        console.print(f"  Record    {installation.ehr_url}/DocumentReference")
        console.print("  Another   attending note FILE   (any wav, mp3, m4a, ogg or webm)")
        console.print("  Ctrl-C ends it; the next start finds everything as it was.\n")
        open_browser(start)
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        try:
            while not ended.wait(1):
                pass
        except KeyboardInterrupt:
            console.print("Ending.")


def open_browser(address: str) -> None:
    """Where somebody sits before one; elsewhere the address was printed."""
    if sys.stdout.isatty() and (sys.platform == "darwin" or os.environ.get("DISPLAY")):
        webbrowser.open(address)


def tell(document: NoteDocument, *, as_json: bool) -> None:
    """On standard output: the document, or the story in it."""
    if as_json:
        sys.stdout.write(document.model_dump_json(indent=2) + "\n")
    else:
        print_story(Console(), document)


def print_schema() -> None:
    json.dump(NoteDocument.model_json_schema(), sys.stdout, indent=2)
    sys.stdout.write("\n")


@contextmanager
def _stack(installation: Installation, console: Console) -> Iterator[bool]:
    """The installation's processes; those that run already, or ours for this while.

    Yields whether they were started here.
    """
    if serves(installation):
        yield False
        return
    with ExitStack() as stack:
        with console.status("Starting database, stand-in EHR, issuer, web, inference, releaser…"):
            stack.enter_context(running(installation))
        yield True


@dataclass(frozen=True)
class _Visit:
    """A patient of ours, and today's encounter in the record."""

    patient: Json
    encounter: str
    hints: tuple[str, ...]  # names of the patient's medicines


def _register(api: Api, installation: Installation) -> _Visit:
    """The demo's first patient, who agreed to being recorded and assisted."""
    target = api.get("/v1/targets")["items"][0]
    reference, encounter = patients.load(installation.ehr_url)[0]
    record = open_record(installation.record_kind, RecordAccess(installation.ehr_url))
    identity = record.patient(reference)
    patient: Json = api.post(
        "/v1/patients",
        {
            "target": target["id"],
            "identity": {
                "reference": identity.reference,
                "name": identity.name,
                "birth_date": identity.birth_date,
                "identifiers": [
                    {"system": system, "value": value} for system, value in identity.identifiers
                ],
            },
        },
    )
    for purpose in (Purpose.RECORD, Purpose.ASSISTANCE):
        api.put(f"/v1/patients/{patient['id']}/consents/{purpose}", {"granted": True})
    medicines = tuple(line.split()[0].lower() for line in patients.PEOPLE[0].medicines)
    return _Visit(patient, encounter, medicines)


def _draft(api: Api, visit: _Visit, file: Path, console: Console) -> Json:
    """Upload, and wait with a bar until the draft is in review."""
    encounter = new_encounter(api, visit.patient, visit.encounter)
    received = api.upload(encounter, file, visit.hints)
    with _bar(console) as advance:
        api.await_draft(received["source"], advance)
    return received


def _fail(api: Api, visit: _Visit) -> None:
    """A recording that is none, so that the queue of failures has something to show."""
    encounter = new_encounter(api, visit.patient, visit.encounter)
    api.send(encounter, "documentation", "audio/wav", b"This is no recording.")


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[float], None]]:
    columns = (
        TextColumn("Recognising speech"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda done: progress.update(task, completed=done)
