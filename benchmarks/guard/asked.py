"""What the table asks: each number, where it is measured, against what, and with which goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SEEDED = "scribe/seeded-errors/test1.json"
SEEDED_DEV = "scribe/seeded-errors/dev-train-valid.json"
SUMMARIES = "scribe/mts-dialog/MTS-Dialog-Automatic-Summaries-ValidationSet.csv"
PUBLISHED = "scribe/aci-bench/published-outputs-test1"
RECORDINGS = "scribe/primock57"
CLAIMS = "nlp/support"
SCIENCE = "nlp/retrieval"
NEGATION = "nlp/negation"
PHRASES = "benchmarks/guard/vitals_phrasings.jsonl"  # in this repository
WHISPER = "groq-whisper-large-v3-turbo"


@dataclass(frozen=True)
class Goal:
    """low: it is the interval's lower bound that has to reach it."""

    at: Literal["at least", "at most", "above"]
    value: float
    low: bool = False

    def met(self, value: float, low: float) -> bool:
        told = low if self.low else value
        if self.at == "at most":
            return told <= self.value
        return told > self.value if self.at == "above" else told >= self.value

    def __str__(self) -> str:
        sign = {"at least": "≥", "at most": "≤", "above": ">"}[self.at]
        return f"{'lower bound ' if self.low else ''}{sign} {self.value:g}"


@dataclass(frozen=True)
class Asked:
    """One number of the table. known: the best that was known before, as the issue has it.

    peers: other subjects, or ("") other measures of the same result, shown beside it.
    """

    what: str
    task: str
    dataset: str
    measure: str
    goal: Goal | None = None
    known: str = ""
    peers: tuple[tuple[str, str, str], ...] = ()  # (its name, subject, measure)


def _lexical(measure: str) -> tuple[tuple[str, str, str], ...]:
    return (("lexical", "lexical", measure),)


# The checks that find anything in notes as people write them.
_MET = (
    "fidelity", "wrong-speaker", "missing-evidence", "unheard-number", "unheard-drug",
    "misheard-drug", "full-section", "omission",
)  # fmt: skip


def _seeded(dataset: str) -> tuple[Asked, ...]:
    own = _GOALS if dataset == SEEDED else {}
    told = {
        "recall-at-5": "Seeded errors: recall at ≤ 5 % flagged clean sentences",
        "recall-at-5/negation": "the same, negation",
        "recall-at-10/drug_in": "Seeded errors, confused drug: recall at ≤ 10 %",
        "recall-at-10/drug": "Seeded errors, a drug that nobody named: recall at ≤ 10 %",
        "recall-at-5/drug_in": "the same, confused drug",
        "recall-at-5/drug": "the same, a drug that nobody named",
        "recall-at-5/number": "the same, a number that nobody said",
        "recall-at-5/number_in": "the same, a number of something else",
        "recall-at-5/unit": "the same, unit",
        "recall-at-5/laterality": "the same, laterality",
        "recall-at-5/sex": "the same, sex",
        "recall-at-5/kin": "the same, kinship",
        "recall-at-5/action": "the same, start and stop",
        "recall-at-5/fabricated": "the same, another patient's sentence",
        "recall": "Seeded errors: recall at the shipped threshold",
        "flag-rate": "Clean sentences flagged at the shipped threshold",
        "findings-per-clean-note": "Findings per clean reference note",
        "all-findings-per-clean-note": "the same, all checks",
        "to-open-per-clean-note": "the same, all checks, to be opened",
        **{f"all-findings-per-clean-note/{check}": f"the same, {check}" for check in _MET},
        "ece": "Expected calibration error of the doubt",
        "auroc": "Wrong sentences against clean ones: AUROC",
    }
    return tuple(
        Asked(what, "guard", dataset, measure, *own.get(measure, (None, "")), _lexical(measure))
        for measure, what in told.items()
    )


_GOALS: dict[str, tuple[Goal | None, str]] = {
    "recall-at-5": (Goal("at least", 0.85), "0.50-0.55"),
    "recall-at-5/negation": (Goal("at least", 0.75), "0.48"),
    "recall-at-10/drug_in": (Goal("at least", 0.80), "0.46"),
    "findings-per-clean-note": (Goal("at most", 2), "1.3-6.2"),
}

_LENGTH = ("length alone", "", "auroc-length-cross-validated")

