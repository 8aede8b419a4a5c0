"""Whom a rule of the database refuses is told how things stand: state and version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from attending.core.case import CaseState, Decision, DecisionKind, View
from attending.core.errors import Conflict
from attending.core.ports import Unit
from tests.clinic import Clinic


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("step", "AT004"),
        ("view", "AT006"),
        ("decision", "AT005"),
        ("unseen", "AT007"),
        ("release", "AT017"),
    ],
)
def test_a_refused_step_tells_how_the_case_stands(clinic: Clinic, what: str, rule: str) -> None:
    released = what == "release"
    case = clinic.case(clinic.released() if released else clinic.in_review())
    by, now = clinic.person().id, datetime.now(UTC)

    def refused(unit: Unit) -> None:
        match what:
            case "step":
                unit.cases.advance(case.id, case.version, CaseState.RELEASED)
            case "view":
                unit.cases.add_view(case, View("rate", 7, by))
            case "release":
                [signature] = unit.signing.signatures(case.id)
                unit.signing.add_release(clinic.releases(case.id)[0].id, signature, case.id)
            case _:
                version = case.version - (what == "decision")
                decision = Decision("rate", 0, DecisionKind.ACCEPT, "", by, version, now)
                unit.cases.add_decision(case, decision)

    with pytest.raises(Conflict) as told, clinic.web.transaction(clinic.tenant, "tests") as unit:
        refused(unit)
    assert told.value.context["rule"] == rule
    assert told.value.context["state"] == case.state
    assert told.value.context["version"] == case.version
