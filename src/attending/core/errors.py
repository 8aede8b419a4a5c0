"""The one tree of errors. Codes are stable: clients and runbooks may rely on them.

AttendingError
├── InvalidInput            what was sent cannot be used as it is
│   ├── UnreadableSource    not decodable as what it claims to be
│   ├── UnsupportedSource   a media type that no line accepts
│   ├── SourceTooLarge      above the limit in the settings
│   └── SourceTooSlow       an upload that stands still, or takes too long
├── Unauthenticated         no token, or one that does not verify
│   └── LoginTooOld         it needs a log-in of the last minutes
├── TooManyRequests         more than this person, clinic or address may send
├── IssuerUnavailable       the issuer's keys cannot be fetched: nothing can be said
├── Forbidden               known, but not allowed
│   ├── ConsentMissing      the patient did not agree to this purpose
│   └── NotSeen             a decision on something that was not shown
├── NotFound                absent, or another tenant's: the answer is the same
├── Conflict                somebody was faster, or the state does not allow it
│   └── Overtaken           another worker, or a person, has the work in hand by now
├── CaptureAbandoned        a recording that nobody goes on with, or ends
├── Paused                  the line or a model was stopped: it goes on once it is resumed
├── ProofRefused            a signature whose proof does not hold
│   └── CountWentBack       a passkey that counts its uses told fewer than before
├── Untrusted               no standing statement of the admin key names it
├── TrustBroken             the log of those statements was tampered with
├── RecordError             the record system
│   ├── RecordUnavailable   passing: try again
│   ├── RecordRefused       permanent: its words go to a person
│   ├── RecordMismatch      something else stands under our identifier
│   ├── RecordSuperseded    a note stands that was given up, and its case went on without it
│   └── PatientChanged      the patient was merged or changed identity
├── StorageUnavailable      the database is away, or a lock was held too long
├── HistoryRewritten        the audit history is not the one that was signed before
├── EngineFailed            a model or recogniser could not do its work
│   ├── MalformedDraft      an answer that has not the form of a draft, so is not shown
│   └── Unexpected          an error that nobody foresaw ended the work
├── KeyMissing              this process was not given the key of what it should open
├── EgressRefused           the engine may not see this data
└── Misconfigured           the installation, not the request
"""

from __future__ import annotations


