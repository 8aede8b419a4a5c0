"""The API's description: what FastAPI cannot know of our errors is added here, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from attending.web.problems import MEDIA_TYPE, Problem

SUMMARY = "The path from an AI model's output to the medical record."
TAGS: list[dict[str, Any]] = [
    {"name": "health", "description": "Whether the process answers."},
    {"name": "me", "description": "The caller."},
    {"name": "targets", "description": "Record systems of the clinic."},
    {"name": "patients", "description": "Patients and what they agreed to."},
    {"name": "encounters", "description": "Visits and their timelines."},
    {"name": "sources", "description": "What came in: recordings and the like."},
    {"name": "captures", "description": "Visits that are recorded live, chunk by chunk."},
    {"name": "cases", "description": "Drafts under review."},
    {"name": "review", "description": "Seeing and deciding, section by section."},
    {"name": "signing", "description": "The exact entry, and its signature."},
    {"name": "failures", "description": "Work that waits for a person."},
    {"name": "stops", "description": "Lines and models that are stopped, and let go again."},
    {
        "name": "models",
        "description": "Versions: how they did, who promoted them, whom they answer.",
    },
    {"name": "sessions", "description": "Log-ins, and how they are ended before their time."},
    {"name": "audit", "description": "The tamper-evident chain of the clinic."},
]
_WRITES = ("post", "put")
_SCHEMAS = "#/components/schemas/"
_DROPPED = ("HTTPValidationError", "ValidationError")
_MEANINGS = {
    400: "The body cannot be read at all.",
    401: "No token, or one that does not verify.",
    403: "Not enrolled, without the right, without consent, or not seen.",
    404: "Absent, or not of your clinic: the answer is the same.",
    408: "It did not arrive in time.",
    409: "Changed meanwhile; `state` and `version` are the present ones.",
    413: "Too large.",
    415: "The line does not take this media type.",
    422: "It cannot be used as it is.",
    429: "Too many requests of this person or clinic; `Retry-After` says how long to wait.",
    500: "The server failed; the log says where.",
    503: "Something that is needed does not answer; try again.",
}


def describe(app: FastAPI) -> None:
    """Every route tells which problems it may answer."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(description: dict[str, Any]) -> dict[str, Any]:
    schemas = description["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template=_SCHEMAS + "{model}")
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    for name in _DROPPED:
        schemas.pop(name, None)
    for path, method, operation in _operations(description):
        operation["responses"].pop("422", None)
        operation["responses"] |= {
            str(status): _problem(status) for status in _statuses(path, method, operation)
        }
    return description


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    statuses = [500]
    if operation.get("security"):
        statuses += [401, 403, 429, 503]
    asked = [parameter["in"] for parameter in operation.get("parameters", [])]
    if asked or method in _WRITES:
        statuses += [404]
    if "query" in asked or method in _WRITES:
        statuses += [422]
    if method in _WRITES or path.endswith(("/entry", "/rendition", "/resumption")):
        statuses += [409]
    if method in _WRITES:
        statuses += [400, 408, 413]
    if path.endswith(("/sources", "/captures")):
        statuses += [415]
    return statuses


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": f"{_SCHEMAS}Problem"}
    return {"description": _MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
