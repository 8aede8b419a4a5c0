"""Small sets of our own in the formats of the public ones: a visit or two, a few errors."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

DIALOGUE = (
    "[doctor] hi martha how are you\n"
    "[patient] my left knee hurts since two weeks\n"
    "[doctor] any fever\n[patient] no fever at all\n"
    "[doctor] i will give you ibuprofen 400 milligrams twice a day"
)
OTHER = (
    "[doctor] what brings you in\n"
    "[patient] i had a cough for five days and i smoke\n"
    "[doctor] your lungs are clear , stop smoking"
)
SENTENCES = [
    "CHIEF COMPLAINT",
    "Left knee hurts since two weeks.",
    "No fever at all.",
    "PLAN",
    "I will give ibuprofen 400 milligrams twice a day.",
]
NOTE = "\n".join(SENTENCES)
OTHER_NOTE = "HISTORY OF PRESENT ILLNESS\nCough for five days.\nPLAN\nStop smoking."


def lines(path: Path, *records: dict[str, Any]) -> Path:
    """JSON lines."""
    text = "".join(json.dumps(record) + "\n" for record in records)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def table(path: Path, *records: dict[str, Any]) -> Path:
    """CSV, with the mark of byte order that some of the public files have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)
    return path


def visits(folder: Path, name: str = "valid.csv") -> Path:
    """Two visits as ACI-Bench has them, with who the patients were."""
    table(
        folder / f"{Path(name).stem}_metadata.csv",
        {"encounter_id": "V1", "patient_gender": "female ", "patient_age": "58"},
        {"encounter_id": "V2", "patient_gender": "male", "patient_age": "9-month"},
    )
    return table(
        folder / name,
        {"encounter_id": "V1", "dialogue": DIALOGUE, "note": NOTE},
        {"encounter_id": "V2", "dialogue": OTHER, "note": OTHER_NOTE},
    )


def seeded(folder: Path, source: str = "valid.csv") -> Path:
    """A note with three errors, its dialogue not yet beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "errors-dev.json"
    errors = [
        {"type": "laterality", "index": 1, "original": SENTENCES[1],
         "seeded": "Right knee hurts since two weeks."},
        {"type": "fabricated", "index": 3, "original": None,
         "seeded": "Colonoscopy showed hyperplastic polyps."},
        {"type": "negation", "index": 2, "original": SENTENCES[2], "seeded": "Fever at all."},
    ]  # fmt: skip
    note = {"encounter_id": "V1", "source": source, "sentences": SENTENCES, "errors": errors}
    path.write_text(json.dumps([note]))
    return path


def claims(folder: Path) -> Path:
    """Claims as nlp/support has them, with their dialogues."""
    lines(
        folder / "dialogues.jsonl",
        {"encounter": "V1", "dialogue": DIALOGUE},
        {"encounter": "D2N001", "dialogue": OTHER},
    )
    return lines(
        folder / "claims_dev.jsonl",
        *(
            {"encounter": visit, "claim": claim, "label": label, "kind": kind, "original": None}
            for visit, claim, label, kind in (
                ("V1", "Her left knee hurts.", "supported", "supported"),
                ("V1", "Ibuprofen 400 milligrams twice a day.", "supported", "supported"),
                ("V1", "Colonoscopy showed hyperplastic polyps.", "unsupported", "other_patient"),
                ("V1", "She has fever.", "unsupported", "polarity"),
                ("D2N001", "Cough for five days.", "supported", "supported"),
                ("D2N001", "Warfarin was started.", "unsupported", "other_patient"),
            )
        ),
    )


def science(folder: Path) -> Path:
    """Claims and abstracts as SciFact has them."""
    lines(
        folder / "corpus.jsonl.gz",
        {"id": "7", "title": "t", "sentences": ["Zinc shortens colds.", "It was well tolerated."]},
    )
    return lines(
        folder / "science_train.jsonl",
        {"id": "1", "claim": "Zinc shortens colds.", "cited": ["7"],
         "evidence": [{"doc": "7", "label": "SUPPORT", "sentences": [0]}]},
        {"id": "2", "claim": "Zinc prolongs sneezing.", "cited": ["7"],
         "evidence": [{"doc": "7", "label": "CONTRADICT", "sentences": [0, 1]}]},
        {"id": "3", "claim": "Unknown.", "cited": ["7"], "evidence": []},
    )  # fmt: skip


def summaries(folder: Path) -> Path:
    """Summaries as MTS-Dialog has them, with manual scores; the invented ones are long."""
    kinds = [("Knee pain.", 0), ("Knee pain and a colonoscopy with polyps and warfarin.", 0.5)]
    table(
        folder / "manual.csv",
        *({"HallucinationRate": rate, "OmissionRate": 0.1} for _ in range(6) for _, rate in kinds),
    )
    return table(
        folder / "summaries-valid.csv",
        *(
            {"ID": n, "Dialogue": f"Doctor: Where?\nPatient: My knee, knee pain, {n} days.",
             "Automatic Summary": text}
            for n in range(6)
            for text, _ in kinds
        ),
    )  # fmt: skip


_GRID = """File type = "ooTextFile"
Object class = "TextGrid"

item []:
    item [1]:
        intervals [1]:
            xmin = {start}
            xmax = 9.5
            text = "{text}"
        intervals [2]:
            xmin = 10
            xmax = 11
            text = ""
"""


def recordings(folder: Path) -> Path:
    """A visit as PriMock57 has it, and a recogniser's text of it that lost a word."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "doctor": (0.5, "Any <UNSURE>fever</UNSURE>? Is it the left knee?".replace('""', '""')),
        "patient": (3.25, "No fever. My left knee hurts for 3 days."),
    }
    for who, (start, text) in said.items():
        path = folder / f"day1_consultation01_{who}.TextGrid"
        path.write_text(_GRID.format(start=start, text=text))
    note = {"note": "Left knee hurts for 3 days.\nNo fever.\n\nImp: sprain\n"}
    (folder / "day1_consultation01.json").write_text(json.dumps(note))
    heard = folder.parent / "hypotheses" / "tiny-whisper"
    heard.mkdir(parents=True, exist_ok=True)
    text = "Any fever? No. My knee hurts for 3 days."
    (heard / "day1_consultation01_conversation_transcript.txt").write_text(text)
    return folder
