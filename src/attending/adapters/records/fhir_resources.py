"""What a SignedEntry looks like in FHIR R4: DocumentReference, Provenance and Device.

Pure functions. Each resource carries its Key, by which it is found again, so that
no retry can make a second one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from attending.core.entry import Action, Content, Model, SignedEntry, Signer
from attending.core.errors import RecordRefused
from attending.core.record import is_reference

Resource = dict[str, Any]

SIGNATURE = "urn:attending:signature"
DIGEST = "urn:attending:digest"
MODEL = "urn:attending:model"
WITNESS = "urn:attending:audit-checkpoint"
LABELS: Mapping[str, str] = {
    "AIAST": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "HTEST": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
}
_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_ACTIVITY = {Action.WRITE: "CREATE", Action.AMEND: "UPDATE", Action.RETRACT: "NULLIFY"}
_NOTE = {"system": "http://loinc.org", "code": "11488-4", "display": "Consult note"}
_CLINICAL = {
    "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "code": "clinical-note",
    "display": "Clinical Note",
}
_SEARCH_SIGNS = re.compile(r"([\\,|$])")


@dataclass(frozen=True)
class Key:
    """What makes a resource the only one of its kind in a record system."""

    parameter: Literal["identifier", "_tag"]
    system: str
    value: str

    @property
    def query(self) -> str:
        """As the value of the search parameter, FHIR's own signs escaped."""
        escaped = _SEARCH_SIGNS.sub(r"\\\1", self.value)
        return f"{self.system}|{escaped}"

    def marks(self, resource: Mapping[str, Any]) -> bool:
        """Whether the resource really carries it: a server may ignore a parameter."""
        if self.parameter == "_tag":
            tags = resource.get("meta", {}).get("tag", ())
            return any((t.get("system"), t.get("code")) == (self.system, self.value) for t in tags)
        return (self.system, self.value) in identifiers(resource)


def document_key(key: str) -> Key:
    """key: the entry's."""
    return Key("identifier", SIGNATURE, key)


def provenance_key(key: str) -> Key:
    """R4 gives a Provenance no identifier, so it is found by a tag."""
    return Key("_tag", SIGNATURE, key)


def device_key(model: Model) -> Key:
    return Key("identifier", MODEL, f"{model.name}@{model.version}")


