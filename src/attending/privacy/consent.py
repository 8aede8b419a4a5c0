"""Consent: what a patient agreed to, per purpose. Refused, or never asked, is not processed."""

from __future__ import annotations

from collections.abc import Mapping

from attending.core.errors import ConsentMissing
from attending.core.work import Purpose

# A draft needs both: that the visit may be recorded, and that a machine may assist.
TO_DRAFT = (Purpose.RECORD, Purpose.ASSISTANCE)


def require(consents: Mapping[Purpose, bool], purposes: tuple[Purpose, ...] = TO_DRAFT) -> None:
    """Raises ConsentMissing, naming the purposes that are refused or were never asked."""
    missing = [purpose for purpose in purposes if not consents.get(purpose, False)]
    if missing:
        raise ConsentMissing(
            f"The patient has not agreed to: {', '.join(missing)}.",
            purposes=[str(purpose) for purpose in missing],
        )
