"""Training of the judge: batches of like length, AdamW, bfloat16 where the CPU has it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from attending.learning.support.encoder import Judge, from_minilm

TOKENS = 224  # of a claim and its premise together; what is longer loses its end
Batch = tuple[Tensor, Tensor, Tensor]  # ids, sides, labels
_POOL = 64  # batches that are sorted by length together


@dataclass(frozen=True)
class Recipe:
    """How a judge was trained: the same recipe, pairs and seed give the same judge.

    head: seeds the first weights of its head; torch's own first seed, as in a new process.
    """

    seed: int = 20261121
    head: int = 67280421310721
    batch: int = 32
    rates: tuple[float, ...] = (1e-4, 6e-5)  # of each pass
    warmup: float = 0.06  # share of the steps
    decay: float = 0.01
    smoothing: float = 0.05
    threads: int = 1  # more would sum in another order


@dataclass(frozen=True)
class Sample:
    """A claim, a premise, and the index of the right answer."""

    claim: str
    premise: str
    label: int


def tokenizer_of(folder: Path) -> Tokenizer:
    """The encoder's own tokenizer; pairs are cut at their premise's end."""
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.enable_truncation(TOKENS, strategy="longest_first")
    made.no_padding()
    return made


def train(
    passes: Sequence[Sequence[Sample]],
    base: Path,
    recipe: Recipe,
    report: Callable[[int, int, float], None],
) -> Judge:
    """Once over the samples of each pass, in the order given but for the sorting by length.

    base: folder with model.safetensors and tokenizer.json of MiniLM-L6. report: step and steps
    of a pass, and the loss of late.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.head)
    judge = from_minilm(load_file(base / "model.safetensors"))
    judge.words.requires_grad_(requires_grad=False)  # few words of medicine are seen often enough
    tokenizer = tokenizer_of(base)
    for number, (samples, rate) in enumerate(zip(passes, recipe.rates, strict=True)):
        torch.manual_seed(recipe.seed + number)
        learn(judge, list(_batches(samples, tokenizer, recipe)), rate, recipe, report)
    judge.eval()
    return judge


def learn(
    judge: Judge,
    batches: Sequence[Batch],
    rate: float,
    recipe: Recipe,
    report: Callable[[int, int, float], None],
) -> None:
    """One pass: ``judge`` is changed. rate: the highest learning rate, after the warm-up."""
    learned = [each for each in judge.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=rate, weight_decay=recipe.decay, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _share(step, len(batches), recipe.warmup)
    )
    loss_of = nn.CrossEntropyLoss(label_smoothing=recipe.smoothing)
    judge.train()
    late = 0.0
    for step, (ids, sides, labels) in enumerate(batches, start=1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = judge(ids, sides)
        loss = loss_of(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        now = float(loss.detach())
        late = now if step == 1 else 0.98 * late + 0.02 * now
        report(step, len(batches), late)


def _share(step: int, steps: int, warmup: float) -> float:
    """Rises over the warm-up, then falls to nothing, both in a straight line."""
    rising = max(1, int(steps * warmup))
    return min((step + 1) / rising, max(0.0, (steps - step) / max(1, steps - rising)))


def _batches(samples: Sequence[Sample], tokenizer: Tokenizer, recipe: Recipe) -> Iterator[Batch]:
    order = random.Random(recipe.seed)  # noqa: S311 - a shuffle that repeats  # nosec B311
    pool = recipe.batch * _POOL
    for start in range(0, len(samples), pool):
        part = samples[start : start + pool]
        read = tokenizer.encode_batch([(each.claim, each.premise) for each in part])
        by_length = sorted(range(len(part)), key=lambda index: len(read[index].ids))
        cut = [by_length[i : i + recipe.batch] for i in range(0, len(part), recipe.batch)]
        order.shuffle(cut)
        for batch in cut:
            yield (
                *padded([(read[i].ids, read[i].type_ids) for i in batch]),
                torch.tensor([part[i].label for i in batch]),
            )


def padded(read: Sequence[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor]:
    """Ids and sides as rectangles, filled up with 0."""
    longest = max(len(ids) for ids, _ in read)
    ids = torch.tensor([each + [0] * (longest - len(each)) for each, _ in read])
    sides = torch.tensor([each + [0] * (longest - len(each)) for _, each in read])
    return ids, sides