def identifiers(resource: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(system, value) of every identifier that has a value, sorted."""
    return tuple(
        sorted(
            (str(i.get("system", "")), str(i["value"]))
            for i in resource.get("identifier", ())
            if i.get("value")
        )
    )


def checked_reference(reference: str, *kinds: str) -> str:
    """The reference, if it is a plain one of these kinds; else RecordRefused."""
    kind = reference.partition("/")[0]
    if not (is_reference(reference) and kind[0].isupper()) or (kinds and kind not in kinds):
        raise RecordRefused("That is no reference into the record system.", expected=kinds)
    return reference


def document(entry: SignedEntry) -> Resource:
    """The note of a WRITE or an AMEND."""
    payload, author = entry.payload, _person(entry.payload.signer)
    amends = payload.action is Action.AMEND
    identifier = {"system": SIGNATURE, "value": entry.key}
    note: Resource = {
        "resourceType": "DocumentReference",
        "meta": {"security": labels(payload.labels)},
        "masterIdentifier": identifier,
        "identifier": [identifier],
        "status": "current",
        "docStatus": "amended" if amends else "final",
        "type": {"coding": [_NOTE]},
        "category": [{"coding": [_CLINICAL]}],
        "subject": _to(payload.patient.reference, "Patient"),
        "date": instant(entry.signed_at),
        "author": [author],
        "authenticator": author,
        "description": payload.content.title,
        "content": _attachments(payload.content, payload.prepared_at),
    }
    if amends:
        target = _to(payload.replaces, "DocumentReference")
        note["relatesTo"] = [{"code": "replaces", "target": target}]
    if payload.encounter:
        note["context"] = {"encounter": [_to(payload.encounter, "Encounter")]}
    return validated(note)


def provenance(
    entry: SignedEntry, target: str, devices: Sequence[tuple[Model, str]], witness: str = ""
) -> Resource:
    """Who made what stands at ``target``: models as assemblers, the signer as author, verifier.

    devices: each model with the reference of its Device. witness: the audit checkpoint.
    """
    payload = entry.payload
    person = _person(payload.signer)
    agents = [_agent("assembler", {"reference": at}, model.step) for model, at in devices]
    agents += [_agent("author", person), _agent("verifier", person)]
    sources: list[Resource] = [
        {"role": "source", "what": {"identifier": {"system": DIGEST, "value": entry.digest}}}
    ]
    if payload.replaces:
        role = "removal" if payload.action is Action.RETRACT else "revision"
        sources.append({"role": role, "what": _to(payload.replaces, "DocumentReference")})
    return validated(
        {
            "resourceType": "Provenance",
            "meta": {
                "tag": [{"system": SIGNATURE, "code": entry.key}],
                "security": labels(payload.labels),
            },
            "target": [{"reference": target}],
            "recorded": instant(entry.signed_at),
            "activity": {"coding": [{"system": _OPERATION, "code": _ACTIVITY[payload.action]}]},
            "agent": agents,
            "entity": sources,
            **({"extension": [{"url": WITNESS, "valueString": witness}]} if witness else {}),
        }
    )


def witness_of(trail: Mapping[str, Any]) -> str:
    """The audit checkpoint of a Provenance that stands, or ""."""
    found = [e.get("valueString") for e in trail.get("extension", ()) if e.get("url") == WITNESS]
    return str(found[0]) if found else ""


def device(model: Model) -> Resource:
    """A model version as a Device of its own, since it has an identity beyond one note."""
    key = device_key(model)
    return validated(
        {
            "resourceType": "Device",
            "identifier": [{"system": key.system, "value": key.value}],
            "status": "active",
            "deviceName": [{"name": model.name, "type": "model-name"}],
            "version": [{"value": model.version}],
        }
    )


def labels(codes: Sequence[str]) -> list[Resource]:
    """Security labels; RecordRefused for a code whose code system is not known here."""
    unknown = sorted(set(codes) - set(LABELS))
    if unknown:
        raise RecordRefused("A security label is unknown to the adapter.", labels=unknown)
    return [{"system": LABELS[code], "code": code} for code in codes]


def instant(at: datetime) -> str:
    """UTC to the millisecond: what every server keeps."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def validated(resource: Resource) -> Resource:
    """The resource, if it is structurally FHIR R4; else RecordRefused naming the elements."""
    model = get_fhir_model_class(resource["resourceType"])
    try:
        model.model_validate(resource)
    except ValidationError as invalid:
        elements = sorted({".".join(map(str, e["loc"])) for e in invalid.errors()})
        raise RecordRefused("The entry cannot be said in FHIR R4.", elements=elements) from None
    return resource


def _to(reference: str, kind: str) -> Resource:
    return {"reference": checked_reference(reference, kind)}


def _person(signer: Signer) -> Resource:
    identifier = {"system": signer.issuer, "value": signer.subject}
    return {"type": "Practitioner", "identifier": identifier, "display": signer.name}


def _agent(code: str, who: Resource, step: str = "") -> Resource:
    agent: Resource = {"type": {"coding": [{"system": _PARTICIPANT, "code": code}]}, "who": who}
    return {**agent, "role": [{"text": step}]} if step else agent


def _attachments(content: Content, created: str) -> list[Resource]:
    forms = (("text/plain;charset=utf-8", content.text), ("text/html;charset=utf-8", content.html))
    return [{"attachment": _attachment(kind, body, content, created)} for kind, body in forms]


def _attachment(kind: str, body: str, content: Content, created: str) -> Resource:
    data = body.encode()
    sha1 = hashlib.sha1(data, usedforsecurity=False).digest()  # FHIR R4 says SHA-1 here
    return {
        "contentType": kind,
        "language": content.language,
        "data": base64.b64encode(data).decode(),
        "size": len(data),
        "hash": base64.b64encode(sha1).decode(),
        "title": content.title,
        "creation": created,
    }
