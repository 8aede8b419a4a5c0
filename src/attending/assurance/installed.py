"""What an installation runs, as the registry would know it: engines and check sets by content."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from attending.assurance.manifest import Manifest
from attending.assurance.result import Subject
from attending.core.errors import Misconfigured
from attending.core.line import Digested, DraftingEngine, GuardContent, Guarded, Line
from attending.core.registry import VersionKind

LICENCE = "Apache-2.0"  # of what the package ships itself


def engine_digest(engine: DraftingEngine) -> str:
    """Of its weights or files, if it says so; else of the code of its package."""
    return engine.digest if isinstance(engine, Digested) else code_digest(type(engine))


def code_digest(made: type) -> str:
    """Of every Python file of the package in which something is defined."""
    source = inspect.getsourcefile(made)
    if source is None:
        raise Misconfigured(f"The code of {made.__name__} is not there to be registered.")
    return _folder_digest(Path(source).parent)


@lru_cache(maxsize=64)
def _folder_digest(folder: Path) -> str:
    lines = sorted(
        f"{path.relative_to(folder).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in folder.rglob("*.py")
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def installed(lines: Iterable[Line]) -> tuple[Manifest, ...]:
    """What the lines bring: their engines, and their checks as one set."""
    return tuple(made for line in lines for made in _of_line(line))


def _of_line(line: Line) -> tuple[Manifest, ...]:
    engines = tuple(engine_manifest(line, engine) for engine in line.engines)
    return (*engines, checks_manifest(line)) if line.checks else engines


def engine_manifest(line: Line, engine: DraftingEngine) -> Manifest:
    model, digest = engine.model, engine_digest(engine)
    use = (inspect.getdoc(type(engine)) or "").partition("\n\n")[0].replace("\n", " ")
    told = {"prompt": model.prompt_version} if model.prompt_version else {}
    return _made(
        VersionKind.MODEL,
        Subject(model.name, model.version, digest),
        line=line.name,
        intended_use=f"Drafts for the line “{line.title}”. {use}".strip(),
        limits="A clinician reviews and signs every draft; nothing is written otherwise.",
        **told,
    )


def checks_manifest(line: Line) -> Manifest:
    """All checks of a line as one version; its number is the beginning of its digest."""
    names = [check.name for check in line.checks]
    content = _guard(line)
    digest = hashlib.sha256("\n".join([content.digest, *names]).encode()).hexdigest()
    return _made(
        VersionKind.CHECKS,
        Subject(f"{line.name}-checks", digest[:12], digest),
        line=line.name,
        checks=names,
        intended_use=f"Guards drafts of the line “{line.title}” before a clinician reads them.",
        limits="A check finds what it was made for. No finding is no proof.",
        **content.told,
    )


def _guard(line: Line) -> GuardContent:
    """As the line says; else of the code of its checks."""
    if isinstance(line, Guarded):
        return line.guard
    return GuardContent("\n".join(sorted({code_digest(type(check)) for check in line.checks})))


def _made(kind: VersionKind, subject: Subject, **told: object) -> Manifest:
    said = {"kind": str(kind), **subject.document(), "licence": LICENCE, **told}
    return Manifest(kind, subject.name, subject.version, subject.digest, told=said)
