"""Eight people who do not exist, for the demo's EHR.

Every resource has a fixed identifier and is created conditionally, so that loading
again changes nothing; each carries the HL7 label for test data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from attending.adapters.records.fhir_http import FhirHttp
from attending.core.errors import RecordUnavailable
from attending.core.record import RecordAccess

SYSTEM = "urn:attending:demo"
_HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
_AMBULATORY = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
_ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"


@dataclass(frozen=True)
class Person:
    key: str
    given: str
    family: str
    gender: str
    born: str
    reason: str  # of today's visit
    medicines: tuple[str, ...] = ()
    allergies: tuple[tuple[str, str], ...] = ()  # (substance, reaction)


PEOPLE = (
    Person(
        "carter",
        "Daniel",
        "Carter",
        "male",
        "1968-03-14",
        "Blood pressure check, cough",
        ("Lisinopril 10 mg once a day", "Metformin 500 mg twice a day"),
        (("Penicillin", "Rash"),),
    ),
    Person(
        "okafor",
        "Ngozi",
        "Okafor",
        "female",
        "1985-11-02",
        "Asthma review",
        ("Salbutamol 100 micrograms as needed", "Beclometasone 200 micrograms twice a day"),
    ),
    Person(
        "lindqvist",
        "Elsa",
        "Lindqvist",
        "female",
        "1949-07-21",
        "Palpitations",
        ("Apixaban 5 mg twice a day", "Bisoprolol 2.5 mg once a day"),
        (("Codeine", "Nausea"),),
    ),
    Person(
        "haddad",
        "Samir",
        "Haddad",
        "male",
        "1977-01-30",
        "Diabetes review",
        ("Metformin 1000 mg twice a day", "Atorvastatin 20 mg at night"),
    ),
    Person("moreau", "Claire", "Moreau", "female", "1993-09-09", "Sore throat"),
    Person(
        "tanaka",
        "Hiroshi",
        "Tanaka",
        "male",
        "1956-12-05",
        "Knee pain",
        ("Paracetamol 1 g as needed", "Amlodipine 5 mg once a day"),
        (("Ibuprofen", "Wheezing"),),
    ),
    Person(
        "silva",
        "Marta",
        "Silva",
        "female",
        "2001-05-17",
        "Headache",
        ("Sumatriptan 50 mg as needed",),
        (("Latex", "Hives"),),
    ),
    Person(
        "novak",
        "Petr",
        "Novak",
        "male",
        "1939-02-28",
        "Breathlessness",
        ("Furosemide 40 mg once a day", "Ramipril 5 mg once a day", "Warfarin 3 mg once a day"),
        (("Sulfamethoxazole", "Rash"),),
    ),
)


def load(base_url: str, token: str = "") -> list[tuple[str, str]]:
    """Load everybody; returns (Patient, Encounter) references, in the order of PEOPLE.

    Raises RecordUnavailable, RecordRefused.
    """
    http = FhirHttp(RecordAccess(base_url, token))
    try:
        return [_load(http, person) for person in PEOPLE]
    finally:
        http.close()


def _load(http: FhirHttp, person: Person) -> tuple[str, str]:
    patient = _keep(http, _patient(person))
    encounter = _keep(http, _encounter(person, patient))
    for resource in (*_medicines(person, patient), *_allergies(person, patient)):
        _keep(http, resource)
    return patient, encounter


def _keep(http: FhirHttp, resource: dict[str, Any]) -> str:
    identifier = resource["identifier"][0]
    query = urlencode([("identifier", f"{identifier['system']}|{identifier['value']}")])
    kind = resource["resourceType"]
    answer = http.call("POST", kind, body=resource, headers={"If-None-Exist": query})
    if "id" not in answer.body:
        raise RecordUnavailable("The stand-in EHR did not say what it created.", kind=kind)
    return f"{kind}/{answer.body['id']}"


def _named(kind: str, key: str) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "meta": {"security": [_HTEST]},
        "identifier": [{"system": SYSTEM, "value": key}],
    }


def _patient(person: Person) -> dict[str, Any]:
    return {
        **_named("Patient", person.key),
        "active": True,
        "name": [{"use": "official", "family": person.family, "given": [person.given]}],
        "gender": person.gender,
        "birthDate": person.born,
    }


def _encounter(person: Person, patient: str) -> dict[str, Any]:
    return {
        **_named("Encounter", f"{person.key}-visit"),
        "status": "in-progress",
        "class": _AMBULATORY,
        "subject": {"reference": patient},
        "reasonCode": [{"text": person.reason}],
    }


def _medicines(person: Person, patient: str) -> Iterator[dict[str, Any]]:
    for number, medicine in enumerate(person.medicines, 1):
        name, dose = medicine.split(" ", 1)
        yield {
            **_named("MedicationStatement", f"{person.key}-medicine-{number}"),
            "status": "active",
            "medicationCodeableConcept": {"text": name},
            "subject": {"reference": patient},
            "dosage": [{"text": dose}],
        }


def _allergies(person: Person, patient: str) -> Iterator[dict[str, Any]]:
    for number, (substance, reaction) in enumerate(person.allergies, 1):
        yield {
            **_named("AllergyIntolerance", f"{person.key}-allergy-{number}"),
            "clinicalStatus": _coded("clinical", "active"),
            "verificationStatus": _coded("verification", "confirmed"),
            "code": {"text": substance},
            "patient": {"reference": patient},
            "reaction": [{"manifestation": [{"text": reaction}]}],
        }


def _coded(what: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{_ALLERGY}{what}", "code": code}]}
