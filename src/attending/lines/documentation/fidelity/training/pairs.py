"""Pairs of a claim and a premise, each with what a judge should say of them."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.premise import Premises, spoken, stems
from attending.lines.documentation.fidelity.training.corruptions import (
    CORRUPTIONS,
    Heard,
    heard_in,
)
from attending.lines.documentation.fidelity.training.visits import Visit


class Label(IntEnum):
    """The order of a judge's answers."""

    SUPPORTED = 0
    UNSUPPORTED = 1
    CONTRADICTED = 2


@dataclass(frozen=True)
class Example:
    claim: str
    premise: str
    label: Label
    kind: str  # "true", a corruption's name, "stranger", "spliced", "scifact", "medec"


# A detail that nobody said is no contradiction, but another than was said is one.
_UNSUPPORTED_KINDS = frozenset({"drug", "finding", "condition", "stranger", "spliced"})
_WEIGHTS = {"polarity": 3.0, "drug said": 2.0, "number said": 1.5, "sex": 0.4, "place": 0.7}
_ALIKE = 40  # sentences of others among which the most fitting stranger is chosen


class Choosing(Protocol):
    """Chooses of one conversation what a claim is judged against."""

    def of(self, claim: str) -> str: ...


def of_visits(
    visits: Sequence[Visit],
    rng: random.Random,
    *,
    share: float = 1.0,
    false: int = 2,
    choosing: Callable[[Sequence[Turn]], Choosing] = Premises,
) -> Iterator[Example]:
    """Every sentence as it stands, and ``false`` times with an error."""
    strangers = [(visit.id, text) for visit in visits for text in visit.sentences]
    for visit in visits:
        if not visit.turns:
            continue
        premises = choosing(visit.turns)
        heard = heard_in(turn.text for turn in visit.turns)
        for sentence in visit.sentences:
            if rng.random() < share:
                yield _example(premises, sentence, Label.SUPPORTED, "true")
                yield from _false(visit, sentence, heard, premises, strangers, rng, false)


def _false(
    visit: Visit,
    sentence: str,
    heard: Heard,
    premises: Choosing,
    strangers: Sequence[tuple[str, str]],
    rng: random.Random,
    count: int,
) -> Iterator[Example]:
    made = {
        kind: text
        for kind, corrupt in CORRUPTIONS.items()
        if (text := corrupt(sentence, heard, rng)) and text.lower() != sentence.lower()
    }
    made["stranger"] = _stranger(visit, strangers, rng)
    if spliced := _spliced(sentence, strangers, rng):
        made["spliced"] = spliced
    for _ in range(min(count, len(made))):
        kind = rng.choices(list(made), [_WEIGHTS.get(kind, 1.0) for kind in made])[0]
        label = Label.UNSUPPORTED if kind in _UNSUPPORTED_KINDS else Label.CONTRADICTED
        yield _example(premises, made.pop(kind), label, kind)


def _stranger(visit: Visit, strangers: Sequence[tuple[str, str]], rng: random.Random) -> str:
    """Of a few sentences of other visits, the one that fits this visit best."""
    said = stems(" ".join(turn.text for turn in visit.turns))
    others = [text for other, text in rng.sample(strangers, _ALIKE) if other != visit.id]
    return max(others, key=lambda text: (len(stems(text) & said), text))


def _spliced(sentence: str, strangers: Sequence[tuple[str, str]], rng: random.Random) -> str | None:
    """The sentence with an end that belongs to another's."""
    words, other = sentence.split(), rng.choice(strangers)[1].split()
    if len(words) < _LONG or len(other) < _LONG:
        return None
    return " ".join(words[: len(words) // 2] + other[len(other) // 2 :])


_LONG = 8  # words


def _example(premises: Choosing, claim: str, label: Label, kind: str) -> Example:
    return Example(spoken(claim), premises.of(claim), label, kind)


def between_sentences(
    visits: Sequence[Visit], rng: random.Random, share: float
) -> Iterator[Example]:
    """Short pairs within a note: a true sentence among others is the premise itself."""
    for visit in visits:
        heard = heard_in(turn.text for turn in visit.turns)
        for index, sentence in enumerate(visit.sentences):
            if rng.random() > share:
                continue
            near = list(visit.sentences[max(0, index - 1) : index + 2])
            rng.shuffle(near)
            premise = spoken(" ".join(near))
            yield Example(spoken(sentence), premise, Label.SUPPORTED, "true")
            for kind in rng.sample(list(CORRUPTIONS), 6):
                text = CORRUPTIONS[kind](sentence, heard, rng)
                if text and text.lower() != sentence.lower():
                    yield Example(spoken(text), premise, Label.CONTRADICTED, kind)
                    break


def of_scifact(folder: Path) -> Iterator[tuple[str, Example]]:
    """Claims beside their evidence, each with the abstract's id, by which sets are split."""
    abstracts = {}
    with gzip.open(folder / "scifact_corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            abstracts[str(row["id"])] = row["sentences"]
    for line in (folder / "scifact_claims_train.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for evidence in row["evidence"]:
            sentences = abstracts[str(evidence["doc"])]
            premise = " ".join(sentences[index] for index in evidence["sentences"])
            supported = evidence["label"] == "SUPPORT"
            label = Label.SUPPORTED if supported else Label.CONTRADICTED
            yield evidence["doc"], Example(spoken(row["claim"]), spoken(premise), label, "scifact")


def of_medec(file: Path) -> Iterator[Example]:
    """Texts with one medical error, beside the sentence as it should be: both ways."""
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            wrong, right = row["Error Sentence"], row["Corrected Sentence"]
            if row["Error Flag"] == "1" and wrong and right:
                near, false = spoken(right), spoken(wrong)
                yield Example(near, near, Label.SUPPORTED, "medec")
                yield Example(false, near, Label.CONTRADICTED, "medec")
                yield Example(near, false, Label.CONTRADICTED, "medec")
