"""Settings: environment variables ATTENDING_…, read once at start.

Each process is given only what it needs: docs/operations/settings.md says which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from attending.core.errors import Misconfigured

MIB = 1 << 20


def _seconds(value: object) -> object:
    """A plain number of seconds, or what pydantic takes ("PT0.5S")."""
    try:
        return float(str(value))
    except ValueError:
        return value


# They hold a secret, lead to one, or may do so: what is ever shown of them is whether they
# are set. So is every setting whose type hides its value.
SECRETS = frozenset(
    {
        "database_url",
        "queue_url",
        "admin_url",
        "master_key_file",
        "previous_master_key_file",
        "inference_key_file",
        "ticket_key_file",
        "record_tokens",
        "trust_key_file",
        "trust_signer",
        "checkpoint_key_file",
        "webhook_url",
        "cookie_key_file",
        "text_key_file",
        "judge_key_file",
    }
)
_UNSET: tuple[object, ...] = (None, "", (), {})

Seconds = Annotated[timedelta, BeforeValidator(_seconds)]


class IssuerSetting(BaseModel):
    """An OpenID Connect issuer that is trusted for log-ins and signatures."""

    issuer: str = Field(description="The issuer's address, as in its tokens' `iss`.")
    audience: str = Field("attending", description="`aud` of access tokens.")
    client_id: str = Field("attending-console", description="`aud` of ID tokens, which sign.")
    jwks_uri: str | None = Field(None, description="Where its keys are, if not discovered.")


class LimitSetting(BaseModel):
    """What a clinic asks of a measure, and of each subgroup of it."""

    at_least: float | None = None
    at_most: float | None = None
    gap: float | None = Field(None, description="How far a subgroup may fall behind the whole.")


class Settings(BaseSettings):
    """Every setting has a line in docs/operations/settings.md; a test compares them."""

    model_config = SettingsConfigDict(env_prefix="ATTENDING_", frozen=True)

    database_url: str = Field("", description="The database, as this process's own role.")
    queue_url: str = Field("", description="The database as `attending_queue`: workers alone.")
    admin_url: str = Field("", description="The database as an administrator: `attending migrate`.")
    database_connections: int = Field(8, description="Connections of this process at most.", ge=1)
    master_key_file: Path | None = Field(None, description="32 bytes that wrap the tenants' keys.")
    previous_master_key_file: Path | None = Field(
        None, description="The master key before, while it is changed: `attending keys rewrap`."
    )
    inference_key_file: Path | None = Field(
        None, description="X25519 private key (PEM) that opens the keys of jobs. Inference alone."
    )
    inference_public_key_file: Path | None = Field(
        None, description="Its public key (PEM), for which the web process seals the keys of jobs."
    )
    ticket_key_file: Path | None = Field(
        None, description="32 bytes that sign tenant tickets: this process's own."
    )
    blobs_url: str = Field("", description="Where recordings lie: `file:///…` or `s3://bucket/…`.")
    lines: tuple[str, ...] = Field(
        ("attending.lines.documentation",), description="The lines, by module, as a JSON list."
    )
    record_package: str = Field(
        "attending.adapters.records",
        description="Package whose modules are the adapters, each named for its kind.",
    )
    record_tokens: dict[str, SecretStr] = Field(
        {}, description="Bearer token per record address, as a JSON object. Releaser alone."
    )
    record_timeout: float = Field(
        10.0, description="Seconds for one whole exchange with a record system.", gt=0
    )
    issuers: tuple[IssuerSetting, ...] = Field(
        (), description="Trusted issuers, as a JSON list; the console uses the first."
    )
    trust_root_file: Path | None = Field(
        None, description="Public half (PEM) of the first admin key."
    )
    trust_folder: Path | None = Field(
        None,
        description="Where the releaser remembers how far each trust log had come: outside"
        " the database's disk.",
    )
    trust_key_file: Path | None = Field(
        None,
        description="An admin key (PEM), or with a signer its public half: `attending trust`,"
        " and never a serving process.",
    )
    trust_signer: str = Field(
        "",
        description="A command that signs instead of that file (a KMS, a hardware key): it reads"
        " the message and prints base64.",
    )
    checkpoint_folder: Path | None = Field(
        None,
        description="Where signed audit checkpoints go: outside the database's disk. The web"
        " process reads them, if it is given the place, for the auditor's page.",
    )
    checkpoint_key_file: Path | None = Field(
        None, description="Ed25519 private key (PEM) for checkpoints. Releaser alone."
    )
    checkpoint_public_key_file: Path | None = Field(
        None, description="Its public key (PEM): `attending audit verify`, and the auditor's page."
    )
    webhook_url: str = Field("", description="Where notices (ready, failed) are posted; ids alone.")
    upload_limit: int = Field(1024 * MIB, description="Largest source, bytes.", gt=0)
    requests_per_principal: int = Field(
        3_000, description="Requests of one person, a minute and web process.", gt=0
    )
    requests_per_tenant: int = Field(
        30_000, description="Requests of one clinic, a minute and web process.", gt=0
    )
    requests_per_address: int = Field(
        1_200, description="Requests of nobody who is logged in, a minute and address.", gt=0
    )
    uploads_at_once: int = Field(16, description="Uploads of one person under way at once.", gt=0)
    streams_per_principal: int = Field(
        24, description="Streams of events of one person that are open at once.", gt=0
    )
    streams_per_tenant: int = Field(
        5_000, description="Streams of events of one clinic that are open at once.", gt=0
    )
    web_host: str = Field("127.0.0.1", description="Address that the web process binds.")
    web_port: int = Field(8400, description="Port that the web process binds.")
    public_url: str = Field(
        "http://localhost:8400",
        description="The web's address for browsers. By a name: passkeys belong to it.",
    )
    guide_file: Path | None = Field(
        None, description="A guided first look (JSON), which a demo has and a clinic has not."
    )
    cookie_key_file: Path | None = Field(
        None, description="32 bytes that seal console sessions. Web alone."
    )
    speech_model: Path | None = Field(
        None, description="Folder of a CTranslate2 Whisper model; else the bundled tiny.en."
    )
    speech_threads: int = Field(0, description="CPU threads for speech; 0 lets it choose.", ge=0)
    support_model: Path | None = Field(
        None, description="Folder of another judge of support (`attending train support`)."
    )
    promotion_requires: tuple[str, ...] = Field(
        (),
        description="Tasks on which a version is evaluated before its promotion, as a JSON list.",
    )
    promotion_limits: dict[str, LimitSetting] = Field(
        {}, description="Limits of measures, by name, for every subgroup too, as a JSON object."
    )
    guard_time_limit: Seconds = Field(
        timedelta(seconds=20),
        description="Seconds for one check of the guard; then the draft says that it was not made.",
        gt=timedelta(0),
    )
    text_endpoint: str = Field(
        "",
        description="An OpenAI-compatible server on this machine whose model drafts:"
        " `http://127.0.0.1:8080/v1`. Another machine's is refused.",
    )
    text_model: str = Field("", description="The drafting model, as its server names it.")
    text_model_version: str = Field("1", description="Its version, as every draft tells it.")
    text_key_file: Path | None = Field(None, description="The key of that server, if it asks one.")
    text_timeout: float = Field(120.0, description="Seconds for one whole answer of it.", gt=0)
    text_doubted: float = Field(
        0.5,
        description="Share of a draft's statements in serious doubt above which the conversation"
        " is quoted instead.",
        ge=0,
        le=1,
    )
    judge_endpoint: str = Field(
        "", description="The same for a large model that judges a sample of statements."
    )
    judge_model: str = Field("", description="The judging model, as its server names it.")
    judge_model_version: str = Field("1", description="The judging model's version.")
    judge_key_file: Path | None = Field(None, description="The key of the judge's server.")
    judge_timeout: float = Field(20.0, description="Seconds for one judgement.", gt=0)
    judge_share: float = Field(
        0.1, description="Share of the statements that it judges.", ge=0, le=1
    )
    attempts: int = Field(
        6, description="How often a step is tried before a person is asked.", ge=1
    )
    first_wait: Seconds = Field(
        timedelta(seconds=1), description="Wait before the second try, seconds; then it doubles."
    )
    longest_wait: Seconds = Field(
        timedelta(minutes=5), description="Longest wait between tries, seconds."
    )

    takeover: timedelta = Field(
        timedelta(seconds=6),
        description="Seconds without a sign of life until a worker's jobs go to another.",
        gt=timedelta(0),
    )

    def required(self, name: str) -> str:
        """A setting that this process cannot do without. Raises Misconfigured."""
        value = getattr(self, name)
        if not value:
            raise Misconfigured(
                f"ATTENDING_{name.upper()} is not set.",
                remedy="Set it; docs/operations/settings.md says what it is.",
            )
        return str(value)

    def key(self, name: str) -> bytes:
        """The 32 bytes in the file that a setting names. Raises Misconfigured."""
        path = Path(self.required(name))
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Misconfigured(f"The key file {path.name} cannot be read.") from error
        if len(content) != 32:  # noqa: PLR2004 - AES-256
            raise Misconfigured(f"The key file {path.name} does not hold 32 bytes.")
        return content


@dataclass(frozen=True)
class Effective:
    """A setting as this process has it. value: in words; "" if it is secret, or not set."""

    name: str
    description: str
    value: str
    is_secret: bool
    is_set: bool
    is_default: bool


def effective(settings: Settings) -> tuple[Effective, ...]:
    """Every setting, in the order of the class. Of a secret, whether it is set."""
    return tuple(_effective(settings, name) for name in Settings.model_fields)


def _effective(settings: Settings, name: str) -> Effective:
    field, value = Settings.model_fields[name], getattr(settings, name)
    is_secret = name in SECRETS or "SecretStr" in repr(field.annotation)
    return Effective(
        name=f"ATTENDING_{name.upper()}",
        description=field.description or "",
        value="" if is_secret or value in _UNSET else _told(value),
        is_secret=is_secret,
        is_set=value not in _UNSET,
        is_default=value == field.default,
    )


def _told(value: object) -> str:
    """As it would be written in the environment."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, tuple):
        return json.dumps(
            [each.model_dump() if isinstance(each, BaseModel) else each for each in value]
        )
    if isinstance(value, dict):
        return json.dumps({name: each.model_dump() for name, each in value.items()})
    return str(value)


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from a given environment instead of the process's own."""
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environment.items()}
    return Settings(**source())
