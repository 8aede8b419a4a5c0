"""Manifests: what is said of a version when it is registered, and what its digest is of."""

from __future__ import annotations

import hashlib
import inspect
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from attending.core.errors import InvalidInput, Misconfigured
from attending.core.line import Digested, DraftingEngine, Line
from attending.core.registry import VersionKind
from attending.core.support import SupportModel

HERE = "attending"  # who registers what the package ships
LICENCE = "Apache-2.0"  # of what the package ships itself
_DIGEST = r"^[0-9a-f]{64}$"


@dataclass(frozen=True)
class Manifest:
    """What is registered. told: the whole manifest, from which the card is made."""

    kind: VersionKind
    name: str
    version: str
    digest: str
    trained_by: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


class DataForm(BaseModel):
    """A set of data. digest: SHA-256 of its content."""

    model_config = ConfigDict(extra="allow")
    name: str
    digest: str = ""
    licence: str = ""


class TrainingForm(BaseModel):
    model_config = ConfigDict(extra="allow")
    data: list[DataForm] = []
    seed: int | str = ""
    command: str = ""
    by: str = ""


class ManifestForm(BaseModel):
    """A manifest as it is written: JSON or TOML. What it says besides stands on the card, too.

    file: of the weights, beside the manifest; its SHA-256 is the digest.
    """

    model_config = ConfigDict(extra="allow")
    kind: VersionKind = VersionKind.MODEL
    name: str
    version: str
    digest: str = ""
    file: str = ""
    licence: str = ""
    intended_use: str
    limits: str | list[str]
    base: DataForm | None = None
    training: TrainingForm | None = None


def read_manifest(path: Path) -> Manifest:
    """Raises InvalidInput for a manifest that is incomplete, or whose file is another."""
    try:
        content = path.read_text(encoding="utf-8")
        told = tomllib.loads(content) if path.suffix == ".toml" else json.loads(content)
        form = ManifestForm.model_validate(told)
    except (OSError, ValueError, ValidationError) as error:
        raise InvalidInput(
            f"{path.name} is no manifest of a version{_where(error)}.",
            remedy="docs/operations/models.md shows what a manifest holds.",
        ) from error
    digest = _digest_of(form, path.parent)
    by = form.training.by if form.training else ""
    told = json.loads(json.dumps({**told, "digest": digest}, default=str))
    return Manifest(form.kind, form.name, form.version, digest, by, told)


def _where(error: Exception) -> str:
    """Which fields are missing or wrong."""
    if not isinstance(error, ValidationError):
        return ""
    return ": " + ", ".join(".".join(map(str, each["loc"])) for each in error.errors())


def _digest_of(form: ManifestForm, folder: Path) -> str:
    if not form.file:
        if len(form.digest) != 64 or set(form.digest) - set("0123456789abcdef"):  # noqa: PLR2004
            raise InvalidInput("The manifest names neither a digest (SHA-256) nor a file.")
        return form.digest
    try:
        found = hashlib.sha256((folder / form.file).read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidInput(f"The file {form.file} that the manifest names is not there.") from error
    if form.digest and form.digest != found:
        raise InvalidInput(f"The file {form.file} is not the one whose digest the manifest names.")
    return found


def engine_digest(engine: DraftingEngine) -> str:
    """Of its weights, if it says so; else of the code of its package."""
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


def shipped(lines: Iterable[Line]) -> tuple[Manifest, ...]:
    """What the lines bring: their engines, and their checks as one set."""
    return tuple(made for line in lines for made in _of_line(line))


def _of_line(line: Line) -> tuple[Manifest, ...]:
    engines = tuple(engine_manifest(line, engine) for engine in line.engines)
    return (*engines, checks_manifest(line)) if line.checks else engines


def engine_manifest(line: Line, engine: DraftingEngine) -> Manifest:
    model, digest = engine.model, engine_digest(engine)
    use = (inspect.getdoc(type(engine)) or "").partition("\n\n")[0].replace("\n", " ")
    return _made(
        VersionKind.MODEL,
        model.name,
        model.version,
        digest,
        line=line.name,
        intended_use=f"Drafts for the line “{line.title}”. {use}".strip(),
        limits="A clinician reviews and signs every draft; nothing is written otherwise.",
    )


def checks_manifest(line: Line) -> Manifest:
    """All checks of a line as one version; its number is the beginning of its digest."""
    digests = sorted({code_digest(type(check)) for check in line.checks})
    names = [check.name for check in line.checks]
    digest = hashlib.sha256("\n".join([*digests, *names]).encode()).hexdigest()
    return _made(
        VersionKind.CHECKS,
        f"{line.name}-checks",
        digest[:12],
        digest,
        line=line.name,
        checks=names,
        intended_use=f"Guards drafts of the line “{line.title}” before a clinician reads them.",
        limits="A check finds what it was made for. No finding is no proof.",
    )


def support_manifest(model: SupportModel, digest: str) -> Manifest:
    """Of a judge of support that comes without a manifest of its own."""
    return _made(
        VersionKind.MODEL,
        model.name,
        model.version,
        digest,
        intended_use="Judges whether what was said carries a claim of a note.",
        limits="It judges one claim against one passage; it knows nothing of medicine beyond.",
    )


def _made(kind: VersionKind, name: str, version: str, digest: str, **told: object) -> Manifest:
    said = {
        "kind": str(kind),
        "name": name,
        "version": version,
        "digest": digest,
        "licence": LICENCE,
        **told,
    }
    return Manifest(kind, name, version, digest, told=said)
