"""What the review page shows of a case."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from attending.core.case import Case, CaseState, DecisionKind
from attending.core.draft import Section, Severity
from attending.core.entry import PatientIdentity
from attending.core.identity import Principal, Scope
from attending.core.ids import CaseId
from attending.core.pause import Pause, paused
from attending.core.ports import Unit
from attending.core.work import Progress, Release
from attending.web.access import Desk
from attending.web.console.budgets import DraftBudget, draft_budgets
from attending.web.console.bundled import asset
from attending.web.console.off_checks import OffCheck, off_checks
from attending.web.console.section_view import Jump, SectionView, jumps, sections_of
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
class Asked:
    """How the page was asked for.

    part: the note alone, to be put into a page that stands; since: the version that
    was on the screen before, if what happened after it is to be told.
    """

    typed: Typed = NOTHING
    part: bool = False
    since: int | None = None


@dataclass(frozen=True)
class News:
    """A decision that was made after the version that the reader had."""

    who: str
    kind: DecisionKind
    key: str
    title: str
    mine: bool


@dataclass(frozen=True)
class CasePage:
    """reader: whose page it is, opaque; it tells the page's script who logged in anew."""

    case: Case
    title: str
    reader: str
    patient: PatientIdentity
    panel: Markup
    panel_files: tuple[str, ...]  # addresses of the line's own script and style
    source: Progress
    sections: list[SectionView]
    news: list[News]
    releases: tuple[Release, ...]
    unseen: list[str]  # of the decided ones: by somebody else, or before an edit
    typed: Typed
    part: bool
    reviewing: bool
    signing: bool
    pause: Pause | None  # of its line, or of a model that it was made with
    off: tuple[OffCheck, ...]  # checks that were off when it, or an edit of it, was guarded
    budgets: tuple[DraftBudget, ...]  # under which checks read it, or an edit of it

    @property
    def moving(self) -> bool:
        """Whether it changes by itself, so that the page reloads."""
        return self.case.state in _MOVING

    @property
    def collides(self) -> bool:
        """Whether somebody edited the section while the reader typed an edit of it."""
        edited = {each.key for each in self.news if each.kind is DecisionKind.EDIT}
        return self.typed.kind is DecisionKind.EDIT and self.typed.section in edited

    @property
    def undecided(self) -> list[Section]:
        return [view.section for view in self.sections if view.decision is None]

    @property
    def decided(self) -> int:
        return len(self.sections) - len(self.undecided)

    @property
    def closed(self) -> int:
        """Statements with a serious warning that the reader has not opened."""
        return sum(view.closed for view in self.sections)

    @property
    def found(self) -> tuple[int, int]:
        """How many findings stand in the note: serious ones, and others."""
        said = [f for view in self.sections for f in self.case.said(view.section.key)]
        serious = sum(finding.severity is Severity.SERIOUS for finding in said)
        return serious, len(said) - serious

    @property
    def jumps(self) -> list[Jump]:
        return jumps(self.sections)

    @property
    def signable(self) -> bool:
        return self.reviewing and self.signing and not self.undecided and not self.unseen


def laid_out(
    desk: Desk, unit: Unit, seals: Seals, case_id: CaseId, by: Principal, asked: Asked
) -> CasePage:
    case = unit.cases.case(case_id)
    granted = desk.granted(by)
    sections = case.draft.sections if case.draft else ()
    return CasePage(
        case=case,
        title=case.draft.title if case.draft else "Draft",
        reader=f"{by.id}",
        patient=unit.people.patient(case.patient).identity,
        panel=Markup() if asked.part else _panel(desk, unit, case),
        panel_files=_panel_files(desk, case.line),
        source=unit.intake.progress(case.source),
        sections=sections_of(unit, seals, case, by.id),
        news=_news(unit, case, by, asked.since),
        releases=unit.signing.releases(case_id),
        unseen=[s.title for s in sections if case.decision(s.key) and not case.seen(s.key, by.id)],
        typed=asked.typed,
        part=asked.part,
        reviewing=case.state is CaseState.IN_REVIEW and Scope.REVIEW in granted,
        signing=Scope.SIGN in granted,
        pause=paused(unit.pauses.pauses(), case.line, case.models),
        off=off_checks(unit, unit.guards.off_for(case_id), desk.parts.loop.lines),
        budgets=tuple(draft_budgets(unit, unit.guards.budgets_for(case_id), desk.parts.loop.lines)),
    )


def _news(unit: Unit, case: Case, by: Principal, since: int | None) -> list[News]:
    """The last decision on each section that was decided after ``since``; none without it."""
    if since is None or case.draft is None:
        return []
    last = [(s, case.decision(s.key)) for s in case.draft.sections]
    return [
        News(
            who=unit.people.principal_by_id(made.by).name,
            kind=made.kind,
            key=section.key,
            title=section.title,
            mine=made.by == by.id,
        )
        for section, made in last
        if made is not None and made.version > since
    ]


def _panel(desk: Desk, unit: Unit, case: Case) -> Markup:
    """The line's own fragment, escaped there; empty while nothing is decoded."""
    run = unit.intake.run(case.source, "decode")
    if run is None or case.line not in desk.parts.loop.lines:
        return Markup()
    panel = desk.parts.loop.lines[case.line].panel
    content = f"/cases/{case.id}/recording"
    return Markup(panel.html(run.output, case, content))  # noqa: S704 - the line's own rendering, escaped there  # nosec B704


def _panel_files(desk: Desk, line: str) -> tuple[str, ...]:
    known = desk.parts.loop.lines.get(line)
    if known is None or known.panel.assets is None:
        return ()
    folder = known.panel.assets
    return tuple(
        asset(name, line, folder) for name in ("panel.css", "panel.js") if (folder / name).exists()
    )
