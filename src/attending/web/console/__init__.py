"""The clinicians' pages: server-rendered, without script, over the same loop as the API.

Reading order: session (who is logged in), provider (the issuer), pages (templates and
errors), login; then one file per page.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends

from attending.web.console import (
    assets,
    failures,
    login,
    people,
    review,
    safety,
    signing,
    timeline,
    worklist,
)
from attending.web.console.visit import own_forms_only


def console() -> APIRouter:
    """Every route of it that writes accepts its own pages' forms alone."""
    router = APIRouter(dependencies=[Depends(own_forms_only)])
    for module in (assets, login, worklist, review, signing, timeline, failures, safety, people):
        router.include_router(module.router)
    return router
