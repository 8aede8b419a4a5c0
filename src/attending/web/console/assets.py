"""Scripts and styles: the console's own, and those of each line's panel.

They are bundled when the package is built, lie compressed beside themselves, and are
named with a digest of their content, so that a browser asks for each once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from attending.core.errors import NotFound
from attending.web.api.desk import parts_of
from attending.web.console.bundled import OWN, content, digest
from attending.web.console.pages import page_router
from attending.web.parts import WebParts

router = page_router("/assets")
_KINDS = {".js": "text/javascript", ".css": "text/css"}
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/{name}")
def own(name: str, request: Request) -> Response:
    return _answered(OWN, name, request)


@router.get("/lines/{line}/{name}")
def of_line(
    line: str, name: str, request: Request, parts: Annotated[WebParts, Depends(parts_of)]
) -> Response:
    known = parts.loop.lines.get(line)
    if known is None or known.panel.assets is None:
        raise NotFound("There is no such line here, or it has no panel of its own.")
    return _answered(known.panel.assets, name, request)


def _answered(folder: Path, name: str, request: Request) -> Response:
    kind = _KINDS.get(Path(name).suffix)
    if kind is None or Path(name).name != name or not (folder / name).is_file():
        raise NotFound("There is no such script or style.")
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"vary": "accept-encoding", "cache-control": _kept(folder / name, request)}
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(content(folder / name, packed=packed), media_type=kind, headers=headers)


def _kept(path: Path, request: Request) -> str:
    """For ever under the digest that it has; an address of another version is asked again."""
    return _FOR_EVER if request.query_params.get("v") == digest(path) else "no-cache"
