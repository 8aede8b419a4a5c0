"""The web process as one ASGI application."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import Response
from starlette.middleware import Middleware

from attending.web import problems
from attending.web.api import routers
from attending.web.api.description import SUMMARY, TAGS, describe
from attending.web.console import console
from attending.web.console.pages import problem_page
from attending.web.console.provider import Provider
from attending.web.news import News
from attending.web.parts import WebParts
from attending.web.problems import Problem, answered
from attending.web.protection import Answered, RequestLimit, SecurityHeaders
from attending.web.rated import Rated
from attending.web.rates import Limits
from attending.web.seals import Seals


def web_app(parts: WebParts) -> FastAPI:
    """API under /v1 (its description at /openapi.json), console at /."""
    limits = Limits(parts.rates)
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
            Middleware(Rated, limits=limits, explain=_explained),
            Middleware(RequestLimit),
        ],
    )
    app.state.parts = parts
    app.state.limits = limits
    app.state.news = News(parts.loop.storage)
    app.state.provider = Provider(parts.console)
    app.state.seals = Seals(parts.console.cookie_key)
    problems.install(app)
    for router in routers():
        app.include_router(router)
    describe(app)
    app.include_router(console(), include_in_schema=False)
    return app


def _explained(path: str, problem: Problem) -> Response:
    """Programs are told in a document, people on a page."""
    is_api = path.startswith(("/v1/", "/openapi"))
    return answered(problem) if is_api else problem_page(problem)
