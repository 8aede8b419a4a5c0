"""Random sequences of API calls on one case: `released` only what was reviewed and signed.

The same driver is led by hypothesis, and by long walks of plain chance, which go deeper.
After each step everything is held against a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.journeys.case_driver import PROOFS, CaseDriver
from tests.journeys.served import Served, serving

RUNS = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # the story is told as it went: to shrink it takes minutes
    suppress_health_check=list(HealthCheck),
)
WALKS, STEPS = 8, 60
# How often what is tried, in each state: there, most of what is asked could succeed.
USUAL: dict[str, dict[str, int]] = {
    "in_review": {
        "view": 2,
        "decide": 4,
        "prepare": 1,
        "sign": 2,
        "review": 3,
        "sign_rightly": 4,
        "sign_wrongly": 1,
    },
    "signed": {"deliver": 6},
    "failed": {"own_failure": 6, "deliver": 1},
    "released": {"amend": 4, "prepare": 2, "sign": 2, "sign_wrongly": 1, "sign_rightly": 1},
}
UNUSUAL = ("view", "decide", "reject", "amend", "prepare", "sign", "deliver")
REACHED = (
    "delivered: write",
    "delivered: amend",
    "delivered: retract",
    "delivery: record.refused",
    "delivery: record.unavailable",
    "retry",
    "reopen",
    "/rejection",
    "/amendments",
    "/decisions case.conflict",
    "/decisions review.not_seen",
    "/decisions input.invalid",
    "/entry review.not_seen",
    "/signatures case.conflict",
    "/signatures review.not_seen",
    *(f"proof: {kind}" for kind in PROOFS),
)
CHANCE = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def served(clinic: Any) -> Iterator[Served]:
    with serving(clinic) as running:
        yield running


@pytest.fixture(scope="module")
def reader(served: Served) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's: it sees the rows as they are."""
    dsn = served.clinic.installation.admin_dsn
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


class CaseMachine(RuleBasedStateMachine):
    """One rule for each thing that a client may ask."""

    def __init__(self, served: Served, reader: psycopg.Connection[Any]) -> None:
        super().__init__()
        self._parts = (served, Counter[str](), reader)

    @initialize(chance=CHANCE, stage=st.integers(0, 4))
    def begin(self, chance: Random, stage: int) -> None:
        """A new case, taken some of the way at once."""
        self.driver = CaseDriver(*self._parts)
        for name in ("review", "sign_rightly", "deliver", "amend")[:stage]:
            getattr(self.driver, name)(chance)

    @rule(chance=CHANCE, name=st.sampled_from(UNUSUAL))
    def anything(self, chance: Random, name: str) -> None:
        getattr(self.driver, name)(chance)

    @rule(chance=CHANCE, data=st.data())
    def something_likely(self, chance: Random, data: st.DataObject) -> None:
        usual = sorted(USUAL.get(self.driver.model.state, ()))
        if usual:
            getattr(self.driver, data.draw(st.sampled_from(usual)))(chance)

    @invariant()
    def all_holds(self) -> None:
        self.driver.check()

    def teardown(self) -> None:
        for line in self.driver.story:
            note(line)


def test_any_sequence_of_calls(served: Served, reader: psycopg.Connection[Any]) -> None:
    run_state_machine_as_test(lambda: CaseMachine(served, reader), settings=RUNS)


def test_long_walks(served: Served, reader: psycopg.Connection[Any]) -> None:
    told: Counter[str] = Counter()
    for seed in range(WALKS):
        _walk(Random(seed), served, reader, told)
    missing = [name for name in REACHED if not told[name]]
    assert not missing, f"never reached: {missing}, of {told}"


def _walk(
    chance: Random, served: Served, reader: psycopg.Connection[Any], told: Counter[str]
) -> None:
    driver = CaseDriver(served, told, reader)
    for _ in range(STEPS):
        try:
            _step(chance, driver)
            driver.check()
        except AssertionError:
            print("\n".join(driver.story))
            raise
        if driver.ended and chance.random() < 0.3:
            driver = CaseDriver(served, told, reader)


def _step(chance: Random, driver: CaseDriver) -> None:
    usual = USUAL.get(driver.model.state)
    if usual is None or chance.random() < 0.25:
        name = chance.choice(UNUSUAL)
    else:
        [name] = chance.choices(list(usual), list(usual.values()))
    getattr(driver, name)(chance)
