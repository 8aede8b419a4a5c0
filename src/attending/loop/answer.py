"""A drafting run's output as it is kept: the model's own words, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from attending.core.draft import Draft, Finding
from attending.core.line import Drafted


@dataclass(frozen=True)
class Answer:
    raw: str
    draft: Draft
    findings: tuple[Finding, ...] = ()  # what the engine itself said of its draft


answers: TypeAdapter[Answer] = TypeAdapter(Answer)


def kept(drafted: Drafted) -> bytes:
    raw = drafted.raw.decode("utf-8", "replace")
    return answers.dump_json(Answer(raw, drafted.draft.as_proposed(), drafted.findings))
