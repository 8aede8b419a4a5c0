from tests.clinic import Clinic
from attending.core.case import CaseState


def test_a_case_goes_all_the_way(clinic: Clinic) -> None:
    case_id = clinic.released()
    assert clinic.case(case_id).state is CaseState.RELEASED
    assert clinic.releases(case_id)[0].resource is not None