ASKED: tuple[Asked, ...] = (
    *_seeded(SEEDED),
    *_seeded(SEEDED_DEV),
    Asked("Seeded errors: recall at ≤ 5 %, visits that nothing was fitted on", "guard", SEEDED_DEV,
          "recall-at-5/source:valid.csv"),
    Asked("Real hallucinations: AUROC, cross-validated", "guard", SUMMARIES,
          "auroc-cross-validated", Goal("at least", 0.80), "0.69 length, 0.68 lexical",
          (_LENGTH, ("lexical", "lexical", "auroc-doubts-cross-validated"))),
    Asked("The gain over length alone, paired", "guard", SUMMARIES, "gain-over-length",
          Goal("above", 0, low=True)),
    Asked("Real hallucinations: AUROC of the highest doubt, nothing fitted", "guard", SUMMARIES,
          "auroc", None, "", (("length alone", "", "auroc-length"),
                              ("lexical", "lexical", "auroc"))),
    Asked("Real hallucinations: AUROC of what nothing in the talk accounts for, nothing fitted",
          "guard", SUMMARIES, "auroc/unsaid", None, "",
          (("length alone", "guard", "auroc-length"),)),
    Asked("Support: AUROC", "support", CLAIMS, "auroc", Goal("at least", 0.92), "0.802",
          _lexical("auroc")),
    Asked("Support, polarity flips alone: AUROC", "support", CLAIMS, "auroc/polarity",
          Goal("at least", 0.85), "0.57", _lexical("auroc/polarity")),
    Asked("Support, visits of the valid part alone: AUROC", "support", CLAIMS,
          "auroc/valid-only", None, "", _lexical("auroc/valid-only")),
    Asked("Support, polarity flips of the valid part alone: AUROC", "support", CLAIMS,
          "auroc/polarity/valid-only", None, "", _lexical("auroc/polarity/valid-only")),
    Asked("SciFact, support against contradiction: AUROC", "support", SCIENCE, "auroc",
          Goal("at least", 0.80), "0.67", _lexical("auroc")),
    Asked("Evidence, ten dialogues joined: the right one first", "evidence", CLAIMS,
          "right-first", Goal("at least", 0.88), "0.77", _lexical("right-first")),
    Asked("Evidence, ten dialogues joined: the right one in the first three", "evidence", CLAIMS,
          "right-in-3", Goal("at least", 0.95), "0.87", _lexical("right-in-3")),
    Asked("Negation: F1", "negation", NEGATION, "negation-f1", Goal("at least", 0.95),
          "medspaCy 0.914"),
    Asked("Temporality: F1 of what is past", "negation", NEGATION, "temporality-f1",
          Goal("at least", 0.80), "medspaCy 0.66"),
    Asked("Temporality: macro-F1 of all classes", "negation", NEGATION, "temporality-macro-f1"),
    Asked("Implausible and misheard vitals: recall", "guard", PHRASES, "recall",
          Goal("at least", 0.95)),
    Asked("Implausible and misheard vitals: false flags", "guard", PHRASES, "flag-rate",
          Goal("at most", 0.02)),
    Asked("Recogniser's text for people's: clean sentences flagged in addition", "guard",
          RECORDINGS, f"flag-rate-added/{WHISPER}", Goal("at most", 0.05)),
    Asked("Recogniser's text for people's: recall lost at the shipped threshold", "guard",
          RECORDINGS, f"recall-lost/{WHISPER}", Goal("at most", 0.05)),
    Asked("Recogniser's text for people's: recall lost at ≤ 5 %", "guard",
          RECORDINGS, f"recall-at-5-lost/{WHISPER}", Goal("at most", 0.05)),
    *(
        Asked(f"Published notes, {system}: share of sentences flagged", "guard", PUBLISHED,
              f"flagged/{system}", None, known, _lexical(f"flagged/{system}"))
        for system, known in (
            ("ChatGPT", "0.005"), ("GPT-4", "0.062"), ("BART-SAMSum-division", "0.082"),
            ("wrong-patient", "0.222"), ("LED-division", "0.378"), ("reference", ""),
        )
    ),
    Asked("Notes beside another patient's talk: told as a whole", "guard", PUBLISHED,
          "foreign/wrong-patient"),
    Asked("Reference notes beside their own talk: told as a whole", "guard", PUBLISHED,
          "foreign/reference"),
)  # fmt: skip

# From the least to the most flagged: the order that is to be kept.
ORDER = ("ChatGPT", "GPT-4", "BART-SAMSum-division", "wrong-patient", "LED-division")
