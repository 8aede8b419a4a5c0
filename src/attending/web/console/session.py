"""What a browser carries: a session, and a log-in under way. Sealed, so nobody reads them."""

from __future__ import annotations

import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError

from attending.web.parts import ConsoleLogin
from attending.web.seals import Seals

T = TypeVar("T")
IDLE = timedelta(minutes=30)  # without a page, and the session ends
LONGEST = timedelta(hours=12)  # whatever is done meanwhile: a shift
FLOW = timedelta(minutes=10)  # for a log-in at the issuer


@dataclass(frozen=True)
class Session:
    """A person who is logged in. ``token``: the access token; times in seconds since 1970."""

    token: str = field(repr=False)
    name: str
    csrf: str = field(repr=False)
    begun_at: float
    seen_at: float

    @classmethod
    def begun(cls, token: str, name: str) -> Session:
        now = time.time()
        return cls(token, name, secrets.token_urlsafe(24), now, now)

    @property
    def form_token(self) -> str:
        """``csrf`` as it stands in a form: in another dress each time, so that the length of
        a compressed page tells nothing of it.
        """
        pad = secrets.token_bytes(len(self.csrf))
        return urlsafe_b64encode(pad + _crossed(pad, self.csrf.encode())).decode()

    def sent(self, token: str) -> bool:
        """Whether a form that carries this token is of this session."""
        try:
            opened = urlsafe_b64decode(token.encode("utf-8", "replace"))
        except ValueError:
            return False
        length = len(self.csrf)
        told = _crossed(opened[:length], opened[length:])
        return len(opened) == 2 * length and secrets.compare_digest(told, self.csrf.encode())

    @property
    def since(self) -> datetime:
        return datetime.fromtimestamp(self.begun_at, UTC)

    @property
    def seconds_left(self) -> float:
        """Until it ends if nobody does anything; negative once it has ended."""
        ends = min(self.seen_at + IDLE.total_seconds(), self.begun_at + LONGEST.total_seconds())
        return ends - time.time()

    @property
    def is_over(self) -> bool:
        return self.seconds_left < 0


def _crossed(pad: bytes, content: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(pad, content, strict=False))


class Act(StrEnum):
    """What a person proves by a fresh log-in."""

    ENTRY = "entry"
    RESUMPTION = "resumption"
    PROMOTION = "promotion"


@dataclass(frozen=True)
class Proving:
    """What is being signed while a person logs in anew, and by whose session.

    about: the id of what it is done to; version, retract: of an entry alone.
    """

    act: Act
    about: str
    digest: str
    prepared_at: str
    tenant: str
    issuer: str
    subject: str
    version: int = 0
    retract: bool = False

    @property
    def prepared(self) -> datetime:
        return datetime.fromisoformat(self.prepared_at)


@dataclass(frozen=True)
class Flow:
    """A log-in under way at the issuer. ``then``: the page to go to afterwards."""

    state: str
    verifier: str = field(repr=False)
    begun_at: float
    then: str = "/"
    proving: Proving | None = None

    @classmethod
    def begun(cls, then: str = "/", proving: Proving | None = None) -> Flow:
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        return cls(state, verifier, time.time(), then, proving)


@dataclass(frozen=True)
class Cookies:
    """Reads and writes the console's cookies."""

    login: ConsoleLogin
    seals: Seals

    def session(self, request: Request) -> Session | None:
        """None if nobody is logged in, or was idle for too long, or is in for too long."""
        session = self._opened(request, self._session_name, _SESSIONS)
        return None if session is None or session.is_over else session

    def was_here(self, request: Request) -> bool:
        """Whether somebody was logged in: whoever comes back has to show that it is they."""
        return self._session_name in request.cookies

    def keep_session(self, answer: Response, session: Session) -> None:
        """From now on; called for every page that a person asked for.

        The cookie outlives the session, so that its end is known when it comes back.
        """
        content = _SESSIONS.dump_json(replace(session, seen_at=time.time()))
        self._set(answer, self._session_name, content, LONGEST)

    def end_session(self, answer: Response) -> None:
        answer.delete_cookie(self._session_name, path="/", secure=self.login.secure)

    def flow(self, request: Request, state: str) -> Flow | None:
        """The log-in that this state belongs to; None if this browser did not begin it."""
        flow = self._opened(request, self._flow_name(state), _FLOWS)
        if flow is None or not secrets.compare_digest(flow.state.encode(), state.encode()):
            return None
        return flow if time.time() - flow.begun_at <= FLOW.total_seconds() else None

    def keep_flow(self, answer: Response, flow: Flow) -> None:
        self._set(answer, self._flow_name(flow.state), _FLOWS.dump_json(flow), FLOW)

    def end_flow(self, answer: Response, state: str) -> None:
        answer.delete_cookie(self._flow_name(state), path="/", secure=self.login.secure)

    def wants_guide(self, request: Request) -> bool:
        return self._guide_name not in request.cookies

    def dismiss_guide(self, answer: Response) -> None:
        """Until the browser is closed."""
        answer.set_cookie(
            self._guide_name,
            "off",
            path="/",
            secure=self.login.secure,
            httponly=True,
            samesite="lax",
        )

    @property
    def _guide_name(self) -> str:
        return f"{self._prefix}attending-guide"

    @property
    def _session_name(self) -> str:
        return f"{self._prefix}attending"

    def _flow_name(self, state: str) -> str:
        """One cookie per log-in, so that two tabs do not disturb each other."""
        letters = "".join(letter for letter in state[:8] if letter.isascii() and letter.isalnum())
        return f"{self._prefix}attending-flow-{letters}"

    @property
    def _prefix(self) -> str:
        return "__Host-" if self.login.secure else ""

    def _set(self, answer: Response, name: str, content: bytes, age: timedelta) -> None:
        answer.set_cookie(
            name,
            self.seals.seal(f"cookie/{name}", content),
            max_age=int(age.total_seconds()),
            path="/",
            secure=self.login.secure,
            httponly=True,
            samesite="lax",
        )

    def _opened(self, request: Request, name: str, form: TypeAdapter[T]) -> T | None:
        content = self.seals.open(f"cookie/{name}", request.cookies.get(name, ""))
        if content is None:
            return None
        try:
            return form.validate_json(content)
        except ValidationError:  # sealed by an older version of ours
            return None


_SESSIONS: TypeAdapter[Session] = TypeAdapter(Session)
_FLOWS: TypeAdapter[Flow] = TypeAdapter(Flow)
