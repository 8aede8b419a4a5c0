"""A record system of another make, added by this one file: JSON files in a folder.

It knows nothing of FHIR. A file is made whole or not at all, under a name that is the
key, so that the folder itself admits one note per signature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any
from uuid import uuid4

from attending.core.entry import Action, PatientIdentity, SignedEntry
from attending.core.errors import PatientChanged, RecordMismatch, RecordRefused
from attending.core.record import ClinicalRecord, Fence, RecordAccess, Written, unfenced

KIND = "sample-record"
_REFERENCE = re.compile(r"(patient|note|trail)/[A-Za-z0-9.\-]+")

Paper = dict[str, Any]


def record(access: RecordAccess) -> ClinicalRecord:
    """``access.address`` is the folder."""
    return FolderRecord(Path(access.address))


class FolderRecord:
    kind = KIND

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for kind in ("patient", "note", "trail"):
            (folder / kind).mkdir(parents=True, exist_ok=True)

    def patient(self, reference: str) -> PatientIdentity:
        path = self._path(reference)
        if not path.exists():
            raise PatientChanged("The patient is gone.")
        paper = _load(path)
        if not paper["active"] or paper["merged_into"]:
            raise PatientChanged("The patient was merged or is not active.")
        return _identity(reference, paper)

    def patients(self) -> tuple[PatientIdentity, ...]:
        papers = {f"patient/{p.stem}": _load(p) for p in (self._folder / "patient").glob("*.json")}
        return tuple(
            _identity(reference, paper)
            for reference, paper in papers.items()
            if paper["active"] and not paper["merged_into"]
        )

    def read(self, reference: str) -> Mapping[str, Any]:
        path = self._path(reference)
        if not path.exists():
            raise RecordRefused("There is no such paper.", reference=reference)
        return _load(path)

    def stands(self, key: str) -> bool:
        return any(self._path(f"{kind}/{key}").exists() for kind in ("note", "trail"))

    def in_force(self, key: str) -> bool:
        path = self._path(f"note/{key}")
        return path.exists() and bool(_load(path)["status"] == "current")

    def deliver(self, entry: SignedEntry, fence: Fence = unfenced, witness: str = "") -> Written:
        payload = entry.payload
        if self.patient(payload.patient.reference) != payload.patient:
            raise PatientChanged("The patient's identity changed after signing.")
        with self._locked():
            fence()  # nobody else writes here until all of it is done
            reference = payload.replaces or f"note/{entry.key}"
            if payload.action is not Action.RETRACT:
                reference = self._write(entry)
            else:
                self._restate(entry, "entered-in-error")
            trail = f"trail/{entry.key}"
            self._keep(trail, _trail(entry, reference, witness))
        note = self.read(reference)
        kept = self.read(trail)["witness"]
        return Written(reference, str(note["version"]), trail, note, kept)

    def _write(self, entry: SignedEntry) -> str:
        reference = f"note/{entry.key}"
        if entry.payload.action is Action.AMEND:
            old = self._ours(entry)
            if old["status"] != "current" and not self._path(reference).exists():
                raise RecordMismatch("The note is no longer current.", reference=reference)
        self._keep(reference, _note(entry))
        if entry.payload.action is Action.AMEND:
            self._restate(entry, "superseded")
        return reference

    def _keep(self, reference: str, paper: Paper) -> None:
        path = self._path(reference)
        if not path.exists():
            _save(path, paper)
        standing = _load(path)
        story = {"status", "version", "witness"}
        if any(standing.get(name) != paper[name] for name in set(paper) - story):
            raise RecordMismatch("Something else stands under our key.", reference=reference)

    def _restate(self, entry: SignedEntry, status: str) -> None:
        old = self._ours(entry)
        if old["status"] != status:
            changed = {**old, "status": status, "version": old["version"] + 1}
            _save(self._path(entry.payload.replaces), changed)

    def _ours(self, entry: SignedEntry) -> Paper:
        path = self._path(entry.payload.replaces)
        if not path.exists():
            raise RecordMismatch("The note is gone.", reference=entry.payload.replaces)
        old = _load(path)
        if old["patient"] != entry.payload.patient.reference:
            raise RecordMismatch("The note is another patient's.")
        return old

    def _path(self, reference: str) -> Path:
        if not _REFERENCE.fullmatch(reference) or ".." in reference:
            raise RecordRefused("That is no reference into this folder.")
        return self._folder / f"{reference}.json"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield


def _identity(reference: str, paper: Paper) -> PatientIdentity:
    identifiers = tuple((system, value) for system, value in paper["identifiers"])
    return PatientIdentity(reference, paper["name"], paper["birth_date"], identifiers)


def _note(entry: SignedEntry) -> Paper:
    payload = entry.payload
    return {
        "key": entry.key,
        "version": 1,
        "status": "current",
        "patient": payload.patient.reference,
        "encounter": payload.encounter,
        "text": payload.content.text,
        "html": payload.content.html,
        "labels": list(payload.labels),
        "author": payload.signer.subject,
        "replaces": payload.replaces,
    }


def _trail(entry: SignedEntry, target: str, witness: str) -> Paper:
    payload = entry.payload
    models = () if payload.action is Action.RETRACT else payload.models
    return {
        "key": entry.key,
        "target": target,
        "digest": entry.digest,
        "models": [[model.name, model.version] for model in models],
        "author": payload.signer.subject,
        "verifier": payload.signer.subject,
        "witness": witness,
    }


def _load(path: Path) -> Paper:
    paper: Paper = json.loads(path.read_text())
    return paper


def _save(path: Path, paper: Paper) -> None:
    whole = path.with_name(f"{uuid4()}.part")
    whole.write_text(json.dumps(paper))
    whole.replace(path)
