"""A release that failed, left nothing, and was written when it was tried again."""

from __future__ import annotations

import pytest

from attending.adapters.records.memory import Fault
from attending.core.errors import Conflict, RecordRefused
from attending.core.ids import CaseId
from attending.core.work import Step
from attending.loop import recover, review
from tests.clinic import Clinic


@pytest.fixture
def written(clinic: Clinic) -> CaseId:
    case = clinic.decided()
    clinic.sign(case)
    clinic.record.shelf.faults.append(Fault.REFUSED)
    with pytest.raises(RecordRefused) as refused:
        clinic.deliver(case)
    wanted = clinic.releases(case)[-1]
    job = clinic.job(Step.RELEASE, wanted.id)
    recover.give_up(clinic.databases["releaser"], job, refused.value)
    assert clinic.releases(case)[-1].untouched
    with clinic.web.transaction(clinic.tenant, "tests") as unit:
        [failure] = [each for each in unit.failures.open() if each.subject_id == wanted.id]
        recover.retry(unit, failure.id, clinic.person())
    clinic.deliver(case)
    return case


def test_its_case_cannot_be_rejected_while_the_note_stands(clinic: Clinic, written: CaseId) -> None:
    assert not clinic.releases(written)[-1].untouched
    by = clinic.person()
    with clinic.web.transaction(clinic.tenant, str(by.id)) as unit:
        case = review.reopen(unit, written, unit.cases.head(written).version, by)
    with (
        pytest.raises(Conflict),
        clinic.web.transaction(clinic.tenant, str(by.id)) as unit,
    ):
        review.reject_case(unit, written, case.version, "Not needed", by)
