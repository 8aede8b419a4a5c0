"""What only a clinician can ground: examination, assessment and plan, and any code."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from attending.core.draft import Action, Code, Draft, Finding, Severity, Text
from attending.core.line import CheckCard
from attending.core.speech import Role, Transcript
from attending.lines.documentation import cues
from attending.lines.documentation.checks.examined import WAS_SAID, Examined, drafted, place_of
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.fidelity.carried import Talk
from attending.lines.documentation.fidelity.claims import Passage
from attending.lines.documentation.labels import is_label
from attending.lines.documentation.quantities import doses_in, numbers_in
from attending.lines.documentation.rendition import from_json
from attending.lines.documentation.soap import CLINICIAN_ONLY

MANY = 3  # statements of a section with the same fault, which are told as one
_TELLING = re.compile(r"[^\W\d_]{4,}")


class WrongSpeaker:
    """SERIOUS: a finding, assessment, plan or code that rests on the patient's words alone.

    Beside a clinician's words it does so still where the dose is the patient's; and, unless
    the clinician says yes or no, where the medicine is, or where their words share nothing.
    Many of a section are one finding, at the first of them: the speakers may be mixed up.
    INFO: the patient's words are cited, but a clinician told it elsewhere.
    CAUTION, once a section: one that rests on a speaker who could not be told apart.
    """

    name: str = "wrong-speaker"
    card: CheckCard = CheckCard(
        "Who said it",
        "whether findings, assessment and plan rest on a clinician's words, and not on the patient's alone.",
        (Severity.SERIOUS, Severity.CAUTION, Severity.INFO),
        asks=WAS_SAID,
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        heard = from_json(rendition)
        talk = Talk(heard)
        sections: dict[str, list[Examined]] = defaultdict(list)
        for item in drafted(rendition, draft):
            if _clinicians(item) and _roles(item) and not is_label(item.text):
                sections[item.section].append(item)
        return tuple(
            finding for items in sections.values() for finding in self._section(items, talk, heard)
        )

    def _section(
        self, items: Sequence[Examined], talk: Talk, heard: Transcript
    ) -> Iterator[Finding]:
        faulty: list[tuple[Examined, str]] = []
        unknown: list[Examined] = []
        for item in items:
            fault = _fault(item, _roles(item))
            told = _told(item, talk) if fault else None
            if told and not _cites(item, told):
                why = (
                    f"The clinician spoke of this{place_of(told, heard)}; another source is cited."
                )
                yield item.finding(self.name, Severity.INFO, why)
            elif fault and not told:
                faulty.append((item, fault))
            elif Role.CLINICIAN not in _roles(item):
                unknown.append(item)
        yield from self._serious(faulty)
        yield from (item.finding(self.name, Severity.CAUTION, _UNKNOWN) for item in unknown[:1])

    def _serious(self, faulty: Sequence[tuple[Examined, str]]) -> Iterator[Finding]:
        """Each for itself; but many that rest on the patient's words alone are one."""
        alone = [item for item, fault in faulty if fault == _PATIENT]
        together = alone if len(alone) >= MANY else []
        if together:
            yield together[0].finding(self.name, Severity.SERIOUS, _mixed_up(together))
        for item, fault in faulty:
            if item not in together:
                yield item.finding(self.name, Severity.SERIOUS, fault + item.listen())


_PATIENT = "This rests on the patient's words alone, which cannot ground it. "
_UNKNOWN = "The speakers could not be told apart: check that this section is what you said."


def _mixed_up(items: Sequence[Examined]) -> str:
    others = ", ".join(str(item.place) for item in items[1:])
    return (
        f"This and statements {others} of this section rest on words that were taken for the "
        f"patient's alone. Were they yours? The speakers may be mixed up. {items[0].listen()}"
    )


def _clinicians(item: Examined) -> bool:
    """Whether only a clinician can say it, by its section or by what it is."""
    return item.section in CLINICIAN_ONLY or isinstance(item.statement.body, Code | Action)


def _roles(item: Examined) -> frozenset[Role]:
    cited = (item.utterances.get(span.utterance or "") for span in item.spans)
    return frozenset(utterance.role for utterance in cited if utterance is not None)


def _fault(item: Examined, roles: frozenset[Role]) -> str:
    if roles == {Role.PATIENT}:
        return _PATIENT
    if roles != {Role.PATIENT, Role.CLINICIAN}:
        return ""
    own = item.source_of(Role.CLINICIAN)
    if dose := _strange_dose(item.text, own):
        return f"The dose “{dose}” is the patient's, not the clinician's. "
    if _assents(own):
        return ""
    if drug := _strange_drug(item.text, item.said_by(Role.CLINICIAN)):
        return f"Only the patient named “{drug}”. "
    return "" if _shared(item.text, own) else _PATIENT


def _told(item: Examined, talk: Talk) -> Passage | None:
    """Where a clinician told it, with each of its numbers, doses and medicines."""
    passage = talk.told_by_clinician(item.text) if isinstance(item.statement.body, Text) else None
    if passage is None or numbers_in(item.text) - numbers_in(passage.text):
        return None
    strange = _strange_dose(item.text, passage.text) or _strange_drug(item.text, passage.text)
    return None if strange else passage


def _cites(item: Examined, passage: Passage) -> bool:
    cited = {span.utterance for span in item.spans}
    return any(turn.utterance in cited for turn in passage.turns)


def _strange_dose(text: str, own: str) -> str:
    said = {(dose.amount, dose.unit) for dose in doses_in(own)}
    return next((d.written for d in doses_in(text) if (d.amount, d.unit) not in said), "")


def _strange_drug(text: str, own: str) -> str:
    named = {mention.drug for mention in drugs_in(own)}
    return next((m.written for m in drugs_in(text) if m.drug not in named), "")


def _assents(own: str) -> bool:
    return cues.YES_NO.match(own.lower()) is not None


def _shared(text: str, own: str) -> bool:
    return bool(set(_TELLING.findall(text.lower())) & set(_TELLING.findall(own.lower())))
