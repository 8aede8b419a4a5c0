"""Answering: which of a line's engines drafts for an encounter, and which run beside it.

The rollout says who; the registry says what that is; the promotion says that a clinician
let it. Whatever cannot be used now is passed over for the next in line, in the end for the
line's own engine, and the run says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from attending.assurance.installed import engine_digest
from attending.assurance.promotion import verified_promotion
from attending.assurance.rollout import Plan, plan
from attending.core.errors import AttendingError, NotFound, Untrusted
from attending.core.identity import Proof, ProofVerifier, Proven
from attending.core.ids import EncounterId, VersionId
from attending.core.line import DraftingEngine, Line
from attending.core.ports import Trust, Unit
from attending.core.promotion import SignedPromotion
from attending.core.registry import ModelVersion, VersionKind
from attending.core.rollout import Role, Rollout

OWN = "own"  # the line's own engine: nothing is rolled out, or nothing of it can be used


@dataclass(frozen=True)
class Beside:
    """An engine that answers too, and is shown to nobody."""

    engine: DraftingEngine
    role: Role


@dataclass(frozen=True)
class PassedOver:
    """A version that was to answer, and did not. why: "paused", or an error's code."""

    version: VersionId
    label: str
    why: str


@dataclass(frozen=True)
class Chosen:
    """part: of the engine in the rollout, "" if there is none on the line."""

    engine: DraftingEngine
    part: str = ""
    beside: tuple[Beside, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """What the run says of how its model was chosen."""
        told = {"rollout": self.part} if self.part else {}
        over = ", ".join(f"{each.label}: {each.why}" for each in self.passed_over)
        return told | ({"passed_over": over} if over else {})


@dataclass(frozen=True)
class _Remembering:
    """A ProofVerifier that asks another one once for each proof."""

    prover: ProofVerifier
    known: dict[tuple[str, Proof], Proven]
    head: str

    def proven(self, proof: Proof) -> Proven:
        key = (self.head, proof)
        if key not in self.known:
            self.known[key] = self.prover.proven(proof)
        return self.known[key]


@dataclass(frozen=True)
class Promotions:
    """Promotions, verified by this process itself, for every draft.

    The proof alone is looked at once while the trust log stays as it is: an issuer need not
    answer for every draft.
    """

    trust: Trust | None
    _known: dict[tuple[str, Proof], Proven] = field(default_factory=dict)

    def require(self, unit: Unit, version: ModelVersion) -> None:
        """Raises Untrusted, ProofRefused, TrustBroken, IssuerUnavailable."""
        if self.trust is None:
            raise Untrusted("This process was given no trust root, and can verify no promotion.")
        refused: AttendingError = Untrusted("No clinician promoted this version here.")
        for signed in unit.registry.promotions(version.id):
            try:
                self._require(unit, version, signed, self.trust)
            except AttendingError as error:
                refused = error
                continue
            return
        raise refused

    def _require(
        self, unit: Unit, version: ModelVersion, signed: SignedPromotion, trust: Trust
    ) -> None:
        trusted = trust.standing(unit)
        prover = _Remembering(trust.prover(trusted), self._known, trusted.head.digest)
        verified_promotion(signed, version, unit.registry.evaluations(version.id), trusted, prover)


def choose(unit: Unit, line: Line, encounter: EncounterId, promotions: Promotions) -> Chosen:
    """As the rollout stands in this transaction."""
    acts = unit.registry.rollouts(line.name)
    if not acts:
        return Chosen(line.engine)
    planned = plan(acts, unit.registry.visit(encounter))
    over = [PassedOver(v.id, v.label, "paused") for v in _versions(unit, planned.paused)]
    for act in planned.shown:
        version = unit.registry.version(act.version)
        try:
            promotions.require(unit, version)
            engine = installed(line, version)
        except AttendingError as error:
            over.append(PassedOver(version.id, version.label, error.code))
            continue
        return Chosen(engine, str(act.role), _beside(unit, line, planned, engine), tuple(over))
    return Chosen(line.engine, OWN, _beside(unit, line, planned, line.engine), tuple(over))


def _versions(unit: Unit, acts: Iterable[Rollout]) -> Iterator[ModelVersion]:
    return (unit.registry.version(act.version) for act in acts)


def _beside(unit: Unit, line: Line, planned: Plan, shown: DraftingEngine) -> tuple[Beside, ...]:
    """What is not installed runs nowhere: nobody waits for it."""
    found = []
    for act in planned.beside:
        engine = _offered(line, unit.registry.version(act.version))
        if engine is not None and engine.model != shown.model:
            found.append(Beside(engine, act.role))
    return tuple(found)


def installed(line: Line, version: ModelVersion) -> DraftingEngine:
    """Raises NotFound if this process has no such engine, or has it with other content."""
    engine = _offered(line, version)
    if engine is None:
        raise NotFound(
            f"{version.label} is not installed here, or with other content than was registered.",
            remedy="Install what was registered, or register what is installed.",
        )
    return engine


def _offered(line: Line, version: ModelVersion) -> DraftingEngine | None:
    return next((each for each in line.engines if answers_to(each, version)), None)


def answers_to(engine: DraftingEngine, version: ModelVersion) -> bool:
    """A model by its content; a prompt by its version, in the model's name."""
    if version.kind is VersionKind.PROMPT:
        return (engine.model.name, engine.model.prompt_version) == (version.name, version.version)
    named = (engine.model.name, engine.model.version) == (version.name, version.version)
    return named and engine_digest(engine) == version.digest
