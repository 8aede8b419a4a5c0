"""The review page: the source beside the draft, and a decision on each section.

A page that stands asks for the note alone (``HX-Request``), and puts it in place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Form, Header, Query
from fastapi.responses import JSONResponse, Response

from attending.core.case import DecisionKind
from attending.core.errors import AttendingError, Conflict, InvalidInput, NotSeen
from attending.core.identity import Principal
from attending.core.ids import CaseId
from attending.core.ports import Unit
from attending.loop import review
from attending.loop.recheck import Checked
from attending.web.api.checking import check
from attending.web.api.desk import seals_of
from attending.web.api.types import Ask, Name, Passage, Reason, Token, Version
from attending.web.console.case_page import NOTHING, Asked, Typed, laid_out
from attending.web.console.pages import page_router, see_other
from attending.web.console.shown import opened
from attending.web.console.visit import Reader, Reviewer, Visit
from attending.web.problems import problem_of
from attending.web.seals import Seals

router = page_router("/cases/{case}")
Part = Annotated[bool, Header(alias="hx-request")]
# The version that stood on the page before: what was decided after it is told.
Since = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


class SeenForm(Ask):
    csrf: str
    shown: Token


class WarningForm(SeenForm):
    statement: Name


class CheckForm(SeenForm):
    text: Passage


class DecisionForm(SeenForm):
    """``section`` only says where to show again what was typed; ``shown`` decides."""

    version: Version
    section: Name
    kind: DecisionKind
    reason: Reason = ""
    text: Passage = ""

    @property
    def typed(self) -> Typed:
        return Typed(self.section, self.text, self.reason, self.kind)


class CaseVersionForm(Ask):
    csrf: str
    version: Version


class RejectionForm(CaseVersionForm):
    reason: Reason = ""


class Post:
    """A form of this page on its way: whose it is, and how its answer is shown."""

    def __init__(
        self,
        case: CaseId,
        visit: Reviewer,
        seals: Annotated[Seals, Depends(seals_of)],
        part: Part = False,
    ) -> None:
        self.case, self.visit, self.seals, self.part = case, visit, seals, part

    def done(
        self,
        work: Callable[[Unit, Principal], str],
        typed: Typed = NOTHING,
        since: int | None = None,
    ) -> Response:
        """``tried``, of work that is one transaction."""
        return self.tried(lambda: self.visit.desk.write(work), typed, since)

    def tried(
        self, work: Callable[[], str], typed: Typed = NOTHING, since: int | None = None
    ) -> Response:
        """Back to the case, at the section that the work names; or the note as it is then.

        What cannot be done is said on the case as it stands now, with what was typed
        and what happened since the version that the form carried.
        """
        try:
            section = work()
        except (Conflict, NotSeen, InvalidInput) as error:
            asked = Asked(typed, self.part, since)
            return _page(self.case, self.visit, self.seals, asked, error)
        if self.part:
            return _page(self.case, self.visit, self.seals, Asked(part=True))
        return see_other(f"/cases/{self.case}{f'#section-{section}' if section else ''}")

    def checked(self, form: CheckForm | DecisionForm) -> Checked:
        """By the guard, of the section that was shown. Raises NotSeen, Conflict."""
        shown = self.visit.desk.read(
            lambda _unit, by: opened(self.seals, form.shown, self.case, by.id)
        )
        return check(self.visit.desk, self.case, shown.section, form.text)

    def see(self, form: SeenForm, statement: str | None) -> Response:
        """That what was shown was read, or a warning in it opened."""

        def saw(unit: Unit, by: Principal) -> str:
            shown = opened(self.seals, form.shown, self.case, by.id)
            review.see(unit, self.case, shown.section, shown.revision, statement, by)
            return shown.section

        return self.done(saw)


Posted = Annotated[Post, Depends()]


@router.get("")
def show_case(
    case: CaseId,
    visit: Reader,
    seals: Annotated[Seals, Depends(seals_of)],
    part: Part = False,
    since: Since = None,
) -> Response:
    """Showing is no view yet: a decision or an opened warning brings the proof back."""
    return _page(case, visit, seals, Asked(part=part, since=since))


@router.get("/version")
def show_version(case: CaseId, visit: Reader) -> Response:
    """For a page that stands, to know whether it still shows the case as it is."""
    head = visit.desk.read(lambda unit, _by: unit.cases.head(case))
    return JSONResponse({"version": head.version, "state": head.state})


@router.post("/views")
def saw(form: Annotated[SeenForm, Form()], post: Posted) -> Response:
    return post.see(form, None)


@router.post("/warnings")
def open_warning(form: Annotated[WarningForm, Form()], post: Posted) -> Response:
    return post.see(form, form.statement)


@router.post("/decisions")
def decide(form: Annotated[DecisionForm, Form()], post: Posted) -> Response:
    """On the section as it was shown; then on to the next one that waits.

    After an edit that the guard warns of, its own section is shown again.
    """

    def decided(unit: Unit, by: Principal, checked: Checked | None) -> str:
        shown = opened(post.seals, form.shown, post.case, by.id)
        review.see(unit, post.case, shown.section, shown.revision, None, by)
        choice = review.Choice(
            shown.section, shown.revision, form.kind, form.reason, form.text, checked
        )
        after = review.decide(unit, post.case, form.version, choice, by)
        if not after.seen(shown.section, by.id):
            return shown.section
        return next(iter(after.undecided()), shown.section)

    def work() -> str:
        checked = post.checked(form) if form.kind is DecisionKind.EDIT else None
        return post.visit.desk.write(partial(decided, checked=checked))

    return post.tried(work, form.typed, form.version)


@router.post("/checks")
def check_edit(form: Annotated[CheckForm, Form()], post: Posted) -> Response:
    """What the guard says of the words as they are typed, for the page's script."""
    return post.visit.page("_checked.html", checked=post.checked(form))


@router.post("/rejection")
def reject(form: Annotated[RejectionForm, Form()], post: Posted) -> Response:
    def rejected(unit: Unit, by: Principal) -> str:
        review.reject_case(unit, post.case, form.version, form.reason, by)
        return ""

    return post.done(rejected, Typed(reason=form.reason), form.version)


@router.post("/amendments")
def amend(form: Annotated[CaseVersionForm, Form()], post: Posted) -> Response:
    def amended(unit: Unit, by: Principal) -> str:
        review.reopen(unit, post.case, form.version, by)
        return ""

    return post.done(amended, since=form.version)


def _page(
    case: CaseId,
    visit: Visit,
    seals: Seals,
    asked: Asked,
    error: AttendingError | None = None,
) -> Response:
    problem = problem_of(error) if error else None
    layout = visit.desk.read(lambda unit, by: laid_out(visit.desk, unit, seals, case, by, asked))
    status = problem.status if problem else 200
    template = "note.html" if asked.part else "case.html"
    return visit.page(template, status, page=layout, problem=problem)
