"""The whole set of pairs that the shipped judge learned from, in the order of learning.

Read are the training parts alone: ACI-Bench train (as transcribed by people, and by
recognisers), MTS-Dialog train, MEDEC, and of SciFact the claims about seven abstracts of
ten. ACI-Bench valid and every test part stay unread.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attending.lines.documentation.fidelity.claims import Turn
from attending.lines.documentation.fidelity.judge import LINKED, as_read
from attending.lines.documentation.fidelity.linking import Linker
from attending.lines.documentation.fidelity.premise import Premises, spoken, units
from attending.lines.documentation.fidelity.training.corruptions import CORRUPTIONS, heard_in
from attending.lines.documentation.fidelity.training.pairs import (
    Example,
    Label,
    between_sentences,
    of_medec,
    of_scifact,
    of_visits,
)
from attending.lines.documentation.fidelity.training.visits import Visit, aci_visits, mts_visits

ACI = "scribe/aci-bench/train.csv"
HEARD = ("scribe/aci-bench/train_aci_asrcorr.csv", "scribe/aci-bench/train_virtscribe_asr.csv")
MTS = "scribe/mts-dialog/MTS-Dialog-TrainingSet.csv"
MEDEC = "scribe/medec/MEDEC-MS-ValidationSet-with-GroundTruth-and-ErrorType.csv"
SCIFACT = ("nlp/retrieval/scifact_corpus.jsonl.gz", "nlp/retrieval/scifact_claims_train.jsonl")
FILES = (ACI, *HEARD, MTS, MEDEC, *SCIFACT)
_SCIFACT_TENTHS = 7
_QUOTES = 25  # a visit
_LONG_QUOTE = 6  # words, at least


@dataclass(frozen=True)
class Corpus:
    """``passes`` in the order of learning; ``digests`` of the files, by their names."""

    passes: tuple[tuple[Example, ...], ...]
    digests: dict[str, str]


def corpus(data: Path, seed: int) -> Corpus:
    """The same for the same files and seed. Raises OSError if a file is absent."""
    rng = random.Random(seed)  # noqa: S311 - a draw that repeats  # nosec B311
    passes = (
        _telling([*_first(data, rng), *_second(data, rng)]),
        _telling(_third(data, rng)),
    )
    digests = {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in FILES}
    return Corpus(passes, digests)


def _telling(examples: Sequence[Example]) -> tuple[Example, ...]:
    return tuple(each for each in examples if len(each.claim) > 2 and each.premise)  # noqa: PLR2004


def held_out(doc: str) -> bool:
    """Whether a SciFact abstract is kept for measuring."""
    return int(hashlib.sha256(doc.encode()).hexdigest(), 16) % 10 >= _SCIFACT_TENTHS


def _first(data: Path, rng: random.Random) -> list[Example]:
    """All that there is, once."""
    aci, mts = list(aci_visits(data / ACI)), list(mts_visits(data / MTS))
    heard = [visit for name in HEARD for visit in aci_visits(data / name)]
    found = [
        *of_visits(aci, rng),
        *of_visits(heard, rng, share=0.4),
        *of_visits(mts, rng),
        *between_sentences([*aci, *mts], rng, 0.3),
        *_quotes([*aci, *heard], rng),
        *_elsewhere(data),
    ]
    rng.shuffle(found)
    return found


def _second(data: Path, rng: random.Random) -> list[Example]:
    """Whole visits again, with other errors."""
    aci, mts = list(aci_visits(data / ACI)), list(mts_visits(data / MTS))
    heard = [visit for name in HEARD for visit in aci_visits(data / name)]
    found = [
        *of_visits(aci, rng, false=3),
        *of_visits(heard, rng, share=0.4),
        *of_visits(mts, rng, share=0.5),
        *_quotes(aci, rng),
        *_elsewhere(data),
    ]
    rng.shuffle(found)
    return found


def _third(data: Path, rng: random.Random) -> list[Example]:
    """Against the passages that the linker finds, as a claim is judged that is still open."""
    aci, mts = list(aci_visits(data / ACI)), list(mts_visits(data / MTS))
    heard = [visit for name in HEARD for visit in aci_visits(data / name)]
    found = [
        *of_visits(aci, rng, false=3, choosing=_Linked),
        *of_visits(heard, rng, share=0.4, choosing=_Linked),
        *of_visits(mts, rng, share=0.4, choosing=_Linked),
        *_elsewhere(data),
    ]
    rng.shuffle(found)
    return found


class _Linked:
    def __init__(self, turns: Sequence[Turn]) -> None:
        self._linker = Linker(turns)

    def of(self, claim: str) -> str:
        return as_read(self._linker.rank(claim, LINKED))


def _elsewhere(data: Path) -> Iterator[Example]:
    yield from of_medec(data / MEDEC)
    for doc, example in of_scifact((data / SCIFACT[0]).parent):
        if not held_out(doc):
            yield example


def _quotes(visits: Sequence[Visit], rng: random.Random) -> Iterator[Example]:
    """What was said, word for word, and with an error: so an extractive engine drafts."""
    for visit in visits:
        premises, heard = Premises(visit.turns), heard_in(turn.text for turn in visit.turns)
        said = [u.text for u in units(visit.turns) if u.words >= _LONG_QUOTE and u.text[-1] != "?"]
        for text in rng.sample(said, min(_QUOTES, len(said))):
            premise = premises.of(text)
            yield Example(text, premise, Label.SUPPORTED, "quote")
            made = [each(text, heard, rng) for each in CORRUPTIONS.values()]
            false = [each for each in made if each and each.lower() != text]
            if false:
                yield Example(spoken(rng.choice(false)), premise, Label.CONTRADICTED, "quote")
