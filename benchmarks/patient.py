"""The stand-in EHR's first patient, made known by the HTTP API."""

from __future__ import annotations

from attending.adapters.records import open_record
from attending.core.record import RecordAccess
from attending.core.work import Purpose
from attending.demo import patients
from attending.demo.client import Api, Json
from attending.demo.installation import Installation


def registered(api: Api, installation: Installation) -> Json:
    """As the API tells of the patient, who agreed to being recorded and assisted."""
    reference, _ = patients.load(installation.ehr_url)[0]
    record = open_record(installation.record_kind, RecordAccess(installation.ehr_url))
    known = record.patient(reference)
    identity = {
        "reference": known.reference,
        "name": known.name,
        "birth_date": known.birth_date,
        "identifiers": [{"system": system, "value": value} for system, value in known.identifiers],
    }
    target = api.get("/v1/targets")["items"][0]["id"]
    patient = api.post("/v1/patients", {"target": target, "identity": identity})
    for purpose in (Purpose.RECORD, Purpose.ASSISTANCE):
        api.put(f"/v1/patients/{patient['id']}/consents/{purpose}", {"granted": True})
    return patient
