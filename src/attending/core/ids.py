"""Identifiers: random UUIDs, so that none reveals a neighbour or a count."""

from __future__ import annotations

from typing import NewType
from uuid import UUID, uuid4, uuid5

TenantId = NewType("TenantId", UUID)
PrincipalId = NewType("PrincipalId", UUID)
PatientId = NewType("PatientId", UUID)
EncounterId = NewType("EncounterId", UUID)
SourceId = NewType("SourceId", UUID)
CaptureId = NewType("CaptureId", UUID)
BlobId = NewType("BlobId", UUID)
RunId = NewType("RunId", UUID)
DraftId = NewType("DraftId", UUID)
CaseId = NewType("CaseId", UUID)
SignatureId = NewType("SignatureId", UUID)
ReleaseId = NewType("ReleaseId", UUID)
FailureId = NewType("FailureId", UUID)
TargetId = NewType("TargetId", UUID)
PauseId = NewType("PauseId", UUID)
PasskeyId = NewType("PasskeyId", UUID)
VersionId = NewType("VersionId", UUID)
EvaluationId = NewType("EvaluationId", UUID)
GuardActId = NewType("GuardActId", UUID)

__all__ = [
    "BlobId",
    "CaptureId",
    "CaseId",
    "DraftId",
    "EncounterId",
    "EvaluationId",
    "FailureId",
    "GuardActId",
    "PatientId",
    "PasskeyId",
    "PauseId",
    "PrincipalId",
    "ReleaseId",
    "RunId",
    "SignatureId",
    "SourceId",
    "TargetId",
    "TenantId",
    "UUID",
    "VersionId",
    "derived",
    "fresh",
]

_NAMESPACE = UUID("6f0d0d5e-5a0e-5a7c-9d6b-4f3b5f0f2a11")


def fresh() -> UUID:
    """A new random identifier."""
    return uuid4()


def derived(*parts: object) -> UUID:
    """The same identifier for the same parts, so that a retry makes the same row."""
    return uuid5(_NAMESPACE, "/".join(str(part) for part in parts))
