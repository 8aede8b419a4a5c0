"""Export: the trained judge as an ONNX file with weights of eight bits."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from attending.learning.support.encoder import Judge


class _Answering(torch.nn.Module):
    """The judge as it is asked: probabilities instead of logits."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self.judge = judge

    def forward(self, ids: torch.Tensor, sides: torch.Tensor) -> torch.Tensor:
        return self.judge(ids, sides).softmax(-1)


def export(judge: Judge, file: Path) -> None:
    """Write ``file``: inputs ``ids`` and ``sides`` (batch, tokens), output ``answers`` (batch, 3)."""
    ids = torch.tensor([[101, 2023, 102, 2023, 2003, 102], [101, 2023, 102, 2003, 102, 0]])
    sides = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0]])
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            _Answering(judge.eval()),
            (ids, sides),
            str(whole),
            input_names=["ids", "sides"],
            output_names=["answers"],
            dynamic_axes={"ids": axes, "sides": axes, "answers": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(whole, file, weight_type=QuantType.QInt8, per_channel=True)
