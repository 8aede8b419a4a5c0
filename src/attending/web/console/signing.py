"""The page that shows exactly what will be written, and its signature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import Form
from fastapi.responses import Response
from markupsafe import Markup

from attending.core.case import Case, Decided
from attending.core.entry import EntryPayload, digest
from attending.core.identity import Principal, Proof, Scope
from attending.core.ids import CaseId, PrincipalId, TargetId
from attending.core.pause import Pause, paused
from attending.core.ports import Unit
from attending.core.work import Target
from attending.loop import sign
from attending.web.access import Desk
from attending.web.api.case_forms import SignatureForm
from attending.web.api.signing import signed
from attending.web.api.types import Version
from attending.web.console.changed import Changes, authors, changes
from attending.web.console.pages import page_router, see_other
from attending.web.console.proving import (
    ChallengeForm,
    Issuer,
    PasskeyAnswer,
    PreparedForm,
    Sealing,
    ask,
    has_passkey,
    proved_by_passkey,
    still_there,
    to_log_in,
)
from attending.web.console.session import Act, Proving, Session
from attending.web.console.visit import Signer
from attending.web.parts import WebParts

router = page_router()


class SignForm(PreparedForm):
    version: Version
    retract: bool = False

    def request(self, case: CaseId) -> sign.Request:
        return sign.Request(case, self.version, self.retract, self.prepared_at)


class PasskeySignForm(SignForm, PasskeyAnswer):
    pass


@dataclass(frozen=True)
class Prepared:
    """decided: by the signer since the last log-in or signature; patients: of those cases.

    by_passkey: whether the signer has one that may be used here.
    """

    payload: EntryPayload
    target: Target
    case: Case
    pause: Pause | None
    decided: tuple[Decided, ...]
    patients: dict[CaseId, str]
    changes: Changes
    by_passkey: bool


@router.get("/cases/{case}/sign")
def show_entry(case: CaseId, visit: Signer, issuer: Issuer, retract: bool = False) -> Response:
    """The exact content, whom it is about, where it goes, and what signing it means."""
    parts = visit.desk.parts

    def prepared(unit: Unit, by: Principal) -> Prepared:
        request = sign.Request(case, unit.cases.head(case).version, retract)
        payload = sign.prepare(unit, parts.loop.lines, request, by)
        known = unit.cases.case(case)
        held = paused(unit.pauses.pauses(), known.line, known.models)
        decided = unit.cases.decided_since(by.id, visit.desk.caller.logged_in_at)
        target = unit.people.target(_target(payload))
        return Prepared(
            payload,
            target,
            known,
            held,
            decided,
            _patients(unit, decided),
            changes(known, _names(unit, known, by)),
            has_passkey(parts, unit, by),
        )

    shown = visit.desk.read(prepared)
    payload, known = shown.payload, shown.case
    return visit.page(
        "sign.html",
        form_target=issuer.endpoints().origin,
        payload=payload,
        digest=digest(payload),
        html=Markup(payload.content.html),  # noqa: S704 - the line's own rendering, escaped there  # nosec B704
        target=shown.target,
        case=known,
        pause=shown.pause,
        decided=shown.decided,
        patients=shown.patients,
        changes=shown.changes,
        by_passkey=shown.by_passkey,
        without=parts.console.without_passkeys,
        retract=retract,
        titles={section.key: section.title for section in known.proposal().sections},
    )


@router.post("/cases/{case}/sign")
def begin(
    case: CaseId, form: Annotated[SignForm, Form()], visit: Signer, issuer: Issuer
) -> Response:
    proving = replace(
        form.proving(Act.ENTRY, case, visit.desk.caller),
        version=form.version,
        retract=form.retract,
    )
    return to_log_in(visit, issuer, proving, f"/cases/{case}")


def complete(parts: WebParts, session: Session | None, proving: Proving, id_token: str) -> Response:
    """Sign with the proof that came back, in the session that asked for it."""
    caller = still_there(parts, session, proving)
    case = CaseId(UUID(proving.about))
    request = sign.Request(case, proving.version, proving.retract, proving.prepared)

    def made(unit: Unit, by: Principal) -> SignatureForm:
        return signed(parts, unit, request, proving.digest, Proof(id_token), by)

    Desk(parts, caller, frozenset({Scope.SIGN})).write(made)
    return see_other(f"/cases/{case}")


@router.post("/cases/{case}/sign/challenge")
def ask_passkey(
    case: CaseId, form: Annotated[ChallengeForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    return ask(visit, form, seals, lambda unit: unit.cases.head(case))


@router.post("/cases/{case}/sign/passkey")
def sign_with_passkey(
    case: CaseId, form: Annotated[PasskeySignForm, Form()], visit: Signer, seals: Sealing
) -> Response:
    def made(unit: Unit, by: Principal, proof: Proof) -> SignatureForm:
        return signed(visit.desk.parts, unit, form.request(case), form.digest, proof, by)

    proved_by_passkey(visit, form, seals, made)
    return see_other(f"/cases/{case}")


def _patients(unit: Unit, decided: tuple[Decided, ...]) -> dict[CaseId, str]:
    encounters = {each: unit.cases.head(each).encounter for each in {d.case for d in decided}}
    return {
        case: unit.people.patient(unit.people.encounter(encounter).patient).identity.name
        for case, encounter in encounters.items()
    }


def _names(unit: Unit, case: Case, reader: Principal) -> dict[PrincipalId, str]:
    """Of everybody who changed something; the reader's own changes bear no name."""
    names = {each: unit.people.principal_by_id(each).name for each in authors(case)}
    return names | {reader.id: ""}


def _target(payload: EntryPayload) -> TargetId:
    return TargetId(UUID(payload.target.id))
