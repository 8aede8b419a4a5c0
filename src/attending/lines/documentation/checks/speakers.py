"""What only a clinician can ground: examination, assessment and plan, and any code."""

from __future__ import annotations

import re

from attending.core.draft import Action, Code, Draft, Finding, Severity
from attending.core.line import CheckCard
from attending.core.speech import Role
from attending.lines.documentation import cues
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.drugs import drugs_in
from attending.lines.documentation.quantities import doses_in
from attending.lines.documentation.soap import CLINICIAN_ONLY

_TELLING = re.compile(r"[^\W\d_]{4,}")


class WrongSpeaker:
    """SERIOUS: a finding, assessment, plan or code that rests on the patient's words alone.

    Beside a clinician's words it does so still where the dose is the patient's; and, unless
    the clinician says yes or no, where the medicine is, or where their words share nothing.
    CAUTION, once a section: one that rests on a speaker who could not be told apart.
    """

    name: str = "wrong-speaker"
    card: CheckCard = CheckCard(
        "Who said it",
        "whether findings, assessment and plan rest on a clinician's words, and not on the patient's alone.",
        (Severity.SERIOUS, Severity.CAUTION),
    )

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        cautioned: set[str] = set()
        for item in drafted(rendition, draft):
            roles = _roles(item)
            if not _clinicians(item) or not roles:
                continue
            if fault := _fault(item, roles):
                findings.append(item.finding(self.name, Severity.SERIOUS, fault + item.listen()))
            elif Role.CLINICIAN not in roles and item.section not in cautioned:
                cautioned.add(item.section)
                findings.append(item.finding(self.name, Severity.CAUTION, _UNKNOWN))
        return tuple(findings)


_PATIENT = "This rests on the patient's words alone, which cannot ground it. "
_UNKNOWN = "The speakers could not be told apart: check that this section is what you said."


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
    doses = {(dose.amount, dose.unit) for dose in doses_in(own)}
    for dose in doses_in(item.text):
        if (dose.amount, dose.unit) not in doses:
            return f"The dose “{dose.written}” is the patient's, not the clinician's. "
    if _assents(own):
        return ""
    named = {mention.drug for mention in drugs_in(item.said_by(Role.CLINICIAN))}
    for mention in drugs_in(item.text):
        if mention.drug not in named:
            return f"Only the patient named “{mention.written}”. "
    return "" if _shared(item.text, own) else _PATIENT


def _assents(own: str) -> bool:
    return cues.YES_NO.match(own.lower()) is not None


def _shared(text: str, own: str) -> bool:
    return bool(set(_TELLING.findall(text.lower())) & set(_TELLING.findall(own.lower())))
