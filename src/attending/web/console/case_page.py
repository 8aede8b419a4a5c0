"""What the review page shows of a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from attending.core.case import Case, CaseState, Decision, DecisionKind
from attending.core.draft import Finding, Section, Severity
from attending.core.entry import PatientIdentity
from attending.core.identity import Principal, Scope
from attending.core.ids import CaseId, PrincipalId
from attending.core.pause import Pause, paused
from attending.core.ports import Unit
from attending.core.work import Progress, Release
from attending.web.access import Desk
from attending.web.api.case_forms import worst_first
from attending.web.console.bundled import asset
from attending.web.console.shown import sealed
from attending.web.seals import Seals

_MOVING = (CaseState.DRAFTING, CaseState.SIGNED)


@dataclass(frozen=True)
class Typed:
    """What a clinician had typed into a form that could not be carried out."""

    section: str = ""
    text: str = ""
    reason: str = ""
    kind: DecisionKind | None = None


NOTHING = Typed()


@dataclass(frozen=True)
class FindingView:
    """``closed``: a serious warning that this clinician has not opened yet."""

    finding: Finding
    about: str
    closed: bool


@dataclass(frozen=True)
class SectionView:
    """A section as it stands; ``drafted`` is what it replaces, if it was edited."""

    section: Section
    drafted: Section | None
    decision: Decision | None
    decided_by: str
    findings: list[FindingView]
    seen: bool
    shown: str
    typed: Typed


@dataclass(frozen=True)
class CasePage:
    case: Case
    title: str
    patient: PatientIdentity
    panel: Markup
    panel_files: tuple[str, ...]  # addresses of the line's own script and style
    source: Progress
    sections: list[SectionView]
    releases: tuple[Release, ...]
    undecided: list[str]
    unseen: list[str]  # of the decided ones: by somebody else, or before an edit
    typed: Typed
    reviewing: bool
    signing: bool
    pause: Pause | None  # of its line, or of a model that it was made with

    @property
    def moving(self) -> bool:
        """Whether it changes by itself, so that the page reloads."""
        return self.case.state in _MOVING

    @property
    def signable(self) -> bool:
        return self.reviewing and self.signing and not self.undecided and not self.unseen


def laid_out(
    desk: Desk, unit: Unit, seals: Seals, case_id: CaseId, by: Principal, typed: Typed
) -> CasePage:
    case = unit.cases.case(case_id)
    granted = desk.granted(by)
    sections = case.draft.sections if case.draft else ()
    return CasePage(
        case=case,
        title=case.draft.title if case.draft else "Draft",
        patient=unit.people.patient(case.patient).identity,
        panel=_panel(desk, unit, case),
        panel_files=_panel_files(desk, case.line),
        source=unit.intake.progress(case.source),
        sections=[_section(unit, seals, case, drafted, by.id, typed) for drafted in sections],
        releases=unit.signing.releases(case_id),
        undecided=[s.title for s in sections if case.decision(s.key) is None],
        unseen=[s.title for s in sections if case.decision(s.key) and not case.seen(s.key, by.id)],
        typed=typed,
        reviewing=case.state is CaseState.IN_REVIEW and Scope.REVIEW in granted,
        signing=Scope.SIGN in granted,
        pause=paused(unit.pauses.pauses(), case.line, case.models),
    )


def _panel(desk: Desk, unit: Unit, case: Case) -> Markup:
    """The line's own fragment, escaped there; empty while nothing is decoded."""
    run = unit.intake.run(case.source, "decode")
    if run is None or case.line not in desk.parts.loop.lines:
        return Markup()
    panel = desk.parts.loop.lines[case.line].panel
    return Markup(panel.html(run.output, case))  # noqa: S704 - the line's own rendering, escaped there  # nosec B704


def _panel_files(desk: Desk, line: str) -> tuple[str, ...]:
    known = desk.parts.loop.lines.get(line)
    if known is None or known.panel.assets is None:
        return ()
    folder = known.panel.assets
    return tuple(
        asset(name, line, folder) for name in ("panel.css", "panel.js") if (folder / name).exists()
    )


def _section(
    unit: Unit, seals: Seals, case: Case, drafted: Section, reader: PrincipalId, typed: Typed
) -> SectionView:
    key, number = drafted.key, case.revision(drafted.key)
    made = case.decision(key)
    return SectionView(
        section=case.section(key),
        drafted=drafted if number else None,
        decision=made,
        decided_by=unit.people.principal_by_id(made.by).name if made else "",
        findings=list(_findings(case, key, reader)),
        seen=case.seen(key, reader),
        shown=sealed(seals, case.id, key, number, reader),
        typed=typed if typed.section == key else NOTHING,
    )


def _findings(case: Case, key: str, reader: PrincipalId) -> Iterable[FindingView]:
    texts = {s.id: s.text for s in case.proposal().section(key).statements}
    opened = case.opened(key, reader)
    for finding in worst_first(case, key):
        closed = finding.severity is Severity.SERIOUS and finding.statement not in opened
        yield FindingView(finding, texts.get(finding.statement, ""), closed)
