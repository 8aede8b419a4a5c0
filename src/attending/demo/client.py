"""A client of the HTTP API: all that the demo does goes through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from attending.core.errors import AttendingError, EngineFailed, InvalidInput
from attending.demo.installation import CLIENT_ID, Installation
from attending.demo.issuer import Tokens, sign_in

Json = dict[str, Any]
MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".webm": "audio/webm",
}
_POLL = 0.1  # seconds
_CHUNK = 1 << 20


class ApiRefusedError(AttendingError):
    """A problem answer of the API, as it was told."""

    code = "client.refused"

    def __init__(self, problem: Json) -> None:
        super().__init__(
            f"{problem.get('title', 'Refused')}: {problem.get('detail', '')}",
            remedy=problem.get("remedy"),
        )
        self.code = problem.get("code", self.code)
        self.problem = problem


@dataclass(frozen=True)
class Api:
    """One person's access. Times out after ``patience`` seconds of waiting for the loop."""

    http: httpx.Client
    installation: Installation
    username: str
    patience: float = 1800.0

    @classmethod
    def logged_in(cls, installation: Installation, username: str) -> Api:
        tokens = _sign_in(installation, username)
        http = httpx.Client(
            base_url=installation.web_url,
            headers={"Authorization": f"Bearer {tokens.access_token}"},
            timeout=60,
            trust_env=False,
        )
        return cls(http, installation, username)

    def get(self, path: str, **params: str) -> Json:
        return _told(self.http.get(path, params=params))

    def post(self, path: str, body: Json, key: str = "") -> Json:
        """With an idempotency key, given or of its own, so that it may be sent again."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return _told(self.http.post(path, json=body, headers=headers))

    def put(self, path: str, body: Json) -> Json:
        return _told(self.http.put(path, json=body, headers={"Idempotency-Key": str(uuid4())}))

    def upload(self, encounter: str, file: Path, hints: tuple[str, ...] = ()) -> Json:
        """Stream a recording. Raises InvalidInput for a name that says no known format."""
        kind = MEDIA_TYPES.get(file.suffix.lower())
        if kind is None:
            raise InvalidInput(
                f"{file.name} is not a recording that is known by its name.",
                remedy=f"Give a file that ends in {', '.join(MEDIA_TYPES)}.",
            )
        with file.open("rb") as content:
            chunks = iter(lambda: content.read(_CHUNK), b"")
            return self.send(encounter, "documentation", kind, chunks, hints=hints)

    def send(
        self,
        encounter: str,
        line: str,
        media_type: str,
        content: bytes | Iterable[bytes],
        *,
        hints: tuple[str, ...] = (),
        key: str = "",
    ) -> Json:
        """Stream a source of any line. ``key``: the idempotency key, else one of its own."""
        answer = self.http.post(
            f"/v1/encounters/{encounter}/sources",
            params={"line": line, "hints": list(hints)},
            content=content,
            headers={"Content-Type": media_type, "Idempotency-Key": key or str(uuid4())},
        )
        return _told(answer)

    def await_draft(self, source: str, progress: Callable[[float], None]) -> Json:
        """Until the case is in review. Raises EngineFailed if it failed, with the reason."""
        return self._await(
            lambda: self.get(f"/v1/sources/{source}"),
            lambda told: self._drafted(told, progress),
        )

    def _drafted(self, told: Json, progress: Callable[[float], None]) -> bool:
        progress(_done(told))
        return bool(told["case_state"] == "in_review")

    def await_release(self, case: str) -> Json:
        """Until what was signed stands in the record."""
        return self._await(
            lambda: self.get(f"/v1/cases/{case}"),
            lambda told: told["state"] in ("released", "retracted"),
        )

    def prove(self, digest: str) -> str:
        """A fresh log-in at the issuer whose nonce is the digest: the signature's proof."""
        return _sign_in(self.installation, self.username, nonce=digest).id_token

    def _await(self, ask: Callable[[], Json], arrived: Callable[[Json], bool]) -> Json:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            told = ask()
            if arrived(told):
                return told
            if "failed" in (told.get("state"), told.get("case_state")):
                raise EngineFailed(
                    f"The case failed: {told['reason']}.",
                    remedy="See the queue of failures in the console, and the process's log.",
                )
            time.sleep(_POLL)
        raise EngineFailed("It took too long.", remedy="See whether the processes run.")


def new_encounter(api: Api, patient: Json, reference: str = "") -> str:
    """A visit of this patient that begins now."""
    opened = api.post(
        "/v1/encounters",
        {
            "patient": patient["id"],
            "reference": reference,
            "started_at": datetime.now(UTC).isoformat(),
        },
    )
    return str(opened["id"])


def _done(told: Json) -> float:
    """Progress over the states: recognition is nearly all of it."""
    if told["state"] == "transcribed":
        return 1.0
    return float(told["progress"]) if told["state"] == "transcribing" else 0.0


def _sign_in(installation: Installation, username: str, nonce: str | None = None) -> Tokens:
    return sign_in(
        installation.issuer_url,
        CLIENT_ID,
        installation.redirect_uri,
        username,
        installation.secrets[username],
        nonce=nonce,
    )


def _told(answer: httpx.Response) -> Json:
    """The answer's JSON. Raises ApiRefusedError for a problem."""
    body = answer.json()
    if answer.is_error:
        raise ApiRefusedError(body)
    told: Json = body
    return told
