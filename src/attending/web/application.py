"""The web process as one ASGI application."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware

from attending.web import problems
from attending.web.api import routers
from attending.web.api.description import SUMMARY, TAGS, describe
from attending.web.console import console
from attending.web.console.provider import Provider
from attending.web.parts import WebParts
from attending.web.protection import Answered, BodyLimit, SecurityHeaders
from attending.web.seals import Seals


def web_app(parts: WebParts) -> FastAPI:
    """API under /v1 (its description at /openapi.json), console at /."""
    app = FastAPI(
        title="Attending",
        version="1",
        summary=SUMMARY,
        openapi_tags=TAGS,
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        middleware=[
            Middleware(SecurityHeaders, secure=parts.console.secure),
            Middleware(Answered),
            Middleware(BodyLimit),
        ],
    )
    app.state.parts = parts
    app.state.provider = Provider(parts.console)
    app.state.seals = Seals(parts.console.cookie_key)
    problems.install(app)
    for router in routers():
        app.include_router(router)
    describe(app)
    app.include_router(console(), include_in_schema=False)
    return app
