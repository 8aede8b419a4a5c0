"""What the line is made of, as digests: for the registry, and for what is evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from attending.assurance.digests import files_digest
from attending.core.line import Digested, GuardContent
from attending.core.support import SupportModel
from attending.lines.documentation.fidelity.combined import JUDGED, LEXICAL, shipped

_LINE = Path(__file__).parent
# What evaluates, shows and fits says nothing of what is drafted or found.
_APART = frozenset({"evaluation", "panel", "fitting", "training", "__pycache__"})


@cache
def line_digest() -> str:
    """Of all that the line's code and files say, but what shows, fits and evaluates them."""
    files = [
        path
        for path in _LINE.rglob("*")
        if path.is_file() and not _APART & set(path.relative_to(_LINE).parts)
    ]
    return files_digest(_LINE, files)


def judge_digest(judge: SupportModel) -> str:
    """Of its weights, if it says so; else of its name and version."""
    if isinstance(judge, Digested):
        return judge.digest
    return hashlib.sha256(f"{judge.name}\0{judge.version}".encode()).hexdigest()


def guard_content(judge: SupportModel | None) -> GuardContent:
    """The checks as one: the line's files, and the judge that they ask, if there is one."""
    asked = judge_digest(judge) if judge else "no judge"
    digest = hashlib.sha256(f"{line_digest()}\0{asked}".encode()).hexdigest()
    named = {"name": judge.name, "version": judge.version, "digest": asked} if judge else {}
    told = {"judge": named} if judge else {}
    return GuardContent(digest, {**told, "training": _fitted(LEXICAL if judge is None else JUDGED)})


def _fitted(kind: str) -> Mapping[str, Any]:
    """What the weights of the combined score were fitted on, as a manifest tells it."""
    facts = shipped(kind).facts
    data = {
        "name": ", ".join(facts.get("files", ())),
        "digest": facts.get("digest", ""),
        "licence": facts.get("licence", ""),
    }
    command = "attending fit guard ../shared/data"
    return {"data": [data], "seed": facts.get("seed", ""), "command": command}
