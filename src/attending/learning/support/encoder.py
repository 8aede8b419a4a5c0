"""The judge's network: a small BERT that reads a claim and a premise together.

The encoder is that of MiniLM-L6 (Wang et al. 2020; Reimers and Gurevych 2019): 6 layers,
width 384, 12 heads. Two things are added: a mark on each token that says whether the same
token stands on the other side, and a head over the first token and the means of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 384
LAYERS = 6
HEADS = 12
INNER = 1536
VOCABULARY = 30_522
LONGEST = 512
FIRST_WORD = 999  # ids below it are special and unused ones
LABELS = 3
_EPS = 1e-12


class Layer(nn.Module):
    """One transformer layer, normalised after each part, as in BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.joined = nn.Linear(WIDTH, WIDTH)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm1, self.norm2 = (nn.LayerNorm(WIDTH, eps=_EPS) for _ in range(2))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (
            part(hidden).unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + mask
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).flatten(-2)
        hidden = self.norm1(hidden + self.joined(mixed))
        inner = functional.gelu(self.inner(hidden))
        return self.norm2(hidden + self.outer(inner))


class Judge(nn.Module):
    """ids and sides, both (batch, tokens), to three logits in the order of ``Label``."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Embedding(LONGEST, WIDTH)
        self.sides = nn.Embedding(2, WIDTH)
        self.shared = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.dense = nn.Linear(3 * WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, LABELS)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.shared.weight, std=0.02)

    def forward(self, ids: Tensor, sides: Tensor) -> Tensor:
        """ids: 0 is padding. sides: 0 the claim (and padding), 1 the premise."""
        places = torch.arange(ids.shape[1], device=ids.device)
        hidden = self.words(ids) + self.places(places) + self.sides(sides)
        hidden = self.norm(hidden + self.shared(_shared(ids, sides)))
        mask = (ids == 0).to(hidden.dtype)[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, mask)
        claim = ((ids > FIRST_WORD) & (sides == 0)).to(hidden.dtype)
        premise = ((ids > FIRST_WORD) & (sides == 1)).to(hidden.dtype)
        means = [hidden[:, 0], _mean(hidden, claim), _mean(hidden, premise)]
        return self.head(self.dropout(torch.tanh(self.dense(torch.cat(means, -1)))))


def _shared(ids: Tensor, sides: Tensor) -> Tensor:
    """1 for a word that stands on the other side too."""
    same = (ids[:, :, None] == ids[:, None, :]) & (sides[:, :, None] != sides[:, None, :])
    return (same.any(-1) & (ids > FIRST_WORD)).to(ids.dtype)


def _mean(hidden: Tensor, weights: Tensor) -> Tensor:
    return (hidden * weights[:, :, None]).sum(1) / weights.sum(1, keepdim=True).clamp(min=1)


_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "joined",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "norm2",
}


def from_minilm(weights: Mapping[str, Tensor]) -> Judge:
    """A judge that begins as the encoder whose weights (Hugging Face names) are given."""
    judge = Judge()
    own: dict[str, Tensor] = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "places.weight": weights["embeddings.position_embeddings.weight"],
        "sides.weight": weights["embeddings.token_type_embeddings.weight"],
        "norm.weight": weights["embeddings.LayerNorm.weight"],
        "norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    for index in range(LAYERS):
        for theirs, ours in _NAMES.items():
            for part in ("weight", "bias"):
                own[f"layers.{index}.{ours}.{part}"] = weights[
                    f"encoder.layer.{index}.{theirs}.{part}"
                ]
    judge.load_state_dict(own, strict=False)
    return judge
