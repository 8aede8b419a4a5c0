"""The tenant's own jobs, as they wait: through the one function of the queue that tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.core.work import Queued, Step

if TYPE_CHECKING:
    from attending.adapters.storage.database import TenantUnit


class WaitingJobs:
    """Implements ``core.ports.Queue``."""

    def __init__(self, unit: TenantUnit) -> None:
        self.unit = unit

    def waiting(self) -> tuple[Queued, ...]:
        rows = self.unit.all("select * from queue.waiting() order by since, subject")
        return tuple(
            Queued(
                step=Step(row["step"]),
                subject=row["subject"],
                tries=row["tries"],
                since=row["since"],
                due=row["due"],
                doing=row["doing"],
            )
            for row in rows
        )
