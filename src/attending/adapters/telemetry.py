"""Spans and logs. One trace per encounter, across processes: its id is the encounter's.

Spans go to our own table, where the timeline reads them, and by OTLP wherever the
standard OTEL_EXPORTER_OTLP_ENDPOINT points. Logs are JSON lines on stderr. Neither
carries clinical content: ids, numbers and error codes alone.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from attending.adapters.storage.database import Database
from attending.adapters.storage.timeline import SpanRow
from attending.core.errors import AttendingError
from attending.core.ids import EncounterId, TenantId

TENANT, ENCOUNTER, CODE = "attending.tenant", "attending.encounter", "attending.error"
_FLUSH_MS = 300
log = structlog.get_logger("attending.loop")


def configure_logs(process: str) -> None:
    """JSON lines on stderr, one per event, with the process's name."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def _without_words(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A traceback's last line can quote clinical text: keep where it was, not what it said."""
    if event.pop("exc_info", None):
        _kind, _error, frames = sys.exc_info()
        event["where"] = _places(frames)
    return event


def _places(frames: object) -> list[str]:
    places = []
    while frames is not None:
        code = frames.tb_frame.f_code  # type: ignore[attr-defined]
        places.append(f"{code.co_qualname}:{frames.tb_lineno}")  # type: ignore[attr-defined]
        frames = frames.tb_next  # type: ignore[attr-defined]
    return places[-12:]


@dataclass(frozen=True)
class Tracing:
    """Implements ``core.ports.Telemetry``."""

    provider: TracerProvider

    @classmethod
    def start(cls, process: str, database: Database) -> Tracing:
        provider = TracerProvider(resource=Resource.create({"service.name": process}))
        exporter = TimelineExporter(database, process)
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_FLUSH_MS))
        if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    @contextmanager
    def span(
        self, name: str, tenant: TenantId, encounter: EncounterId, **attributes: str | float
    ) -> Iterator[None]:
        """Times a piece of work, and logs its entry, exit and failure."""
        bound = log.bind(span=name, encounter=str(encounter), **attributes)
        started = time.monotonic()
        bound.info("entered")
        with self.provider.get_tracer("attending").start_as_current_span(
            name,
            context=_trace_of(encounter),
            attributes={TENANT: str(tenant), ENCOUNTER: str(encounter), **attributes},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                code = error.code if isinstance(error, AttendingError) else type(error).__name__
                span.set_attribute(CODE, code)
                bound.warning("failed", code=code, seconds=_since(started))
                raise
        bound.info("left", seconds=_since(started))

    def close(self) -> None:
        self.provider.shutdown()


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _trace_of(encounter: EncounterId) -> Context:
    """A context whose trace id is the encounter's, whichever process asks."""
    parent = SpanContext(
        trace_id=encounter.int,
        span_id=encounter.int & 0xFFFFFFFFFFFFFFFF or 1,
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(NonRecordingSpan(parent))


@dataclass
class TimelineExporter(SpanExporter):
    """Writes finished spans into the tenant's table of spans."""

    database: Database
    process: str

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        by_tenant: dict[TenantId, list[SpanRow]] = defaultdict(list)
        for span in spans:
            attributes: dict[str, object] = dict(span.attributes or {})
            tenant = TenantId(UUID(str(attributes.pop(TENANT))))
            by_tenant[tenant].append(self._row(span, attributes))
        for tenant, rows in by_tenant.items():
            with self.database.transaction(tenant, self.process) as unit:
                unit.timeline.add_spans(rows)
        return SpanExportResult.SUCCESS

    def _row(self, span: ReadableSpan, attributes: dict[str, object]) -> SpanRow:
        context = span.get_span_context()
        return SpanRow(
            span_id=f"{context.span_id:016x}" if context else "",
            trace_id=f"{context.trace_id:032x}" if context else "",
            parent_id=f"{span.parent.span_id:016x}" if span.parent else "",
            encounter=EncounterId(UUID(str(attributes.pop(ENCOUNTER)))),
            name=span.name,
            process=self.process,
            started_at=_time(span.start_time),
            ended_at=_time(span.end_time),
            failed=str(attributes.pop(CODE, "")),
            attributes=attributes,
        )


def _time(nanoseconds: int | None) -> datetime:
    return datetime.fromtimestamp((nanoseconds or 0) / 1e9, UTC)
