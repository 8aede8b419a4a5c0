"""What no answer and no log line may hold, whoever asked and whatever was sent."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass

import structlog

from attending.adapters.telemetry import configure_logs
from attending.core.entry import PatientIdentity
from attending.loop.intake import register_patient
from tests.clinic import Clinic

PROBLEM = "application/problem+json"
TOLD = ("type", "title", "status", "code", "detail", "remedy")
INSIDES = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|/usr/|/tmp/|/home/|/src/|postgres|psycopg|pydantic"
    r"|starlette|fastapi|uvicorn|\b[A-Z]\w+(?:Error|Exception)\b|0x[0-9a-f]{8}"
    r"|\b(?:select|insert into|update|delete from)\b[^.]*\b(?:attending\.|queue\.|from|set)\b"
)


@dataclass(frozen=True)
class Answer:
    """What came back, as plain data."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def whole(self) -> str:
        return f"{self.headers} {self.text}"


@dataclass(frozen=True)
class Forbidden:
    """``secrets``: never told. ``identifiers``: of a patient; told on success, to their own."""

    secrets: Mapping[str, str]
    identifiers: Mapping[str, str]

    @classmethod
    def of(cls, clinic: Clinic, canary: str) -> Forbidden:
        """All secrets of the installation, and a patient who is known by these canaries."""
        identifiers = {"name": f"Bea {canary}bea", "birth date": "1911-02-03", "number": "MRN7702"}
        _register(clinic, *identifiers.values())
        return cls(_secrets(clinic), {**identifiers, "clinical text": canary})

    def in_answer(self, answer: Answer, *, theirs: bool) -> list[str]:
        """The names of what it tells and may not. ``theirs``: the caller is of the clinic."""
        silent = dict(self.secrets)
        if answer.status >= 400 or not theirs:
            silent |= self.identifiers
        return _among(silent, answer.whole)

    def in_log(self, text: str) -> list[str]:
        return _among({**self.secrets, **self.identifiers}, text)


def flaws(answer: Answer) -> list[str]:
    """What is wrong with an answer by itself, in words; an error must be a whole problem."""
    if answer.status >= 500:
        return [f"it is {answer.status}"]
    if answer.status < 400:
        return ["it holds a trace"] if "Traceback" in answer.text else []
    if answer.headers.get("content-type") != PROBLEM:
        return ["it is no problem document"]
    told = json.loads(answer.text)
    empty = [name for name in TOLD if not str(told.get(name, "")).strip()]
    inside = INSIDES.search(answer.whole)
    found = [f"it shows our insides: {inside[0]}"] if inside else []
    return found + [f"it lacks {name}" for name in empty]


class Heard(io.StringIO):
    """What was logged."""

    _known = 0

    def lately(self) -> str:
        """Since the last time, and a little before: a line may have been half written."""
        every = self.getvalue()
        since, self._known = max(0, self._known - 1_000), len(every)
        return every[since:]


@contextmanager
def listening() -> Iterator[Heard]:
    """All that the web process would write to its log, as it is configured to."""
    heard = Heard()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    handler.addFilter(_is_ours)
    root = logging.getLogger()
    before = root.level
    with redirect_stderr(heard):
        configure_logs("web")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


def _is_ours(record: logging.LogRecord) -> bool:
    """Our own lines, and what a process writes of others': warnings and worse."""
    return record.name.startswith("attending") or record.levelno >= logging.WARNING


def _register(clinic: Clinic, name: str, birth_date: str, number: str) -> None:
    by = clinic.person()
    identity = PatientIdentity("Patient/bea", name, birth_date, (("urn:mrn", number),))
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        register_patient(unit, clinic.installation.target, identity, by)


def _secrets(clinic: Clinic) -> dict[str, str]:
    """Each in every form in which it could be told."""
    found = {f"password of {name}": said for name, said in clinic.installation.secrets.items()}
    home = clinic.installation.home
    for path in sorted(home.rglob("*.key")):
        found |= _forms(path.name, path.read_bytes())
    for path in sorted(home.rglob("*.pem")):
        if "PRIVATE" in path.read_text():
            found[path.name] = path.read_text().splitlines()[1]
    assert len(found) > 20, sorted(found)
    return found


def _forms(name: str, key: bytes) -> dict[str, str]:
    return {
        f"{name} in hex": key.hex(),
        f"{name} in base64": base64.b64encode(key).decode().rstrip("="),
        f"{name} in base64url": base64.urlsafe_b64encode(key).decode().rstrip("="),
        f"{name} as it is": repr(key)[2:-1],
    }


def _among(silent: Mapping[str, str], text: str) -> list[str]:
    return [name for name, said in silent.items() if said in text]
