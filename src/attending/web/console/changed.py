"""What became of a draft under review, told section by section to whoever is to sign it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from attending.core.case import Case, DecisionKind
from attending.core.differences import Piece, differences, in_brief
from attending.core.draft import Section
from attending.core.ids import PrincipalId


@dataclass(frozen=True)
class Rejected:
    title: str
    reason: str
    by: str


@dataclass(frozen=True)
class Edited:
    """by: who wrote what stands there now; reason: of the last decision, if it has one."""

    title: str
    pieces: tuple[Piece, ...]
    by: str
    reason: str


@dataclass(frozen=True)
class Changes:
    """kept: titles of the sections that stand as the model drafted them."""

    edited: tuple[Edited, ...]
    rejected: tuple[Rejected, ...]
    kept: tuple[str, ...]


def authors(case: Case) -> frozenset[PrincipalId]:
    """Everybody whose words or rejections stand in a case."""
    return frozenset({d.by for d in case.decisions} | {r.by for r in case.revisions})


def changes(case: Case, names: Mapping[PrincipalId, str]) -> Changes:
    """names: of ``authors``; "" for whoever reads it, who needs no name."""
    rejected = dict(_rejected(case, names))
    sections = [s for s in case.proposal().sections if s.key not in rejected]
    edited = dict(_edited(case, sections, names))
    kept = tuple(s.title for s in sections if s.key not in edited)
    return Changes(tuple(edited.values()), tuple(rejected.values()), kept)


def _rejected(case: Case, names: Mapping[PrincipalId, str]) -> Iterator[tuple[str, Rejected]]:
    for section in case.proposal().sections:
        made = case.decision(section.key)
        if made is not None and made.kind is DecisionKind.REJECT:
            yield section.key, Rejected(section.title, made.reason, names[made.by])


def _edited(
    case: Case, sections: list[Section], names: Mapping[PrincipalId, str]
) -> Iterator[tuple[str, Edited]]:
    for drafted in sections:
        now = case.section(drafted.key)
        if now.text == drafted.text:
            continue
        number = case.revision(drafted.key)
        by = next(r.by for r in case.revisions if (r.section, r.number) == (drafted.key, number))
        pieces = in_brief(differences(drafted.text, now.text))
        made = case.decision(drafted.key)
        yield drafted.key, Edited(drafted.title, pieces, names[by], made.reason if made else "")
