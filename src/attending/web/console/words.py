"""What steps, states and roles are called on the screen."""

from __future__ import annotations

from collections.abc import Mapping

from attending.core.identity import StaffRole

STEPS: Mapping[str, str] = {
    "intake": "Receiving the source",
    "listen": "Hearing a recording",
    "tend": "Looking after a recording",
    "decode": "Reading the source",
    "infer": "Drafting",
    "guard": "Checking the draft",
    "propose": "Checking the draft",
    "sign": "Signing",
    "release": "Writing to the record",
    "notify": "Sending a notice",
    "sweep": "Clearing an upload",
}
# What the audit tells, by the action of an entry.
ACTIONS: Mapping[str, str] = {
    "audit.exported": "Audit exported",
    "audit.verified": "Audit verified",
    "blob.not_swept": "An upload could not be cleared",
    "capture.ended": "Recording ended",
    "capture.not_heard": "A piece of a recording was not heard",
    "capture.not_tended": "A recording could not be looked after",
    "capture.opened": "Recording begun",
    "case.inferred": "Draft made",
    "case.proposed": "Draft put up for review",
    "case.put_off": "Draft put off by a pause",
    "case.rejected": "Draft rejected",
    "case.reopened": "Case opened again, to amend",
    "case.signed.amend": "Amendment signed",
    "case.signed.retract": "Retraction signed",
    "case.signed.write": "Signed",
    "consent.recorded": "Consent recorded",
    "corrections.exported": "Corrections taken out, to learn from",
    "encounter.opened": "Encounter opened",
    "failure.handed_over": "Failure handed over",
    "failure.opened": "Failure: waits for a person",
    "failure.reopened": "Release given up, case reviewed again",
    "failure.retried": "Failed work tried again",
    "failure.taken": "Failure taken",
    "guard.off": "A check turned off",
    "guard.on": "A check turned on again",
    "guard.budget": "A budget of warnings chosen",
    "keys.rewrapped": "Keys wrapped anew",
    "keys.rotated": "Keys changed",
    "keys.rotation_begun": "Change of keys begun",
    "model.failed_beside": "A version failed beside the draft",
    "model.passed_over": "A version was passed over",
    "model.promoted": "Version promoted",
    "notice.failed": "A notice could not be sent",
    "passkey.count_went_back": "A passkey's count went back: perhaps a copy",
    "passkey.enrolled": "Passkey enrolled",
    "passkey.withdrawn": "Passkey withdrawn",
    "patient.registered": "Patient registered",
    "release.written": "Written to the record",
    "rollout.canary": "Version rolled out to a share of the visits",
    "rollout.challenger": "Version runs beside, to take over",
    "rollout.champion": "Version rolled out",
    "rollout.paused": "Version passed over from now on",
    "rollout.shadow": "Version runs beside",
    "rollout.withdrawn": "Version taken back",
    "section.accept": "Section accepted",
    "section.edit": "Section edited",
    "section.reject": "Section rejected",
    "session.ended": "Sessions ended",
    "source.decoded": "Source read",
    "source.received": "Source received",
    "stop.paused": "Paused",
    "stop.resumed": "Pause let go",
    "trust.add.admin": "Admin key added",
    "trust.add.egress": "Engine outside allowed",
    "trust.add.issuer": "Log-in service trusted",
    "trust.add.passkey": "Passkey confirmed",
    "trust.add.principal": "Person added, or changed",
    "trust.add.promotion": "Promotion confirmed",
    "trust.add.target": "Record system added",
    "trust.revoke.admin": "Admin key revoked",
    "trust.revoke.egress": "Engine outside revoked",
    "trust.revoke.issuer": "Log-in service revoked",
    "trust.revoke.passkey": "Passkey revoked",
    "trust.revoke.principal": "Person revoked",
    "trust.revoke.promotion": "Promotion revoked",
    "trust.revoke.target": "Record system revoked",
}
ROLES: Mapping[StaffRole, str] = {
    StaffRole.CLINICIAN: "clinician",
    StaffRole.SAFETY_OFFICER: "safety officer",
    StaffRole.AUDITOR: "auditor",
    StaffRole.ENGINEER: "engineer",
    StaffRole.ADMIN: "administrator",
}


def step(name: str) -> str:
    """Of a step or a span, by its name."""
    return STEPS.get(name, name.replace("_", " "))


def action(name: str) -> str:
    """Of an entry of the audit."""
    return ACTIONS.get(name, name)


def lasting(seconds: float) -> str:
    """Time that passed, as people say it: 0.31 is "0.3 s", 7300 is "2 h 1 min"."""
    if seconds < 0.05:  # noqa: PLR2004 - no tenth of a second
        return "under 0.1 s"
    if seconds < 10:  # noqa: PLR2004 - below it tenths say something
        return f"{seconds:.1f} s"
    whole = round(seconds)
    parts = (
        (whole // 86_400, "d"),
        (whole // 3_600 % 24, "h"),
        (whole // 60 % 60, "min"),
        (whole % 60, "s"),
    )
    told = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(told[:2]) or "0 s"
