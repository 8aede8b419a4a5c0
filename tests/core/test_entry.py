"""What is signed: every change changes the digest; only a verified proof makes an entry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from attending.core.entry import (
    Action,
    Content,
    EntryPayload,
    Model,
    PatientIdentity,
    Signature,
    SignedDecision,
    SignedEntry,
    Signer,
    TargetAddress,
    canonical,
    digest,
)
from attending.core.identity import Proof, Proven
from attending.core.ids import PrincipalId, SignatureId, fresh

PAYLOAD = EntryPayload(
    action=Action.WRITE,
    tenant="t",
    patient_id="p",
    patient=PatientIdentity("Patient/1", "Ann Test", "1970-01-01", (("s", "1"),)),
    encounter_id="e",
    encounter="Encounter/1",
    case="c",
    version=4,
    line="documentation",
    decisions=(SignedDecision("plan", "accept", 0, "", "a"),),
    target=TargetAddress("x", "fhir-r4", "http://127.0.0.1/fhir"),
    signer=Signer("a", "https://issuer", "ada", "Dr Ada"),
    models=(Model("infer", "m", "1"),),
    content=Content("Note", "Plan\n- Rest. €", "<div>Rest.</div>"),
    labels=("AIAST",),
    meaning="I sign.",
    prepared_at="2026-11-21T10:00:00+00:00",
)
OTHER: dict[str, object] = {
    "action": Action.AMEND,
    "patient": replace(PAYLOAD.patient, birth_date="1970-01-02"),
    "version": 5,
    "decisions": (SignedDecision("plan", "edit", 0, "", "a"),),
    "target": replace(PAYLOAD.target, address="http://127.0.0.1/other"),
    "signer": replace(PAYLOAD.signer, subject="sam"),
    "models": (Model("infer", "m", "2"),),
    "content": replace(PAYLOAD.content, text="Plan\n- Rest!"),
    "labels": ("AIAST", "HTEST"),
    "format": 2,
}


def test_the_canonical_form_is_sorted_json_without_blanks() -> None:
    told = json.loads(canonical(PAYLOAD))
    assert list(told) == sorted(told)
    assert canonical(PAYLOAD).decode() == json.dumps(
        told, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert digest(PAYLOAD) == hashlib.sha256(canonical(PAYLOAD)).hexdigest()


@pytest.mark.parametrize("name", [field.name for field in fields(EntryPayload)])
def test_every_field_is_covered_by_the_digest(name: str) -> None:
    changed = OTHER.get(name, f"{getattr(PAYLOAD, name)}!")
    assert digest(replace(PAYLOAD, **{name: changed})) != digest(PAYLOAD)  # type: ignore[arg-type]


def test_nobody_else_makes_a_signed_entry() -> None:
    signature = Signature(
        SignatureId(fresh()),
        PAYLOAD,
        digest(PAYLOAD),
        PrincipalId(fresh()),
        Proof("x"),
        signed_at=None,  # type: ignore[arg-type]
    )
    at = datetime.now(UTC)
    proven = Proven("i", "s", digest(PAYLOAD), at, at, at)
    with pytest.raises(TypeError, match="verified alone"):
        SignedEntry(signature, proven, seal=object())
