"""The web application on a port, until the process is told to end."""

from __future__ import annotations

from socket import socket

import uvicorn
from fastapi import FastAPI

from attending.web.news import News


class WebServer(uvicorn.Server):
    """At its end it closes the streams first: it would wait for them otherwise."""

    def __init__(self, config: uvicorn.Config, news: News) -> None:
        super().__init__(config)
        self._news = news

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._news.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, host: str, port: int) -> None:
    """Until a signal ends it."""
    WebServer(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
        ),
        app.state.news,
    ).run()
