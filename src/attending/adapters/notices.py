"""Notices by webhook: an event's name and ids, never content."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import structlog

from attending.core.errors import RecordUnavailable
from attending.core.ids import TenantId

log = structlog.get_logger("attending.notices")


@dataclass(frozen=True)
class WebhookNotices:
    """Implements ``core.ports.Notices``. Without a URL the notice is only logged."""

    url: str = ""
    timeout: float = 5.0  # seconds

    def send(self, event: str, tenant: TenantId, subject: object, version: int) -> None:
        body = {
            "event": event,
            "tenant": str(tenant),
            "case": str(subject),
            "version": version,
        }
        log.info("notice", notice=event, case=str(subject), version=version)
        if not self.url:
            return
        try:
            answer = httpx.post(self.url, json=body, timeout=self.timeout, trust_env=False)
        except httpx.HTTPError as error:
            raise RecordUnavailable("The receiver of notices cannot be reached.") from error
        if answer.is_error:
            raise RecordUnavailable(
                "The receiver of notices answered with an error.", status=answer.status_code
            )
