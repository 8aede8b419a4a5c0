"""The clinicians' pages: server-rendered, over the same loop as the API; script makes them better.

Reading order: session (who is logged in), provider (the issuer), pages (templates and
errors), login; then one file per page.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends

from attending.web.console import (
    admin,
    assets,
    audit,
    begin,
    capture,
    configuration,
    events,
    failures,
    login,
    models,
    passkeys,
    people,
    promoting,
    quality,
    recording,
    reentry,
    review,
    running_checks,
    safety,
    signing,
    timeline,
    welcome,
    worklist,
)
from attending.web.console.visit import own_forms_only

PAGES = (
    assets,
    login,
    worklist,
    begin,
    capture,
    review,
    signing,
    passkeys,
    timeline,
    failures,
    safety,
    running_checks,
    quality,
    people,
    recording,
    reentry,
    events,
    welcome,
    audit,
    admin,
    configuration,
    models,
    promoting,
)


def console() -> APIRouter:
    """Every route of it that writes accepts its own pages' forms alone."""
    router = APIRouter(dependencies=[Depends(own_forms_only)])
    for module in PAGES:
        router.include_router(module.router)
    return router
