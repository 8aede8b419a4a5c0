"""What each signal finds of each kind of seeded error, and on how many clean sentences.

python -m benchmarks.guard.signals ../shared/data/scribe [--test1] [--show KIND] [--clean NAME]
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import Claim, ClaimedNote, Signal, Turn
from attending.lines.documentation.fidelity.signals import SIGNALS

FIRES = 0.5
_SPEAKERS = {"doctor": Role.CLINICIAN, "patient": Role.PATIENT, "patient_guest": Role.PATIENT}


def turns(dialogue: str) -> tuple[Turn, ...]:
    """A conversation in ACI-Bench's form: "[doctor] …" at the start of each turn."""
    found: list[Turn] = []
    role = Role.UNKNOWN
    for line in dialogue.splitlines():
        text = line.strip()
        if text.startswith("[") and "]" in text:
            tag, _, text = text[1:].partition("]")
            role = _SPEAKERS.get(tag.strip().lower(), Role.UNKNOWN)
        if text.strip():
            found.append(Turn(len(found), role, text.strip()))
    return tuple(found)


def dialogues(folder: Path, *names: str) -> dict[str, tuple[Turn, ...]]:
    found: dict[str, tuple[Turn, ...]] = {}
    for name in names:
        with (folder / name).open(newline="", encoding="utf-8") as file:
            found |= {row["encounter_id"]: turns(row["dialogue"]) for row in csv.DictReader(file)}
    return found


def claims(sentences: list[str]) -> tuple[Claim, ...]:
    return tuple(Claim(str(index), "", text) for index, text in enumerate(sentences))


def found_in(note: ClaimedNote) -> dict[str, dict[str, Signal]]:
    """By claim, by signal."""
    found: dict[str, dict[str, Signal]] = defaultdict(dict)
    for check in SIGNALS:
        for claim, signal in check.signals(note).items():
            found[claim][check.name] = signal
    return found


def seeded(note: Mapping[str, Any], error: Mapping[str, Any]) -> tuple[list[str], int]:
    sentences = list(note["sentences"])
    if error["original"] is None:
        at = error["index"] + 1
        return [*sentences[:at], error["seeded"], *sentences[at:]], at
    sentences[error["index"]] = error["seeded"]
    return sentences, error["index"]


def fires(signals: Mapping[str, Signal]) -> list[str]:
    return [name for name, signal in signals.items() if signal.strength > FIRES]


def measure(notes: list[dict[str, Any]], talks: Mapping[str, tuple[Turn, ...]], args: Any) -> None:
    total, sentences = 0, 0
    clean: Counter[str] = Counter()
    caught: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: Counter[str] = Counter()
    spent = 0.0
    for note in notes:
        talk = talks[note["encounter_id"]]
        start = time.process_time()
        signals = found_in(ClaimedNote(claims(note["sentences"]), talk))
        spent = max(spent, time.process_time() - start)
        sentences += len(note["sentences"])
        for claim, found in signals.items():
            names = fires(found)
            total += bool(names)
            clean.update(names)
            for name in names:
                if args.clean in (name, "all"):
                    text = note["sentences"][int(claim)]
                    print(
                        f"CLEAN {note['encounter_id']} {name} {found[name].strength:.2f} | {text}"
                        f" | {found[name].explanation} | {found[name].quote}"
                    )
        for error in (
            e for e in note["errors"] if not args.only or e["type"] in args.only.split(",")
        ):
            texts, at = seeded(note, error)
            found = found_in(ClaimedNote(claims(texts), talk)).get(str(at), {})
            kind, names = error["type"], fires(found)
            kinds[kind] += 1
            caught[kind].update([*names, *(["any"] if names else [])])
            if args.show == kind and (args.hits or not names):
                weak = {name: round(signal.strength, 2) for name, signal in found.items()}
                print(
                    f"{'HIT ' if names else 'MISS'} {note['encounter_id']} {error['seeded']} | {weak}"
                )
    print(
        f"clean sentences flagged: {total}/{sentences} = {total / sentences:.3f}; longest note {spent:.2f} s"
    )
    print("   by signal: " + ", ".join(f"{n} {c / sentences:.4f}" for n, c in clean.most_common()))
    every = sum(kinds.values())
    print(f"recall, all: {sum(c['any'] for c in caught.values()) / every:.3f} of {every}")
    for kind, number in kinds.most_common():
        shares = ", ".join(f"{n} {c / number:.2f}" for n, c in caught[kind].most_common())
        print(f"   {kind:12s} {number:4d}  {shares}")


def supports(folder: Path) -> Iterator[tuple[str, str, str, tuple[Turn, ...]]]:
    """Claims of nlp/support: kind, encounter, text, talk."""
    lines = (folder / "aci_dialogues_dev.jsonl").read_text(encoding="utf-8").splitlines()
    talks = {row["encounter"]: turns(row["dialogue"]) for row in map(json.loads, lines)}
    for line in (folder / "aci_claims_dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["kind"], row["encounter"], row["claim"], talks[row["encounter"]]


def measure_support(folder: Path, args: Any) -> None:
    kinds: Counter[str] = Counter()
    caught: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, encounter, text, talk in supports(folder):
        found = found_in(ClaimedNote((Claim("0", "", text),), talk)).get("0", {})
        kinds[kind] += 1
        names = fires(found)
        caught[kind].update([*names, *(["any"] if names else [])])
        if args.show == "s:" + kind and (args.hits or not names):
            weak = {name: round(signal.strength, 2) for name, signal in found.items()}
            print(f"{'HIT ' if names else 'MISS'} {encounter} {text} | {weak}")
    for kind, number in kinds.most_common():
        shares = ", ".join(f"{n} {c / number:.2f}" for n, c in caught[kind].most_common())
        print(f"   support {kind:12s} {number:4d}  {shares}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--test1", action="store_true")
    parser.add_argument("--show", default="")
    parser.add_argument("--hits", action="store_true")
    parser.add_argument("--clean", default="")
    parser.add_argument("--support", type=Path)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    aci = args.folder / "aci-bench"
    if args.test1:
        notes = json.loads((args.folder / "seeded-errors/test1.json").read_text(encoding="utf-8"))
        talks = dialogues(aci, "clinicalnlp_taskB_test1.csv")
    else:
        notes = json.loads(
            (args.folder / "seeded-errors/dev-train-valid.json").read_text(encoding="utf-8")
        )
        talks = dialogues(aci, "train.csv", "valid.csv")
    measure(notes, talks, args)
    if args.support:
        measure_support(args.support, args)


if __name__ == "__main__":
    main()
