"""The protocol of a line: one kind of work on the path. A new line is one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from attending.core.case import Case, ModelUse
from attending.core.draft import Draft, Finding, Section, Severity
from attending.core.entry import Content
from attending.core.guarding import Judgement
from attending.core.speech import SpeechRecogniser
from attending.core.support import SupportModel
from attending.core.text import TextModel

Row = Mapping[str, Any]
WAV = "audio/wav"  # what a live recording becomes
# A run's parameter: the engine ("name version") that was asked, and whose answer is not shown.
INSTEAD_OF = "instead_of"
ANSWERED = "answered"  # beside it: "false" if the model was asked, and gave no answer at all


@dataclass(frozen=True)
class Writer:
    """A text model that drafts. ``doubted``: share of its statements, 0..1, that may be doubted

    seriously before its draft is not shown.
    """

    model: TextModel
    doubted: float = 0.5


@dataclass(frozen=True)
class Judge:
    """A large model that judges a sample of statements. ``share``: of all, 0..1."""

    model: SupportModel
    share: float = 0.1


@dataclass(frozen=True)
class Engines:
    """The models that this installation offers to its lines; wired in one place."""

    speech: SpeechRecogniser | None = None
    support: SupportModel | None = None
    writer: Writer | None = None
    judge: Judge | None = None


@dataclass(frozen=True)
class Decoded:
    """A source made readable: a JSON document in the line's own form (its rendition).

    model: its ``step`` is set by the loop. rows: what the line keeps in its own tables, by table, in the same transaction;
    tenant_id and source_id are added. Values are plain numbers and short codes: no
    clinical text, which belongs in the rendition (it is stored encrypted).
    """

    rendition: bytes
    model: ModelUse
    parameters: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class HeardPiece:
    """What a line made of a stretch of a recording that still goes on.

    samples: how many of the stretch it covers, from its beginning. words: as they are shown.
    kept: in the line's own form, for ``Listening.whole``.
    """

    samples: int
    words: str
    kept: bytes


class Listening(Protocol):
    """Decoding while people talk. Sound is as core/capture.py says."""

    def piece(self, sound: bytes, start: int, *, hints: tuple[str, ...]) -> HeardPiece | None:
        """The next piece, or None if more is to come first. start: where sound begins, in samples.

        Raises EngineFailed.
        """
        ...

    def whole(
        self,
        rest: bytes,
        pieces: tuple[bytes, ...],
        *,
        hints: tuple[str, ...],
        progress: Callable[[float], None],
    ) -> Decoded:
        """What ``Line.decode`` would give: of the pieces, and the rest that follows them."""
        ...


@dataclass(frozen=True)
class Drafted:
    draft: Draft
    raw: bytes  # what the model answered, before anything was made of it
    model: ModelUse
    parameters: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()  # what the engine itself has to say of its draft


class DraftingEngine(Protocol):
    """Makes a draft from a rendition. One small class; ``egress`` says where data goes."""

    model: ModelUse
    egress: str  # "local", or the name of an entry of the egress register

    def draft(self, rendition: bytes) -> Drafted: ...


@runtime_checkable
class Digested(Protocol):
    """Of an engine, or a judge, whose weights, and not its code alone, say what it answers."""

    @property
    def digest(self) -> str:
        """Lower-case hex SHA-256."""
        ...


@runtime_checkable
class Prompted(Protocol):
    """Of an engine that asks a model with a prompt of its own, which may be registered, too."""

    @property
    def prompt_digest(self) -> str:
        """Of the prompt's text, lower-case hex SHA-256."""
        ...


@dataclass(frozen=True)
class CheckCard:
    """A check in words, for clinicians and safety officers.

    looks_for: one sentence that ends "This was not checked: …" and "Off at this clinic: …".
    severities: of the findings it may make, the worst first. required: it looks at the form
    of a draft, without which no warning could be trusted; it is never off. asks: what is asked
    of a statement, where other checks of the line ask it too, each in its way: what they find
    in one statement is then told as one finding.
    """

    title: str
    looks_for: str
    severities: tuple[Severity, ...]
    required: bool = False
    asks: str = ""


class Check(Protocol):
    """One guard. Pure: a rendition and a draft in, findings out.

    Raises MalformedDraft for a draft that is none. Any other error, or an answer that comes
    too late, is told as a finding. It may be asked in several threads at once.
    """

    name: str
    card: CheckCard

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]: ...


@dataclass(frozen=True)
class Budget:
    """``flags``: findings on a draft without errors, at most, in the mean.

    found: the share of errors, 0..1, that is found under it, as it was measured; None where
    nobody measured it.
    """

    flags: float
    found: float | None = None


@runtime_checkable
class Budgeted(Protocol):
    """Of a check that keeps to a budget of findings: a clinic may choose another.

    budget: the flags that this one keeps to.
    """

    budget: float

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """Those that it can keep to, the fewest flags first."""
        ...

    def within(self, flags: float) -> Check:
        """The same check under another budget; the largest that it can keep to below that."""
        ...


@runtime_checkable
class Sampling(Protocol):
    """Of a check that asks a large judge about a sample, and whose verdicts are kept."""

    def sample(
        self, rendition: bytes, draft: Draft
    ) -> tuple[tuple[Finding, ...], tuple[Judgement, ...]]:
        """What ``examine`` would find, and what it was found from."""
        ...


class Panel(Protocol):
    """What a line puts on the review page.

    ``assets``: a folder that holds its ``panel.js`` and ``panel.css``, or None.
    """

    assets: Path | None

    def html(self, rendition: bytes, case: Case, recording: str) -> str:
        """The source beside the draft, as an HTML fragment, every text escaped.

        recording: the address, at the page's own origin, of the source's content as it was
        uploaded; it is answered in parts, to whoever may read the case.
        """
        ...


class Line(Protocol):
    """Steps of one line; the loop calls them, in order, each in a process of its own right.

    ``egress`` on every engine is checked before it sees anything. ``decoder`` is the model
    that decodes, or None in a process that has not loaded it. ``migrations`` is a folder of
    SQL for the line's own tables, or None. ``engines`` are those that a rollout may choose
    from; ``engine``, the first of them, answers where nothing is rolled out.
    """

    name: str
    title: str
    media_types: frozenset[str]
    migrations: Path | None
    engine: DraftingEngine
    checks: tuple[Check, ...]
    panel: Panel

    @property
    def engines(self) -> tuple[DraftingEngine, ...]: ...

    @property
    def decoder(self) -> ModelUse | None: ...

    @property
    def listening(self) -> Listening | None:
        """Decodes while people talk; None if it cannot, or no model is loaded."""
        ...

    def decode(
        self, source: Path, *, hints: tuple[str, ...], progress: Callable[[float], None]
    ) -> Decoded:
        """Raises UnreadableSource for what cannot be decoded, EngineFailed for our own faults."""
        ...

    def render(self, title: str, sections: tuple[Section, ...]) -> Content:
        """The entry as it will stand in the record. Pure and deterministic."""
        ...


@dataclass(frozen=True)
class GuardContent:
    """What a line's checks are made of.

    digest: of all that says what they find: code, fitted weights, the judge; lower-case hex
    SHA-256. told: what the card of the check set says besides, as a manifest does.
    """

    digest: str
    told: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Guarded(Protocol):
    """Of a line whose files and models, and not the code of its checks alone, say what they

    find.
    """

    @property
    def guard(self) -> GuardContent: ...


# A line's folder offers ``line(engines: Engines) -> Line`` under this name.
LineFactory = Callable[[Engines], Line]
