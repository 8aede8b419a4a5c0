"""The HTTP API, one file per resource. Bearer tokens alone: no cookie counts here."""

from __future__ import annotations

from fastapi import APIRouter

from attending.web.api import (
    audit,
    captures,
    cases,
    consents,
    encounters,
    failures,
    health,
    me,
    models,
    patients,
    review,
    sessions,
    signing,
    sources,
    stop,
    targets,
)


def routers() -> tuple[APIRouter, ...]:
    return tuple(
        module.router
        for module in (
            health,
            me,
            targets,
            patients,
            consents,
            encounters,
            sources,
            captures,
            cases,
            review,
            signing,
            failures,
            stop,
            models,
            sessions,
            audit,
        )
    )
