"""How often the check of omissions speaks on good notes, and how often it should but does not.

``python -m benchmarks.omission_rates ../shared/data/scribe/aci-bench/valid.csv``

Good notes are the reference notes of a set with the columns ``dialogue`` and ``note``. What is
left out is made by taking from a note every sentence that names a medicine, or a test or a
referral that its plan orders, one after another: the check should then name just that.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from attending.core.draft import Draft, Finding, Section, Statement, Text
from attending.core.speech import Role, Transcript, Utterance, Word
from attending.lines.documentation.checks.omissions import Omissions
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.omitted.concepts import REFERRALS, TESTS
from attending.lines.documentation.rendition import to_json
from attending.lines.documentation.soap import Part

_TURN = re.compile(r"\[(\w+)\]\s*(.*)")
_ROLES = {"doctor": Role.CLINICIAN, "patient": Role.PATIENT}
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_PLANNED = re.compile(r"\b(?:order|obtain|refer|schedule|repeat|recommend)\w*")
_SECONDS = 0.4  # a word


def main(files: list[str]) -> None:
    for file in files:
        with Path(file).open(encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        clean: Counter[str] = Counter()
        hits: Counter[tuple[str, bool]] = Counter()
        for row in rows:
            rendition = to_json(heard(row["dialogue"]))
            clean.update(each.severity.value for each in _found(rendition, row["note"]))
            for kind, name, rest in _shortened(row["dialogue"], row["note"]):
                told = [each.explanation.lower() for each in _found(rendition, rest)]
                hits[kind, any(one in each for each in told for one in name)] += 1
        print(f"{file}: {len(rows)} notes, {clean.total() / len(rows):.2f} findings a note")
        for kind in ("medicine", "test", "referral"):
            print(f"  {kind}: told {hits[kind, True]} of {hits[kind, True] + hits[kind, False]}")


def heard(dialogue: str) -> Transcript:
    """Of lines "[doctor] …"; one without a tag goes on with the speaker before it."""
    role, at = Role.UNKNOWN, 0.0
    utterances: list[Utterance] = []
    for line in filter(str.strip, dialogue.splitlines()):
        turn = _TURN.match(line)
        role = _ROLES.get(turn[1], Role.UNKNOWN) if turn else role
        spoken = re.sub(r" (n't\b|[,.?!;:])", r"\1", turn[2] if turn else line).split()
        times = [at + _SECONDS * index for index in range(len(spoken) + 1)]
        words = tuple(Word(w, t, t + 0.3, 0.95) for w, t in zip(spoken, times, strict=False))
        at = times[-1]
        if words:
            utterances.append(Utterance(f"u{len(utterances)}", role.value, role, words))
    return Transcript(tuple(utterances), at)


def _found(rendition: bytes, note: str) -> tuple[Finding, ...]:
    whole = Section(Part.HISTORY, "Note", (Statement("1", Text(note)),))
    return Omissions().examine(rendition, Draft("Note", (whole,)))


def _shortened(dialogue: str, note: str) -> Iterator[tuple[str, set[str], str]]:
    """Kind, names of what is gone, and the rest of the note."""
    kept = [each for each in _SENTENCE.split(note) if each.strip()]
    spoken = {m.drug: m.written for m in drugs_in(dialogue)}
    for drug, written in sorted(spoken.items()):
        named = [each for each in kept if drug in {m.drug for m in drugs_in(each)}]
        if named:
            names = {m.written for m in drugs_in(dialogue) if m.drug == drug}
            yield "medicine", names | {written}, "\n".join(e for e in kept if e not in named)
    planned = " ".join(each.lower() for each in kept if _PLANNED.search(each.lower()))
    for kind, table in (("test", TESTS), ("referral", REFERRALS)):
        for concept in table:
            if concept.form.search(planned) and concept.form.search(dialogue):
                rest = "\n".join(each for each in kept if not concept.broad.search(each))
                yield kind, {concept.name.lower()}, rest


if __name__ == "__main__":
    main(sys.argv[1:])
