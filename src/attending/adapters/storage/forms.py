"""JSON forms of the language's plain data, for what is stored as one sealed document."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from attending.core.draft import Draft, Statement
from attending.core.entry import EntryPayload, PatientIdentity
from attending.core.identity import Proof


@dataclass(frozen=True)
class FindingText:
    """The part of a finding that is clinical text."""

    explanation: str
    quote: str


drafts: TypeAdapter[Draft] = TypeAdapter(Draft)
statements: TypeAdapter[tuple[Statement, ...]] = TypeAdapter(tuple[Statement, ...])
finding_texts: TypeAdapter[FindingText] = TypeAdapter(FindingText)
identities: TypeAdapter[PatientIdentity] = TypeAdapter(PatientIdentity)
payloads: TypeAdapter[EntryPayload] = TypeAdapter(EntryPayload)
proofs: TypeAdapter[Proof] = TypeAdapter(Proof)
words: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
