"""What only a clinician can ground: examination, assessment and plan."""

from __future__ import annotations

from attending.core.draft import Draft, Finding, Severity
from attending.core.speech import Role
from attending.lines.documentation.checks.examined import Examined, drafted
from attending.lines.documentation.soap import CLINICIAN_ONLY


class WrongSpeaker:
    """SERIOUS: a finding, assessment or plan that rests on the patient's words alone.

    CAUTION, once a section: one that rests on a speaker who could not be told apart.
    """

    name: str = "wrong-speaker"

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        cautioned: set[str] = set()
        for item in drafted(rendition, draft):
            roles = _roles(item)
            if item.section not in CLINICIAN_ONLY or not roles or Role.CLINICIAN in roles:
                continue
            if roles == {Role.PATIENT}:
                findings.append(item.finding(self.name, Severity.SERIOUS, _PATIENT + item.listen()))
            elif item.section not in cautioned:
                cautioned.add(item.section)
                findings.append(item.finding(self.name, Severity.CAUTION, _UNKNOWN))
        return tuple(findings)


_PATIENT = "This rests on the patient's words alone, which cannot ground it. "
_UNKNOWN = "The speakers could not be told apart: check that this section is what you said."


def _roles(item: Examined) -> frozenset[Role]:
    cited = (item.utterances.get(span.utterance or "") for span in item.spans)
    return frozenset(utterance.role for utterance in cited if utterance is not None)
