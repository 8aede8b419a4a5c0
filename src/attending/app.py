"""The wiring: the only place where parts meet. Three processes, each with its own parts."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import structlog

from attending.adapters import models
from attending.adapters.ed25519 import public_key
from attending.adapters.identity import OidcTokenVerifier, TrustedIssuer, TrustRoot
from attending.adapters.identity.passkeys import WebAuthnRegistrar
from attending.adapters.identity.trust import TrustMemory
from attending.adapters.models.manifests import bundled, named_judge
from attending.adapters.notices import WebhookNotices
from attending.adapters.records import open_record
from attending.adapters.storage.audit import StoredHistory
from attending.adapters.storage.blobs import ObjectBlobs
from attending.adapters.storage.checkpoints import (
    FileCheckpoints,
    load_private_key,
    load_public_key,
)
from attending.adapters.storage.database import Database
from attending.adapters.storage.keys import JobKeys, Keys, MasterKeys, read_private, read_public
from attending.adapters.storage.queue import INFERENCE, RELEASE
from attending.adapters.storage.worker import Patience, Regular, Worker
from attending.adapters.telemetry import Tracing, configure_logs
from attending.assurance.evaluation import EvaluationTask
from attending.assurance.gates import Limit, Policy
from attending.assurance.installed import installed as manifests
from attending.assurance.manifest import Manifest, read_manifest
from attending.core.errors import AttendingError, Misconfigured
from attending.core.line import Engines, Judge, Line, Writer
from attending.core.record import ClinicalRecord, RecordAccess
from attending.core.support import SupportModel
from attending.core.text import TextModel
from attending.core.trust import TargetAddress
from attending.core.work import Job, Step
from attending.loop.answering import Promotions
from attending.loop.decode import decode
from attending.loop.infer import infer
from attending.loop.listen import listen
from attending.loop.notify import notify
from attending.loop.parts import LoopParts
from attending.loop.propose import propose
from attending.loop.recover import give_up
from attending.loop.release import ReleaserParts, release
from attending.loop.sweep import sweep
from attending.loop.tend import tend
from attending.settings import Settings, effective

if TYPE_CHECKING:
    from fastapi import FastAPI

log = structlog.get_logger("attending.app")

HOURLY = timedelta(hours=1)  # between two checkpoints of a tenant, whatever happens to it


def lines(settings: Settings, engines: Engines) -> Mapping[str, Line]:
    """The lines that the settings name, by their own name. Raises Misconfigured."""
    made = [_module(name, "line").line(engines) for name in settings.lines]
    return {line.name: line for line in made}


def line_migrations(settings: Settings) -> tuple[Path, ...]:
    folders = [line.migrations for line in lines(settings, Engines()).values()]
    return tuple(folder for folder in folders if folder is not None)


def evaluation_tasks(settings: Settings) -> Mapping[str, EvaluationTask]:
    """What the lines of the settings offer to evaluate, by name. Raises Misconfigured."""
    # Imported here: no other process evaluates anything.
    offered = [
        importlib.import_module(f"{name}.evaluation")
        for name in settings.lines
        if importlib.util.find_spec(f"{name}.evaluation")
    ]
    engines = evaluation_engines(settings)
    return {task.name: task for module in offered for task in module.tasks(engines)}


def shipped(settings: Settings) -> tuple[Manifest, ...]:
    """What the installation registers by itself: what its lines bring, and the models that

    lie in the package, each beside its manifest.
    """
    told = sorted(Path(models.__path__[0]).glob("*/manifest.json"))
    return (
        *manifests(lines(settings, _named(settings)).values()),
        *bundled(settings.speech_model),
        *map(read_manifest, told),
    )


def shipped_evaluations() -> tuple[str, ...]:
    """Of the models that lie in the package, the documents of how they did."""
    told = sorted(Path(models.__path__[0]).glob("*/evaluations/*.json"))
    return tuple(path.read_text(encoding="utf-8") for path in told)


def installed(settings: Settings) -> tuple[Manifest, ...]:
    """What runs here with these settings, as it would be registered: what is shipped, the

    writer behind an endpoint, and a judge in a folder of one's own.
    Raises EgressRefused for an endpoint on another machine, Misconfigured.
    """
    engines = replace(_named(settings), writer=_writer(settings))
    own = [settings.support_model / "manifest.json"] if settings.support_model else []
    found = (
        *manifests(lines(settings, engines).values()),
        *shipped(settings),
        *map(read_manifest, own),
    )
    return tuple({(each.name, each.version, each.digest): each for each in found}.values())


def _named(settings: Settings) -> Engines:
    """Models by their manifests: nothing is loaded."""
    asked = _asked(settings, "support")
    return Engines(support=named_judge(settings.support_model) if asked else None)


def policy(settings: Settings) -> Policy:
    """What is asked of a version before its promotion."""
    limits = {name: Limit(**vars(each)) for name, each in settings.promotion_limits.items()}
    return Policy(settings.promotion_requires, limits)


def evaluation_engines(settings: Settings) -> Engines:
    """The models that an evaluation asks: the same that inference has, but for speech.

    Raises EgressRefused for an endpoint on another machine, Misconfigured.
    """
    return Engines(support=support_model(settings), writer=_writer(settings))


def web(settings: Settings) -> FastAPI:
    """The web process: API and console. It holds no record credential, and of models only the
    judge of support, for what a clinician types.
    """
    # Imported here: the workers serve nothing.
    from attending.lines.documentation import drugs  # noqa: PLC0415
    from attending.web.application import web_app  # noqa: PLC0415
    from attending.web.guide import read_guide  # noqa: PLC0415
    from attending.web.parts import ConsoleLogin, WebParts  # noqa: PLC0415
    from attending.web.rates import Rates  # noqa: PLC0415

    settings.required("inference_public_key_file")
    drugs.names()  # read now: half a second that no first reader of a panel should wait
    database = connect("web", settings)
    tracing = Tracing.start("web", database)
    trusted = _issuers(settings)
    login = settings.issuers[0]
    parts = WebParts(
        loop=_loop(settings, database, tracing, Engines(support=support_model(settings))),
        tokens=OidcTokenVerifier(trusted),
        trust=_trust(settings, memory=None),
        upload_limit=settings.upload_limit,
        history=_history(settings, database),
        settings=effective(settings),
        policy=policy(settings),
        console=ConsoleLogin(
            issuer=login.issuer,
            client_id=login.client_id,
            base_url=settings.public_url,
            cookie_key=settings.key("cookie_key_file"),
        ),
        passkeys=WebAuthnRegistrar(),
        rates=Rates(
            principal=settings.requests_per_principal,
            tenant=settings.requests_per_tenant,
            address=settings.requests_per_address,
            uploads=settings.uploads_at_once,
            streams=settings.streams_per_principal,
            tenant_streams=settings.streams_per_tenant,
        ),
        guide=read_guide(settings.guide_file) if settings.guide_file else None,
    )
    return web_app(parts)


def inference(settings: Settings) -> Worker:
    """The inference process: decodes sources and runs models. It knows no record system."""
    database = connect("inference", settings)
    tracing = Tracing.start("inference", database)
    trust = _trust(settings, memory=None)
    parts = replace(
        _loop(settings, database, tracing, _engines(settings)), promotions=Promotions(trust)
    )
    return Worker(
        dsn=settings.required("queue_url"),
        queue=INFERENCE,
        handlers={
            Step.LISTEN: partial(listen, parts),
            Step.TEND: partial(tend, parts),
            Step.DECODE: partial(decode, parts),
            Step.INFER: partial(infer, parts),
            Step.PROPOSE: partial(propose, parts),
            Step.SWEEP: partial(sweep, parts),
        },
        give_up=_giving_up(database),
        patience=_patience(settings),
        takeover=settings.takeover,
    )


def releaser(settings: Settings) -> Worker:
    """The releaser: verifies every proof itself, and alone holds record credentials."""
    database = connect("releaser", settings)
    checkpoints = _checkpoints(settings, database)
    parts = ReleaserParts(
        storage=database,
        telemetry=Tracing.start("releaser", database),
        trust=_trust(settings, Path(settings.required("trust_folder"))),
        checkpoints=checkpoints,
        record=_records(settings),
    )
    notices = WebhookNotices(settings.webhook_url)
    return Worker(
        dsn=settings.required("queue_url"),
        queue=RELEASE,
        handlers={
            Step.RELEASE: partial(release, parts),
            Step.NOTIFY: partial(notify, database, notices),
        },
        give_up=_giving_up(database),
        patience=_patience(settings),
        takeover=settings.takeover,
        concurrency=2,
        regular=Regular(HOURLY, partial(_checkpoint_all, checkpoints, notices)),
    )


def _engines(settings: Settings) -> Engines:
    """The models that the lines ask for, loaded; a line that does not say is offered all."""
    others = Engines(
        support=support_model(settings), writer=_writer(settings), judge=_judge(settings)
    )
    if not _asked(settings, "speech"):
        return others
    # Imported here: web and releaser load no model that decodes, and a command in haste no line.
    from attending.adapters.models.whisper import WhisperRecogniser  # noqa: PLC0415
    from attending.lines.documentation import drugs  # noqa: PLC0415

    speech = WhisperRecogniser(settings.speech_model, settings.speech_threads, known=drugs.names())
    speech.warm()
    return replace(others, speech=speech)


def support_model(settings: Settings) -> SupportModel | None:
    """The judge of support, loaded, if a line asks for it. Raises Misconfigured."""
    if not _asked(settings, "support"):
        return None
    # Imported here: the releaser loads no model code.
    from attending.adapters.models.support import OnnxSupport, shipped  # noqa: PLC0415

    return OnnxSupport(settings.support_model) if settings.support_model else shipped()


def _asked(settings: Settings, engine: str) -> bool:
    """Whether a line asks for this engine; one that does not say is offered every one."""
    offered = {"speech", "support"}
    asked = [getattr(_module(name, "line"), "ENGINES", offered) for name in settings.lines]
    return any(engine in names for names in asked)


def _writer(settings: Settings) -> Writer | None:
    """Raises EgressRefused for an endpoint on another machine, Misconfigured."""
    if not settings.text_endpoint:
        return None
    return Writer(_text_model(settings, "text"), settings.text_doubted)


def _judge(settings: Settings) -> Judge | None:
    """Raises EgressRefused for an endpoint on another machine, Misconfigured."""
    if not settings.judge_endpoint:
        return None
    from attending.adapters.models.asked_judge import AskedJudge  # noqa: PLC0415

    return Judge(AskedJudge(_text_model(settings, "judge")), settings.judge_share)


def _text_model(settings: Settings, use: str) -> TextModel:
    """use: "text" or "judge", with which its settings begin."""
    from attending.adapters.models.openai_compatible import (  # noqa: PLC0415
        Endpoint,
        OpenAiCompatible,
        read_key,
    )

    return OpenAiCompatible(
        Endpoint(
            base=settings.required(f"{use}_endpoint"),
            model=settings.required(f"{use}_model"),
            version=settings.required(f"{use}_model_version"),
            key=read_key(getattr(settings, f"{use}_key_file")),
            timeout=getattr(settings, f"{use}_timeout"),
        )
    )


def start_logs(process: str) -> None:
    configure_logs(process)
    log.info("starting")


def _giving_up(database: Database) -> Callable[[Job, AttendingError], None]:
    return partial(give_up, database)


def _loop(settings: Settings, database: Database, tracing: Tracing, engines: Engines) -> LoopParts:
    blobs = ObjectBlobs(settings.required("blobs_url"))
    made = lines(settings, engines)
    return LoopParts(database, blobs, tracing, made, check_limit=settings.guard_time_limit)


def connect(process: str, settings: Settings) -> Database:
    """The database as this process has it, with the keys that this process is given."""
    return Database.connect(
        settings.required("database_url"),
        keys_of(process, settings),
        settings.key("ticket_key_file"),
        settings.database_connections,
    )


def keys_of(process: str, settings: Settings) -> Keys:
    """Inference has those of its jobs; web and releaser the master key. Raises Misconfigured."""
    if process == "inference":
        return JobKeys(read_private(Path(settings.required("inference_key_file"))))
    return master_keys(settings)


def master_keys(settings: Settings) -> MasterKeys:
    """Raises Misconfigured."""
    public = settings.inference_public_key_file
    before = settings.previous_master_key_file
    return MasterKeys(
        settings.key("master_key_file"),
        read_public(public) if public else None,
        settings.key("previous_master_key_file") if before else None,
    )


def _issuers(settings: Settings) -> tuple[TrustedIssuer, ...]:
    if not settings.issuers:
        raise Misconfigured("ATTENDING_ISSUERS is empty: nobody could log in or sign.")
    return tuple(
        TrustedIssuer(i.issuer, i.audience, i.client_id, i.jwks_uri) for i in settings.issuers
    )


def _trust(settings: Settings, memory: Path | None) -> TrustRoot:
    """memory: where it is remembered how far each log had come, or None."""
    root = public_key(Path(settings.required("trust_root_file")))
    return TrustRoot(root, TrustMemory(memory))


def _history(settings: Settings, database: Database) -> StoredHistory:
    """As the web process verifies it; without the checkpoints if it is not given them."""
    folder, key = settings.checkpoint_folder, settings.checkpoint_public_key_file
    return (
        StoredHistory(database, folder, load_public_key(key))
        if folder and key
        else (StoredHistory(database))
    )


def _patience(settings: Settings) -> Patience:
    return Patience(settings.attempts, settings.first_wait, settings.longest_wait)


def _checkpoints(settings: Settings, database: Database) -> FileCheckpoints:
    return FileCheckpoints(
        database,
        Path(settings.required("checkpoint_folder")),
        load_private_key(Path(settings.required("checkpoint_key_file"))),
    )


def _checkpoint_all(checkpoints: FileCheckpoints, notices: WebhookNotices) -> None:
    for tenant in checkpoints.record_all():
        notices.send("checkpoint.failed", tenant, tenant, 0)


def _records(settings: Settings) -> Callable[[TargetAddress], ClinicalRecord]:
    """Connections to record systems, one for each target, made on first use."""
    made: dict[tuple[str, str], ClinicalRecord] = {}
    lock = threading.Lock()

    def record(target: TargetAddress) -> ClinicalRecord:
        key = (target.kind, target.address)
        with lock:
            if key not in made:
                access = _access(settings, target.address)
                made[key] = open_record(target.kind, access, package=settings.record_package)
            return made[key]

    return record


def _access(settings: Settings, address: str) -> RecordAccess:
    token = settings.record_tokens.get(address)
    secret = token.get_secret_value() if token else ""
    return RecordAccess(address, secret, settings.record_timeout)


def _module(name: str, offers: str) -> ModuleType:
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise Misconfigured(f"The module {name} cannot be imported.") from error
    if not hasattr(module, offers):
        raise Misconfigured(f"The module {name} offers no {offers}().")
    return module
