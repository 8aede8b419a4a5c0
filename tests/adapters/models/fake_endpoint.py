"""An OpenAI-compatible server for tests: it answers what it is told to, well or badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Replies = Callable[[dict[str, Any]], str]


@dataclass
class Fake:
    """``raw``: a whole HTTP answer in place of the model's, by (status, headers, body)."""

    replies: Replies = lambda asked: "It is."
    key: str = ""
    raw: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    base: str = ""


@contextmanager
def faked(fake: Fake) -> Iterator[Fake]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append(body)
            fake.headers.append(dict(self.headers))
            status, headers, content = self._answer(body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
            if fake.raw:
                return fake.raw.pop(0) if len(fake.raw) > 1 else fake.raw[0]
            if self.path != "/v1/chat/completions":
                return 404, {}, b"{}"
            if fake.key and self.headers.get("Authorization") != f"Bearer {fake.key}":
                return 401, {}, b'{"error": {"message": "wrong key"}}'
            return 200, {}, json.dumps(_completion(fake.replies(body), body)).encode()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.base = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _completion(text: str, body: dict[str, Any]) -> dict[str, Any]:
    words = text.split(" ")
    cut = len(words) > body["max_tokens"]
    kept = " ".join(words[: body["max_tokens"]])
    message = {"role": "assistant", "content": kept}
    finish = "length" if cut else "stop"
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}
