"""What an authenticator was asked: it comes back with the answer, sealed, so that it was us."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from attending.core.errors import InvalidInput
from attending.core.identity import Caller
from attending.core.passkey import armoured, unarmoured
from attending.web.seals import Seals

PATIENCE = timedelta(minutes=5)  # of a person before an authenticator
SIGNING, ENROLLING = "passkey/sign", "passkey/enrol"


@dataclass(frozen=True)
class Asked:
    """challenge: base64url; at: seconds since 1970."""

    challenge: str
    tenant: str
    issuer: str
    subject: str
    at: float


_FORM: TypeAdapter[Asked] = TypeAdapter(Asked)


def now() -> datetime:
    """When a challenge is made."""
    return datetime.now(UTC)


def sealed(seals: Seals, purpose: str, challenge: bytes, caller: Caller) -> str:
    asked = Asked(
        armoured(challenge), str(caller.tenant), caller.issuer, caller.subject, time.time()
    )
    return seals.seal(purpose, _FORM.dump_json(asked))


def opened(seals: Seals, purpose: str, token: str, caller: Caller) -> bytes:
    """The challenge. Raises InvalidInput unless this person was asked it by us, just now."""
    content = seals.open(purpose, token)
    asked = _FORM.validate_json(content) if content is not None else None
    person = (str(caller.tenant), caller.issuer, caller.subject)
    if (
        asked is None
        or (asked.tenant, asked.issuer, asked.subject) != person
        or time.time() - asked.at > PATIENCE.total_seconds()
    ):
        raise InvalidInput(
            "The passkey's answer came too late, or was not asked for here.",
            remedy="Nothing was changed. Go back, and try again.",
        )
    return unarmoured(asked.challenge)
