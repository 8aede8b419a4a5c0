"""Asks an ONNX encoder whether a passage carries a claim."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from attending.core.errors import EngineFailed, Misconfigured
from attending.core.support import Pair, Verdict

_FOLDER = Path(__file__).parent
_AT_ONCE = 16  # pairs in one run: they are padded to the longest of them
_TOKENS = 224


class OnnxSupport:
    """A ``SupportModel``. ``version`` is the manifest's; ``digest`` the network's SHA-256, in hex."""

    name: str
    version: str
    digest: str

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """folder: judge.onnx, tokenizer.json and manifest.json. Raises Misconfigured."""
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            network = (folder / "judge.onnx").read_bytes()
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except (OSError, ValueError) as error:
            raise Misconfigured(
                "The judge of support cannot be read.",
                remedy="Install the package again, or name another folder in the settings.",
            ) from error
        digest = hashlib.sha256(network).hexdigest()
        if digest != manifest["digest"]:
            raise Misconfigured(
                "The judge of support is not the one that its manifest describes.",
                remedy="Install the package again, or train the judge again.",
            )
        self.name, self.version, self.digest = manifest["name"], manifest["version"], digest
        self._tokenizer.enable_truncation(_TOKENS, strategy="longest_first")
        self._tokenizer.no_padding()
        self._session = onnxruntime.InferenceSession(network, _options(threads))

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        """Pairs of like length are run together; answers come in the order of the pairs."""
        read = self._tokenizer.encode_batch([(pair.claim, pair.passage) for pair in pairs])
        by_length = sorted(range(len(read)), key=lambda index: len(read[index].ids))
        verdicts: dict[int, Verdict] = {}
        for start in range(0, len(by_length), _AT_ONCE):
            batch = by_length[start : start + _AT_ONCE]
            rows = self._run([(read[i].ids, read[i].type_ids) for i in batch])
            verdicts.update(zip(batch, (_verdict(row) for row in rows), strict=True))
        return tuple(verdicts[index] for index in range(len(pairs)))

    def _run(self, read: Sequence[tuple[list[int], list[int]]]) -> list[list[float]]:
        longest = max(len(ids) for ids, _ in read)
        ids = np.zeros((len(read), longest), dtype=np.int64)
        sides = np.zeros_like(ids)
        for row, (tokens, side) in enumerate(read):
            ids[row, : len(tokens)], sides[row, : len(side)] = tokens, side
        try:
            answers = self._session.run(None, {"ids": ids, "sides": sides})[0]
        except Exception as error:  # ONNX Runtime's errors share no class of their own
            raise EngineFailed("The judge of support gave no answer.") from error
        return [[float(each) for each in row] for row in answers]


def shipped(threads: int = 1) -> OnnxSupport:
    """The judge that comes with the package. Raises Misconfigured."""
    return OnnxSupport(_FOLDER, threads)


def _verdict(row: list[float]) -> Verdict:
    supported, unsupported, contradicted = row
    return Verdict(supported, unsupported, contradicted)


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return options
