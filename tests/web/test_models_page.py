"""The pages of the registry: an engineer reads and rolls out, a clinician reads and promotes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from attending.core.registry import ModelVersion
from attending.core.rollout import Role
from tests.clinic import Clinic
from tests.plugins.two_engines import SlowestRate
from tests.plugins.vitals_line.steps import MeanRate
from tests.registered import Registry
from tests.web.browser import Browser, Page
from tests.web.conftest import Web

ENGINEER = "demo-engineer"


@pytest.fixture(scope="module")
def registry(web: Web) -> Registry:
    return Registry(web.clinic)


@pytest.fixture(scope="module")
def version(registry: Registry) -> ModelVersion:
    made = registry.register(SlowestRate(), trained_by="demo-second")
    registry.evaluated(registry.own, recall=0.9)
    registry.evaluated(made, recall=0.92, recall__negation=0.8)
    return made


@pytest.fixture
def engineer(console: Web, browser: Browser) -> Browser:
    browser.log_in(ENGINEER, console.password(ENGINEER))
    return browser


@pytest.fixture(autouse=True)
def _nothing_stays_rolled_out(registry: Registry) -> Iterator[None]:
    yield
    with registry.clinic.web.transaction(registry.clinic.tenant, "tests") as unit:
        acts = unit.registry.rollouts("vitals")
    for known in {act.version for act in acts}:
        with registry.clinic.web.transaction(registry.clinic.tenant, "tests") as unit:
            found = unit.registry.version(known)
        registry.roll(found, Role.WITHDRAWN)


def promoting(browser: Browser, console: Web, version: ModelVersion, username: str) -> Page:
    """What stands on the page after somebody signed on it."""
    browser.log_in(username, console.password(username))
    address = f"/models/{version.id}/promotion"
    login = browser.submit(browser.get(address).form(address))
    return browser.submit(login.forms[0], username=username, password=console.password(username))


def test_what_is_signed_is_read_first(
    console: Web, clinician: Browser, version: ModelVersion
) -> None:
    page = clinician.get(f"/models/{version.id}/promotion")
    for words in (
        "Promote slowest-rate 1",
        version.digest,
        "Compared with mean-rate 1",
        "no worse draft recall passed 0.92 (0.87 to 0.97, n 100). mean-rate 1 has 0.9",
        "recall/negation 0.8",
        "Digest",
    ):
        assert words in page.words, words


def test_a_clinician_promotes_and_an_engineer_rolls_out_and_back(
    console: Web, browser: Browser, version: ModelVersion
) -> None:
    registry = Registry(console.clinic)  # whose inference asks the real issuer's key
    page = promoting(browser, console, version, "demo-clinician")
    assert page.status == 200
    assert "Promoted" in page.words
    browser.log_in(ENGINEER, console.password(ENGINEER))
    page = browser.get("/models")
    assert "Nothing is rolled out" in page.words
    form = page.form("/models/rollouts")
    page = browser.submit(form, version=str(version.id), line="vitals", role="champion")
    assert "champion on Vitals" in page.words
    assert registry.answer()[1].model.name == "slowest-rate"
    page = browser.submit(browser.get("/models").form("/models/rollbacks"))
    assert "Nothing is rolled out" in page.words
    assert registry.answer()[1].model.name == "mean-rate"


def test_the_author_is_told_and_offered_no_signature(
    console: Web, browser: Browser, version: ModelVersion
) -> None:
    browser.log_in("demo-second", console.password("demo-second"))
    page = browser.get(f"/models/{version.id}/promotion")
    assert "Another clinician has to read it" in page.words
    assert not [form for form in page.forms if form.action.endswith("/promotion")]


def test_what_fails_a_gate_is_offered_no_signature(registry: Registry, clinician: Browser) -> None:
    worse = registry.register(MeanRate(registry.engines[1].model))
    registry.evaluated(worse, recall=0.5)
    page = clinician.get(f"/models/{worse.id}/promotion")
    assert "no worse draft recall failed 0.5" in page.words
    assert "A gate is not passed" in page.words
    assert not [form for form in page.forms if form.action.endswith("/promotion")]


def test_a_safety_officer_takes_back(
    registry: Registry, console: Web, browser: Browser, version: ModelVersion
) -> None:
    registry.promote(version)
    registry.roll(version, Role.CHAMPION)
    assert registry.answer()[1].model.name == "slowest-rate"
    browser.log_in("demo-safety", console.password("demo-safety"))
    page = browser.submit(browser.get("/safety").form("/models/rollbacks"))
    assert page.status == 200
    assert registry.answer()[1].model.name == "mean-rate"


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("demo-clinician", "/models"),
        ("demo-auditor", "/models"),
        ("demo-engineer", "/models/{version}/promotion"),
        ("demo-safety", "/models/{version}/promotion"),
    ],
)
def test_each_page_is_its_readers(
    console: Web, browser: Browser, version: ModelVersion, username: str, path: str
) -> None:
    browser.log_in(username, console.password(username))
    assert browser.get(path.format(version=version.id)).status == 403


def test_nothing_of_another_clinic(
    registry: Registry, engineer: Browser, neighbour: Clinic, version: ModelVersion
) -> None:
    theirs = Registry(neighbour)
    theirs.roll(version, Role.SHADOW)
    case, _ = theirs.answer()
    page = engineer.get("/models")
    assert "shadow on" not in page.words
    assert str(neighbour.case(case).encounter) not in page.source
