"""The issuer as a server in a thread of this process."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
import uvicorn

from attending.core.errors import Misconfigured
from attending.demo.issuer.settings import IssuerSettings

_START_SECONDS = 10.0
_STOP_SECONDS = 10.0


class RunningIssuer:
    """Serves the issuer while the ``with`` block lasts.

    A port 0 in the settings' url takes any free one; ``settings.url`` says which.
    Raises Misconfigured when the port is taken.
    """

    def __init__(self, settings: IssuerSettings) -> None:
        with ExitStack() as undone_on_error:
            self._socket = undone_on_error.enter_context(_bound(settings.url))
            self.settings = replace(settings, url=_url(settings.url, self._socket))
            self._server = uvicorn.Server(_config(self.settings))
            undone_on_error.pop_all()
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="demo-issuer", daemon=True
        )

    @property
    def url(self) -> str:
        return self.settings.url

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            # The socket accepts already: this waits for the first answer, and no longer.
            httpx.get(f"{self.url}/jwks", timeout=_START_SECONDS, trust_env=False)
        except httpx.HTTPError as cause:
            self._stop()
            raise Misconfigured("The demo issuer does not start", url=self.url) from cause
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._socket.close()


def _config(settings: IssuerSettings) -> uvicorn.Config:
    # Imported here: a command that serves nothing, as a rollback, need not wait for the web's parts.
    from attending.demo.issuer.app import issuer_app  # noqa: PLC0415

    return uvicorn.Config(
        issuer_app(settings),
        log_config=None,
        access_log=False,  # its lines would hold codes and states
        lifespan="off",
        timeout_graceful_shutdown=2,
    )


def _url(asked: str, listening: socket.socket) -> str:
    host = urlsplit(asked).netloc.removesuffix(f":{urlsplit(asked).port}")
    return f"http://{host}:{listening.getsockname()[1]}"


def _bound(url: str) -> socket.socket:
    parts = urlsplit(url)
    family = socket.AF_INET6 if parts.hostname == "::1" else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((parts.hostname or "127.0.0.1", parts.port or 0))
    except OSError as cause:
        listening.close()
        raise Misconfigured("The demo issuer's port is taken", url=url) from cause
    listening.listen()
    return listening