class AttendingError(Exception):
    """Base of every error raised on purpose.

    ``message`` says what happened without clinical content, ``remedy`` what to do
    next; ``context`` holds ids and numbers only, since it reaches logs and answers.
    ``held`` is the version at which a step of the loop had its subject in hand, if it had.
    """

    code = "attending.error"
    transient = False
    held: int | None = None
    remedy = "Report this with the encounter id."

    def __init__(self, message: str, *, remedy: str | None = None, **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.remedy
        self.context = context


class InvalidInput(AttendingError):
    code = "input.invalid"
    remedy = "Correct the request and send it again."


class UnreadableSource(InvalidInput):
    code = "source.unreadable"
    remedy = "Check that the file plays, and upload it again as wav, mp3, m4a, ogg or webm."


class UnsupportedSource(InvalidInput):
    code = "source.unsupported"
    remedy = "Send one of the media types listed for the line."


class SourceTooLarge(InvalidInput):
    code = "source.too_large"
    remedy = "Split the recording, or ask the administrator to raise the upload limit."


class SourceTooSlow(InvalidInput):
    code = "source.too_slow"
    remedy = "Nothing was kept. Send the source again over a better connection, or in parts."


class Unauthenticated(AttendingError):
    code = "identity.unauthenticated"
    remedy = "Log in again and repeat the request with the new token."


class LoginTooOld(Unauthenticated):
    code = "identity.login_too_old"
    remedy = "Log in anew (prompt=login), and repeat the request with the new token."


class TooManyRequests(AttendingError):
    """``wait``: seconds until it may be sent again, if that is known."""

    code = "request.too_many"
    transient = True
    remedy = "Nothing was changed. Wait as long as Retry-After says, then send it again."


class IssuerUnavailable(AttendingError):
    code = "identity.issuer_unavailable"
    transient = True
    remedy = "Check that the issuer answers and publishes its keys; then try again."


class Forbidden(AttendingError):
    code = "identity.forbidden"
    remedy = "Ask an administrator for the right that is named here."


class ConsentMissing(Forbidden):
    code = "consent.missing"
    remedy = "Ask the patient, record the consent, then send the source again."


class NotSeen(Forbidden):
    code = "review.not_seen"
    remedy = "Open the section and every warning in it, then decide."


class NotFound(AttendingError):
    code = "resource.not_found"
    remedy = "Check the id; you see only what belongs to your clinic."


class Conflict(AttendingError):
    code = "case.conflict"
    remedy = "Read the present state and decide again."


class Overtaken(Conflict):
    code = "work.overtaken"
    remedy = "Nothing to do: whoever has the work in hand ends it."


class CaptureAbandoned(AttendingError):
    code = "capture.abandoned"
    remedy = "Open the recording from the worklist: go on with it, or end it, and a draft is made."


class Paused(AttendingError):
    """``pause``: the pause that stands in the way, by its id."""

    code = "line.paused"
    transient = True
    remedy = "Nothing to do: it goes on by itself once a safety officer has resumed it."

    @property
    def pause(self) -> str:
        return str(self.context["pause"])


class ProofRefused(AttendingError):
    code = "signature.proof_refused"
    remedy = "Sign again with a fresh log-in. If you did not sign, tell the safety officer."


class CountWentBack(ProofRefused):
    """There may be a copy of the authenticator: the safety officer reads it in the history."""

    code = "signature.count_went_back"
    remedy = "Nothing was signed. Withdraw this passkey, and tell the safety officer."


class Untrusted(AttendingError):
    code = "trust.untrusted"
    remedy = "See `attending trust show`; whoever holds the admin key can add it."


class TrustBroken(AttendingError):
    code = "trust.broken"
    remedy = "Tell the safety officer: nothing is signed or written until the log is restored."


class RecordError(AttendingError):
    code = "record.error"


class RecordUnavailable(RecordError):
    code = "record.unavailable"
    transient = True
    remedy = "Nothing to do: the release is tried again by itself."


class RecordRefused(RecordError):
    code = "record.refused"
    remedy = "Read the record system's words, correct the cause, then retry from the queue."


class RecordMismatch(RecordError):
    code = "record.mismatch"
    remedy = "Compare the resource in the record with the signed note; do not retry blindly."


class RecordSuperseded(RecordError):
    code = "record.superseded"
    remedy = "Retract this note in the record system, then retry: it is looked at once more."


class PatientChanged(RecordError):
    code = "record.patient_changed"
    remedy = "Check the patient's identity in the record, then review and sign again."


class StorageUnavailable(AttendingError):
    code = "storage.unavailable"
    transient = True
    remedy = "Nothing was changed. Send it again in a moment."


class HistoryRewritten(AttendingError):
    code = "audit.rewritten"
    remedy = "Tell the safety officer, and let nobody write to the database: docs/operations/failures.md."


class EngineFailed(AttendingError):
    code = "engine.failed"
    transient = True
    remedy = "It is tried again; if it stays, the case waits in the queue of failures."


class MalformedDraft(EngineFailed):
    """What a check of the form raises, and nothing else: any other error is a finding."""

    code = "engine.malformed_draft"
    remedy = "Try again, or choose another model for this line."


class Unexpected(EngineFailed):
    """Its type is told; its words may hold clinical text."""

    code = "engine.unexpected"
    remedy = "It is tried again; if it stays, report it with the encounter id."

    def __init__(self, error: Exception) -> None:
        super().__init__(f"An unexpected error ended the step: {type(error).__name__}.")


class KeyMissing(AttendingError):
    code = "keys.missing"
    remedy = "Compare the keys of the processes (docs/operations/processes.md), then retry."


class EgressRefused(AttendingError):
    code = "egress.refused"
    remedy = "Register an agreement for this engine, or use a local one."


class Misconfigured(AttendingError):
    code = "settings.invalid"
    remedy = "Correct the setting that is named here."
