"""Manifests: what is said of a version when it is registered, and what its digest is of."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from attending.core.errors import InvalidInput
from attending.core.registry import VersionKind

HERE = "attending"  # who registers what the package ships


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
