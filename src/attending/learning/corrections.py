"""Corrections as a dataset: what was drafted beside what was signed, where consent allows.

Until identifiers are tokenised the lines hold clinical text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attending.core.draft import ALIKE, Finding, Statement, likeness
from attending.core.learned import ReviewedNote, ReviewedSection
from attending.learning.outcomes import is_acted_on, model_of

FORMAT = "attending.corrections/1"


@dataclass(frozen=True)
class Corrections:
    """lines: JSON, one a statement. manifest: what they are, without a word of them."""

    lines: bytes
    manifest: bytes


@dataclass(frozen=True)
class Chosen:
    """Notes whose patients agree to training now; how many were left out, and why."""

    notes: tuple[ReviewedNote, ...]
    without_consent: int
    withdrawn: int
    retracted: int


def chosen(notes: Iterable[ReviewedNote]) -> Chosen:
    """A note that was retracted teaches nothing: nobody stands by it."""
    kept: list[ReviewedNote] = []
    never = refused = retracted = 0
    for note in notes:
        never += note.consent is None
        refused += note.consent is not None and not note.consent.granted
        if note.consent is not None and note.consent.granted:
            retracted += note.retracted
            if not note.retracted:
                kept.append(note)
    return Chosen(tuple(kept), never, refused, retracted)


def corrections(choice: Chosen, made_at: datetime) -> Corrections:
    """The same notes give the same lines, and the same digest."""
    records = [record for note in choice.notes for record in _of_note(note)]
    lines = b"".join(_line(record) for record in records)
    outcomes = [record["outcome"] for record in records]
    manifest = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "digest": f"sha256:{hashlib.sha256(lines).hexdigest()}",
        "notes": len(choice.notes),
        "statements": len(records),
        "outcomes": {each: outcomes.count(each) for each in sorted(set(outcomes))},
        "models": sorted({model_of(note) for note in choice.notes}),
        "signed_from": min((n.signed_at for n in choice.notes), default=made_at).isoformat(),
        "signed_to": max((n.signed_at for n in choice.notes), default=made_at).isoformat(),
        "consents": {
            "purpose": "training",
            "asked_at": made_at.isoformat(),
            "patients": len({note.patient for note in choice.notes}),
            "left_out": {
                "never_asked": choice.without_consent,
                "refused_or_withdrawn": choice.withdrawn,
                "retracted_notes": choice.retracted,
            },
        },
        "tokenised": False,
    }
    return Corrections(lines, json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")


def _of_note(note: ReviewedNote) -> Iterator[dict[str, Any]]:
    for section in note.sections:
        for drafted, signed in pairs(section):
            yield _record(note, section, drafted, signed)


def pairs(
    section: ReviewedSection,
) -> Iterator[tuple[Statement | None, Statement | None]]:
    """Each drafted statement with what became of it, then those that were added."""
    kept = {each.id for each in section.signed}
    added = [each for each in section.signed if each not in section.drafted]
    for drafted in section.drafted:
        if drafted.id in kept:
            yield drafted, drafted
            continue
        edited = max(added, key=lambda each: likeness(drafted, each), default=None)
        if edited is not None and likeness(drafted, edited) >= ALIKE:
            added.remove(edited)
            yield drafted, edited
        else:
            yield drafted, None
    for each in added:
        yield None, each


def _record(
    note: ReviewedNote,
    section: ReviewedSection,
    drafted: Statement | None,
    signed: Statement | None,
) -> dict[str, Any]:
    own = [f for f in section.findings if drafted is not None and f.statement == drafted.id]
    return {
        "encounter_id": str(note.case),
        "section": section.key,
        "claim": drafted.text if drafted else None,
        "signed": signed.text if signed else None,
        "outcome": _outcome(drafted, signed),
        "decision": str(section.kind),
        "reason": section.reason,
        "passages": [_quote(span) for span in (drafted.evidence if drafted else ())],
        "findings": [_finding(section, finding) for finding in own],
        "model": model_of(note),
        "signed_at": note.signed_at.isoformat(),
    }


def _outcome(drafted: Statement | None, signed: Statement | None) -> str:
    if drafted is None:
        return "added"
    if signed is None:
        return "struck"
    return "kept" if signed == drafted else "edited"


def _finding(section: ReviewedSection, finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "severity": str(finding.severity),
        "quote": finding.quote,
        "became": "acted_on" if is_acted_on(section, finding) else "overruled",
    }


def _quote(span: object) -> str:
    return str(getattr(span, "quote", ""))


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, sort_keys=True).encode() + b"\n"
