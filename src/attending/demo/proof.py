"""Does the demo's end hold? Every claim that it prints is looked up again, from outside."""

from __future__ import annotations

import base64
from functools import partial

import httpx
from pydantic import TypeAdapter

from attending import app
from attending.adapters.storage import audit
from attending.adapters.storage.checkpoints import load_public_key, read_checkpoints
from attending.core.entry import EntryPayload, digest
from attending.demo.client import Json
from attending.demo.document import NoteDocument
from attending.demo.gather import SIGNED_STEPS
from attending.demo.installation import Installation

_KEY_SYSTEM = "urn:attending:signature"


def unproven(installation: Installation, document: NoteDocument, entry: Json) -> list[str]:
    """What does not hold, in words; empty if everything does."""
    problems = [
        *_of_case(document),
        *_of_signature(document, entry),
        *_of_record(installation, document, entry),
        *_of_audit(installation),
    ]
    steps = {event.name for event in document.timeline}
    problems += [
        f"the step {step} is not on the timeline" for step in SIGNED_STEPS if step not in steps
    ]
    return problems


def _of_case(document: NoteDocument) -> list[str]:
    problems = []
    if document.case.state != "released":
        problems.append(f"the case is {document.case.state}, not released")
    if not document.transcript.utterances:
        problems.append("the transcript is empty")
    kinds = {section.decision.kind for section in document.sections if section.decision}
    if kinds != {"accept", "edit", "reject"}:
        problems.append(f"the clinician only did: {', '.join(sorted(kinds))}")
    for section in document.sections:
        for statement in section.statements:
            flagged = any(finding.check == "missing-evidence" for finding in statement.findings)
            if not (statement.evidence or statement.human or flagged):
                problems.append(f"{statement.id} shows neither a source nor a warning")
    return problems


def _of_signature(document: NoteDocument, entry: Json) -> list[str]:
    payload = TypeAdapter(EntryPayload).validate_python(entry)
    if document.signature is None or digest(payload) != document.signature.digest:
        return ["the digest is not that of the entry"]
    return []


def _of_record(installation: Installation, document: NoteDocument, entry: Json) -> list[str]:
    """Read from the EHR itself, past our own adapter."""
    if document.record is None:
        return ["nothing stands in the record"]
    with httpx.Client(trust_env=False, timeout=10) as http:
        base = installation.ehr_url
        found = http.get(f"{base}/{document.record.reference}").json()
        key = next(each["value"] for each in found["identifier"] if each["system"] == _KEY_SYSTEM)
        twins = http.get(
            f"{base}/DocumentReference", params={"identifier": f"{_KEY_SYSTEM}|{key}"}
        ).json()
        trail = http.get(f"{base}/Provenance", params={"target": document.record.reference}).json()
    problems = []
    text = base64.b64decode(found["content"][0]["attachment"]["data"]).decode()
    if text != entry["content"]["text"]:
        problems.append("the record's text is not the one that was signed")
    labels = {label["code"] for label in found["meta"]["security"]}
    if not labels >= {"AIAST", "HTEST"}:
        problems.append("the resource does not carry the labels AIAST and HTEST")
    if len(twins.get("entry", [])) != 1:
        problems.append("there is not exactly one resource for this signature")
    return problems + _of_provenance(trail.get("entry", []))


def _of_provenance(entries: list[Json]) -> list[str]:
    if len(entries) != 1:
        return ["there is not exactly one Provenance"]
    kinds = {
        coding["code"]
        for agent in entries[0]["resource"]["agent"]
        for coding in agent.get("type", {}).get("coding", [])
    }
    missing = {"assembler", "author", "verifier"} - kinds
    return [f"the Provenance names no {kind}" for kind in sorted(missing)]


def _of_audit(installation: Installation) -> list[str]:
    settings = installation.settings("web")
    key = load_public_key(installation.checkpoint_public_key)
    database = app.connect("web", settings)
    kept = partial(read_checkpoints, installation.checkpoints, installation.tenant)
    verdict = audit.verify(database, installation.tenant, kept, key)
    database.close()
    return [
        *verdict.problems,
        *([] if verdict.checkpoints else ["no checkpoint was signed"]),
    ]
