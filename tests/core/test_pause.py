"""What a pause holds, and what lets it go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from attending.core.case import ModelUse
from attending.core.errors import ProofRefused
from attending.core.identity import Principal, Proof, Proven, StaffRole
from attending.core.ids import PauseId, PrincipalId, fresh
from attending.core.pause import ANY, Pause, Resumption, Stop, StopScope, digest, paused, resumed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WRITER = ModelUse("infer", "writer", "2")
HEARER = ModelUse("decode", "hearer", "1")
OFFICER = Principal(
    PrincipalId(fresh()), "https://issuer", "noor", "Noor", frozenset({StaffRole.SAFETY_OFFICER})
)
RESUMPTION = Resumption(
    tenant="t", pause="p", scope="line", name="documentation", version=ANY, reason="It errs.",
    paused_by="o", paused_at="2026-11-21T11:00:00+00:00", officer=str(OFFICER.id),
    issuer=OFFICER.issuer, subject=OFFICER.subject, officer_name=OFFICER.name,
    prepared_at="2026-11-21T12:00:00+00:00",
)  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "holds"),
    [
        (Stop(StopScope.LINE, "documentation"), True),
        (Stop(StopScope.LINE, "imaging"), False),
        (Stop(StopScope.LINE, "writer"), False),
        (Stop(StopScope.MODEL, "writer", "2"), True),
        (Stop(StopScope.MODEL, "writer"), True),
        (Stop(StopScope.MODEL, "hearer", "1"), True),
        (Stop(StopScope.MODEL, "writer", "1"), False),
        (Stop(StopScope.MODEL, "documentation"), False),
    ],
)
def test_a_stop_holds_its_line_or_its_model(stop: Stop, holds: bool) -> None:
    assert stop.holds("documentation", (HEARER, WRITER)) is holds


def test_the_first_pause_that_holds_is_told() -> None:
    pauses = [
        Pause(PauseId(fresh()), Stop(StopScope.LINE, name), "", None, NOW)
        for name in ("imaging", "documentation", "documentation")
    ]
    assert paused(pauses, "documentation", ()) is pauses[1]
    assert paused(pauses, "monitoring", (WRITER,)) is None


@dataclass
class Says:
    """A prover that says this of every proof."""

    told: Proven

    def proven(self, proof: Proof) -> Proven:
        return self.told


def proven() -> Proven:
    until = NOW + timedelta(minutes=5)
    return Proven(OFFICER.issuer, OFFICER.subject, digest(RESUMPTION), NOW, NOW, until)


def test_an_officers_proof_of_exactly_this_lets_it_go() -> None:
    signed = resumed(RESUMPTION, Proof("x"), OFFICER, Says(proven()), NOW)
    assert signed.digest == digest(RESUMPTION)


@pytest.mark.parametrize(
    "changed",
    [
        {"digest": "0" * 64},
        {"subject": "somebody"},
        {"issuer": "https://elsewhere"},
        {"authenticated_at": NOW - timedelta(minutes=6)},
        {"expires_at": NOW - timedelta(minutes=1)},
        {"issued_at": NOW + timedelta(minutes=1)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_any_other_proof_does_not(changed: dict[str, object]) -> None:
    with pytest.raises(ProofRefused):
        resumed(RESUMPTION, Proof("x"), OFFICER, Says(replace(proven(), **changed)), NOW)  # type: ignore[arg-type]


def test_nobody_but_a_safety_officer() -> None:
    clinician = replace(OFFICER, roles=frozenset({StaffRole.CLINICIAN}))
    with pytest.raises(ProofRefused):
        resumed(RESUMPTION, Proof("x"), clinician, Says(proven()), NOW)


def test_every_field_is_signed() -> None:
    for name, value in vars(RESUMPTION).items():
        other = value + 1 if isinstance(value, int) else f"{value} "
        assert digest(replace(RESUMPTION, **{name: other})) != digest(RESUMPTION), name
