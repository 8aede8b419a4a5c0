"""A promotion signed by a passkey, in a real browser; inference verifies it before it drafts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from attending.adapters.storage import registering
from attending.core.ids import CaseId
from attending.core.line import Engines, Line
from attending.core.registry import ModelVersion
from attending.core.rollout import ALL, Role
from attending.core.work import Run, Step
from attending.lines.documentation.steps import DocumentationLine
from attending.loop import roll
from attending.loop.answering import Promotions
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.parts import LoopParts
from tests.browser.conftest import VisitAs
from tests.browser.test_passkeys import Key, administrator, enrol
from tests.browser.ward import Heard, Ward
from tests.lines.documentation.spoken import consultation
from tests.registered import document


@pytest.fixture(scope="module")
def version(ward: Ward) -> ModelVersion:
    """What the package brought, evaluated; promoted by nobody."""
    admin = ward.clinic.installation.admin_dsn
    [known] = [each for each in registering.versions(admin) if each.name == "attending-extractive"]
    registering.add_evaluation(admin, document(known, recall=0.9, recall__negation=0.8), "ada")
    return known


@pytest.fixture
def signer(visit_as: VisitAs, ward: Ward) -> tuple[Page, Key]:
    page = visit_as()
    key = Key(page)
    administrator(ward, "add", "passkey", enrol(page, ward))
    return page, key


def parts(ward: Ward) -> LoopParts:
    """Inference as it is served: it verifies promotions by the statements of trust alone."""
    line: Line = DocumentationLine(Engines(Heard(consultation("consultation.json"))))
    made = replace(ward.clinic.parts("inference"), lines={"documentation": line})
    return replace(made, promotions=Promotions(ward.clinic.trusting()))


def answered(ward: Ward) -> Run:
    """The run that drafts a new visit."""
    source, head = ward.upload()
    decode(parts(ward), ward.clinic.job(Step.DECODE, source.id))
    infer(parts(ward), ward.clinic.job(Step.INFER, head.id))
    with ward.clinic.web.transaction(ward.clinic.tenant, "tests") as unit:
        found = unit.intake.run(unit.cases.head(CaseId(head.id)).source, "infer")
    assert found is not None
    return found


def test_from_the_page_to_the_draft_and_until_it_is_revoked(
    signer: tuple[Page, Key], ward: Ward, version: ModelVersion
) -> None:
    page, key = signer
    page.goto(f"{ward.url}/models/{version.id}/promotion")
    expect(page.locator("#gates + .scroll")).to_contain_text("passed")
    left: list[str] = []
    page.on("framenavigated", lambda frame: left.append(frame.url))
    page.get_by_role("button", name="Promote with passkey").click()
    expect(page.get_by_text("Promoted", exact=True)).to_be_visible()
    assert left == [f"{ward.url}/models/{version.id}/promotion"], "nobody logged in once more"
    by = ward.clinic.person()
    with ward.clinic.web.transaction(ward.clinic.tenant, str(by.id)) as unit:
        [signed] = unit.registry.promotions(version.id)
        [made] = [each for each in unit.passkeys.of(by.id) if each.withdrawn_at is None]
    assert (signed.proof.kind, signed.by) == ("webauthn", by.id)
    assert made.count == key.credentials()[0]["signCount"], "a copy would be told by its count"

    with ward.clinic.web.transaction(ward.clinic.tenant, "tests") as unit:
        asked = roll.RolloutRequest("documentation", version.id, Role.CHAMPION, cohort=ALL)
        roll.roll_out(unit, parts(ward).lines, asked, ward.clinic.person("demo-engineer"))
    assert answered(ward).parameters["rollout"] == "champion"

    administrator(ward, "revoke", "passkey", made.public.credential, "--reason", "lost")
    run = answered(ward)
    assert run.parameters["rollout"] == "own"
    assert run.parameters["passed_over"].startswith(version.label)


def test_who_is_not_verified_promotes_nothing(
    visit_as: VisitAs, ward: Ward, version: ModelVersion
) -> None:
    page = visit_as()
    key = Key(page)
    administrator(ward, "add", "passkey", enrol(page, ward, "Another key"))
    with ward.clinic.web.transaction(ward.clinic.tenant, "tests") as unit:
        before = unit.registry.promotions(version.id)
    key.verifies(is_user=False)
    page.goto(f"{ward.url}/models/{version.id}/promotion")
    page.get_by_role("button", name="Promote with passkey").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("Nothing was changed")
    with ward.clinic.web.transaction(ward.clinic.tenant, "tests") as unit:
        assert unit.registry.promotions(version.id) == before
