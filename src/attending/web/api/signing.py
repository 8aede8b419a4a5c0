"""Signing: the exact entry is read, then signed with a proof of a fresh log-in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from attending.core.identity import Principal, Proof
from attending.core.ids import CaseId
from attending.core.ports import Unit
from attending.loop import sign
from attending.loop.sign import Request
from attending.web.api.case_forms import EntryForm, SignatureAsk, SignatureForm
from attending.web.api.desk import SignDesk, SignWriting, answer
from attending.web.parts import WebParts

router = APIRouter(prefix="/v1/cases/{case}", tags=["signing"])
Retract = Annotated[bool, Query(description="The retraction of what was released.")]


@router.get("/entry", response_model=EntryForm, summary="Exactly what would be written")
def prepare(case: CaseId, desk: SignDesk, retract: Retract = False) -> Response:
    """Its digest is the nonce for a log-in with `prompt=login`, whose ID token signs it."""

    def prepared(unit: Unit, by: Principal) -> EntryForm:
        request = Request(case, unit.cases.head(case).version, retract)
        payload = sign.prepare(unit, desk.parts.loop.lines, request, by)
        decided = unit.cases.decided_since(by.id, desk.caller.logged_in_at)
        return EntryForm.of(case, payload, decided)

    return answer(desk.read(prepared))


@router.post("/signatures", response_model=SignatureForm, status_code=201, summary="Sign")
def make_signature(case: CaseId, ask: SignatureAsk, writing: SignWriting) -> Response:
    """Over the entry as it was prepared, at most 15 minutes ago. The release follows."""
    parts, request, proof = writing.desk.parts, ask.request(case), ask.proof.made()

    def made(unit: Unit, by: Principal) -> SignatureForm:
        return signed(parts, unit, request, ask.digest, proof, by)

    return writing.answer(made, 201)


def signed(
    parts: WebParts, unit: Unit, request: Request, digest: str, proof: Proof, by: Principal
) -> SignatureForm:
    """Sign in this transaction; how long it took stands on the timeline."""
    case = request.case
    head = unit.cases.head(case)
    with parts.loop.telemetry.span("sign", unit.tenant, head.encounter, case=str(case)):
        signature = sign.sign(unit, parts.loop.lines, request, digest, proof, by, parts.trust)
    now = unit.cases.case(case)
    return SignatureForm.of(signature, now, unit.signing.releases(case))
