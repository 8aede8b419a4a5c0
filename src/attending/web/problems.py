"""Errors as problem documents (RFC 9457), with stable codes and a way on."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from attending.core import errors
from attending.core.entry import FRESH
from attending.core.errors import AttendingError, InvalidInput, NotFound

MEDIA_TYPE = "application/problem+json"
BAD, NOT_FOUND, NOT_ALLOWED, TOO_LARGE, INVALID, BROKEN, LATER = 400, 404, 405, 413, 422, 500, 503
TOO_SLOW, TOO_LONG, WRONG_KIND, HEADERS_TOO_LARGE = 408, 414, 415, 431
# What the framework, or the limits around it, refuse before a route is asked.
_REFUSED = {
    NOT_ALLOWED: ("The resource has no such method", "request.method"),
    TOO_SLOW: ("The request did not arrive in time", "request.too_slow"),
    TOO_LARGE: ("The request is too large", "request.too_large"),
    TOO_LONG: ("The address is too long", "request.address_too_long"),
    WRONG_KIND: ("The request is of a kind that is not taken", "request.media_type"),
    HEADERS_TOO_LARGE: ("The headers are too large", "request.headers_too_large"),
}

# The nearest class up an error's tree decides.
_KINDS: Mapping[type[AttendingError], tuple[int, str]] = {
    errors.InvalidInput: (INVALID, "The request cannot be used as it is"),
    errors.UnreadableSource: (INVALID, "The source cannot be read"),
    errors.UnsupportedSource: (415, "The source is of a kind that is not taken"),
    errors.SourceTooLarge: (TOO_LARGE, "The source is too large"),
    errors.SourceTooSlow: (TOO_SLOW, "The source did not arrive in time"),
    errors.Unauthenticated: (401, "You are not logged in"),
    errors.LoginTooOld: (401, "Your log-in is too long ago"),
    errors.TooManyRequests: (429, "A moment, please"),
    errors.IssuerUnavailable: (LATER, "The log-in service does not answer"),
    errors.Forbidden: (403, "You may not do this"),
    errors.ConsentMissing: (403, "The patient's consent is missing"),
    errors.NotSeen: (403, "This was not opened yet"),
    errors.NotFound: (NOT_FOUND, "There is no such resource"),
    errors.Conflict: (409, "It was changed meanwhile"),
    errors.Paused: (409, "It is paused"),
    errors.ProofRefused: (403, "The proof of signing does not hold"),
    errors.Untrusted: (403, "The installation does not trust this"),
    errors.RecordError: (502, "The record system"),
    errors.RecordUnavailable: (LATER, "The record system does not answer"),
    errors.EngineFailed: (LATER, "An engine could not do its work"),
    errors.StorageUnavailable: (LATER, "The database does not answer"),
    errors.AttendingError: (BROKEN, "The server cannot do this"),
}
# Of an error's context, what helps a client on. Everything else stays inside.
_TOLD = (
    "state",
    "version",
    "revision",
    "section",
    "sections",
    "unopened",
    "purposes",
    "accepted",
    "lines",
    "limit",
    "wait",
)
_PLACES = 12
_CHALLENGE = 'Bearer realm="attending"'
TOO_OLD = errors.LoginTooOld.code
# RFC 9470: the client knows from it that a new log-in helps, and how new.
_STEP_UP = f', error="insufficient_user_authentication", max_age="{int(FRESH.total_seconds())}"'

log = structlog.get_logger("attending.web")


class Fault(BaseModel):
    """What is wrong with one field. The value that was sent is never repeated."""

    where: str
    what: str


class Problem(BaseModel):
    """A problem document. ``state`` and ``version`` are the present ones, in a conflict."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    remedy: str
    state: str | None = None
    version: int | None = None
    fields: list[Fault] | None = None


def problem_of(error: AttendingError) -> Problem:
    """Of what is broken in the installation only the log tells, and only where it was."""
    status, title = next(_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS)
    told = {key: error.context[key] for key in _TOLD if key in error.context}
    if status == BROKEN:
        cause = error.__cause__ or error
        log.error("broken", code=error.code, kind=type(cause).__name__, where=places(cause))
    return Problem(
        type=f"urn:attending:error:{error.code}",
        title=title,
        status=status,
        code=error.code,
        detail=title if status == BROKEN else error.message,
        remedy="Ask an administrator to read the log." if status == BROKEN else error.remedy,
        **_jsonable(told),
    )


def invalid(error: RequestValidationError) -> Problem:
    """A request that is not of the declared shape; a path that names nothing is absent."""
    found = error.errors()
    if any(fault["loc"][:1] == ("path",) for fault in found):
        return problem_of(NotFound("There is no such resource."))
    faults = [Fault(where=_where(fault), what=str(fault["type"])) for fault in found]
    problem = problem_of(InvalidInput("The request is not of the declared shape."))
    return problem.model_copy(update={"fields": faults})


def of_status(status: int) -> Problem:
    """For what the framework refuses by itself."""
    if status == NOT_FOUND:
        return problem_of(NotFound("There is no such resource."))
    title, code = _REFUSED.get(status, ("The request was refused", "request.bad"))
    return Problem(
        type=f"urn:attending:error:{code}",
        title=title,
        status=status,
        code=code,
        detail=f"{title}.",
        remedy=InvalidInput.remedy,
    )


def unexpected(error: Exception) -> Problem:
    """Nothing of the error is told: its words may quote a patient. Its place is logged."""
    failure = AttendingError(type(error).__name__)
    failure.__cause__ = error
    return problem_of(failure)


def places(error: BaseException) -> list[str]:
    """Where an error came from, without what it said."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.name}:{frame.lineno}" for frame in frames[-_PLACES:]]


def answered(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    extra = dict(headers or {})
    if problem.status == 401:  # noqa: PLR2004 - RFC 9110 asks for the header with it
        extra["www-authenticate"] = _CHALLENGE + _STEP_UP * (problem.code == TOO_OLD)
    return Response(
        problem.model_dump_json(exclude_none=True), problem.status, extra, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Every error of the app leaves it as a problem document."""

    def on_error(_request: Request, error: AttendingError) -> Response:
        return answered(problem_of(error))

    def on_invalid(_request: Request, error: RequestValidationError) -> Response:
        return answered(invalid(error))

    def on_refused(_request: Request, error: HTTPException) -> Response:
        return answered(of_status(error.status_code), error.headers)

    app.exception_handler(AttendingError)(on_error)
    app.exception_handler(RequestValidationError)(on_invalid)
    app.exception_handler(HTTPException)(on_refused)


def _where(fault: Mapping[str, Any]) -> str:
    parts = fault["loc"]
    # A field that we do not know was named by the client: its name is not repeated.
    named = parts[:-1] if fault["type"] == "extra_forbidden" else parts
    return ".".join(str(part) for part in named)


def _jsonable(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple | set | frozenset) else value
        for key, value in told.items()
    }
