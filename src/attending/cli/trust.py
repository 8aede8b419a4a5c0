"""``attending trust``: what the installation trusts, as statements signed by an admin key."""

from __future__ import annotations

import json as forms
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from attending.adapters.ed25519 import CommandKey, FileKey, make_key, public_key
from attending.adapters.identity.issuers import TrustedIssuer, published
from attending.adapters.storage import statements
from attending.adapters.storage.statements import Authority, Change
from attending.cli.installations import HOME, Home, Tenant, administered, demo_installation
from attending.core.errors import InvalidInput, Misconfigured
from attending.core.identity import Principal, StaffRole
from attending.core.ids import PrincipalId, TargetId, TenantId, derived
from attending.core.passkey import Passkey
from attending.core.trust import (
    AdminBody,
    AdminKey,
    Body,
    EgressBody,
    IssuerBody,
    PromotionBody,
    StatementKind,
    Trusted,
    key_id,
)
from attending.core.work import Target
from attending.settings import Settings

trust = typer.Typer(help="What is trusted, signed by an admin key.", no_args_is_help=True)
add = typer.Typer(help="State that something is trusted from now on.", no_args_is_help=True)
trust.add_typer(add, name="add")

Reason = Annotated[str, typer.Option(help="Kept in the log for ever: name no patient.")]


@trust.command()
def init(file: Annotated[Path, typer.Argument(help="Where the private key goes.")]) -> None:
    """Make an admin key. Keep it where no serving process reaches it, best in no machine at all."""
    public = make_key(file)
    console = Console()
    console.print(f"The admin key is in {file}, its public half in {public}.", highlight=False)
    console.print("Give every process the public half: ATTENDING_TRUST_ROOT_FILE.")
    console.print(
        "Whoever has the private key decides who signs: keep it off these machines, and a copy"
        " in a safe.",
        style="yellow",
    )


@add.command()
def principal(
    subject: Annotated[str, typer.Argument(help="The person's `sub` at the issuer.")],
    *,
    issuer: Annotated[str, typer.Option(help="The issuer's address.")],
    name: Annotated[str, typer.Option(help="As it stands under what the person signs.")],
    role: Annotated[list[StaffRole], typer.Option(help="Once for each role.")],
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """A person, with what the person may do; said again, it replaces what stood."""
    with _authorised(tenant, home) as desk:
        made = PrincipalId(derived(desk.tenant, issuer, subject))
        person = Principal(made, issuer, subject, name, frozenset(role))
        desk.state(statements.principal(person))


@add.command()
def issuer(
    address: Annotated[str, typer.Argument(help="As in its tokens' `iss`.")],
    *,
    audience: Annotated[str, typer.Option(help="`aud` of access tokens.")] = "attending",
    client_id: Annotated[str, typer.Option(help="`aud` of ID tokens.")] = "attending-console",
    jwks_uri: Annotated[str, typer.Option(help="Where its keys are, if not discovered.")] = "",
    pin: Annotated[
        bool, typer.Option("--pin", help="Trust its keys of now, beside those pinned before.")
    ] = False,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """An issuer whose log-ins prove signatures. With --pin its keys are signed for too."""
    known = TrustedIssuer(address, audience, client_id, jwks_uri or None)
    keys = published(known) if pin else ()
    with _authorised(tenant, home) as desk:
        before = desk.standing().standing.get((StatementKind.ISSUER, address))
        if pin and isinstance(before, IssuerBody):
            keys = tuple(sorted({*before.keys, *keys}))
        body = IssuerBody(audience, client_id, jwks_uri, keys)
        desk.state(Change(StatementKind.ISSUER, address, body))


@add.command()
def target(
    address: Annotated[str, typer.Argument(help="The record system's address.")],
    *,
    kind: Annotated[str, typer.Option(help="Of record system: the adapter's name.")] = "fhir-r4",
    name: Annotated[str, typer.Option(help="As clinicians read it.")],
    id: Annotated[UUID | None, typer.Option(help="Of a target that moves.")] = None,  # noqa: A002
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """A record system that signed entries may be written to."""
    with _authorised(tenant, home) as desk:
        made = TargetId(id or derived(desk.tenant, kind, address))
        desk.state(statements.target(Target(made, kind, address, name)))


@add.command()
def egress(
    engine: Annotated[str, typer.Argument(help="The engine's name.")],
    *,
    address: Annotated[str, typer.Option(help="Where it answers.")],
    agreement: Annotated[str, typer.Option(help="The agreement's reference.")],
    region: Annotated[str, typer.Option(help="Where the data lie.")],
    purpose: Annotated[str, typer.Option(help="What it may be used for.")],
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """An engine outside that may be sent tokens. Until tokens exist, none is used."""
    with _authorised(tenant, home) as desk:
        body = EgressBody(address, agreement, region, purpose)
        desk.state(Change(StatementKind.EGRESS, engine, body))


@add.command()
def promotion(
    model: Annotated[str, typer.Argument(help='"kind/name" of the version, as "model/NAME".')],
    *,
    version: Annotated[str, typer.Option(help="The version that may draft.")],
    evaluation: Annotated[str, typer.Option(help="Digest of the promotion that was signed.")],
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Confirm a promotion, so that it holds without its proof: when issuers change their keys."""
    with _authorised(tenant, home) as desk:
        body = PromotionBody(version, evaluation)
        desk.state(Change(StatementKind.PROMOTION, model, body))


@add.command()
def admin(
    public: Annotated[Path, typer.Argument(help="Its public half (PEM).", exists=True)],
    *,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """A further admin key. To change keys: add the new one, then revoke the old with it."""
    key = public_key(public)
    with _authorised(tenant, home) as desk:
        desk.state(Change(StatementKind.ADMIN, key_id(key), AdminBody(key.hex())))


@add.command()
def passkey(
    fingerprint: Annotated[
        str, typer.Argument(help="As its owner told you; without one, list what waits.")
    ] = "",
    *,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """A passkey that a clinician enrolled. Hear the fingerprint from the clinician: not from here.

    Whoever took over the web process could have enrolled one in somebody's name.
    """
    with _looking(tenant, home) as desk:
        waiting = statements.waiting(desk.admin_dsn, desk.tenant, desk.root)
    if not fingerprint:
        _print_waiting(Console(), waiting)
        return
    found = [each.public for each, _owner in waiting if each.public.fingerprint == fingerprint]
    if len(found) != 1:
        raise InvalidInput(
            "No passkey with this fingerprint waits.",
            remedy="Compare it with `attending trust add passkey`, which lists those that wait.",
        )
    with _authorised(tenant, home) as desk:
        desk.state(statements.passkey(found[0]))


@trust.command()
def revoke(
    kind: StatementKind,
    subject: Annotated[str, typer.Argument(help="As `attending trust show` lists it.")],
    *,
    reason: Reason,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """From now on it is not trusted: what a revoked person signed and is not written yet stops."""
    with _authorised(tenant, home) as desk:
        desk.state(Change(kind, subject, reason=reason))


@trust.command()
def show(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Verify the whole log and list what stands; exit 1 if a row says otherwise."""
    with _looking(tenant, home) as desk:
        now, differing = statements.stands(desk.admin_dsn, desk.tenant, desk.root)
    if json:
        typer.echo(forms.dumps(_document(now, differing), indent=2))
    else:
        _print(Console(), now, differing)
    if differing:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Desk:
    """One tenant's log, with the root that the processes know."""

    admin_dsn: str
    tenant: TenantId
    root: bytes
    settings: Settings

    def standing(self) -> Trusted:
        return statements.stands(self.admin_dsn, self.tenant, self.root)[0]

    def state(self, change: Change) -> None:
        authority = Authority(self.admin_dsn, _admin_key(self.settings), self.root)
        before = self.standing().head.number
        now = statements.state(authority, self.tenant, change)
        said = "Stated" if change.body else "Revoked"
        if now.head.number == before:
            said = "It stood already"
        Console().print(
            f"{said}: {change.kind} {change.subject} (statement {now.head.number}).",
            highlight=False,
            markup=False,
        )


def _admin_key(settings: Settings) -> AdminKey:
    path = Path(settings.required("trust_key_file"))
    if settings.trust_signer:
        return CommandKey(settings.trust_signer, public_key(path))
    return FileKey.read(path)


@contextmanager
def _authorised(tenant: UUID | None, home: Path) -> Iterator[_Desk]:
    with _looking(tenant, home) as desk:
        if desk.settings.trust_key_file == home.resolve() / "trust.pem":
            Console(stderr=True).print(
                "The demo's admin key lies in a file beside it: never do so with patients.",
                style="yellow",
            )
        yield desk


@contextmanager
def _looking(tenant: UUID | None, home: Path) -> Iterator[_Desk]:
    with administered(home) as (admin_dsn, given):
        settings, clinic = (given, tenant) if given.admin_url else _of_demo(given, tenant, home)
        if clinic is None:
            raise Misconfigured("Which clinic?", remedy="Give --tenant ID.")
        root = public_key(Path(settings.required("trust_root_file")))
        yield _Desk(admin_dsn, TenantId(clinic), root, settings)


def _of_demo(settings: Settings, tenant: UUID | None, home: Path) -> tuple[Settings, UUID]:
    installation = demo_installation(home)
    kept = {"trust_key_file": installation.trust_key}
    return settings.model_copy(update=kept), tenant or installation.tenant


def _document(now: Trusted, differing: tuple[str, ...]) -> dict[str, object]:
    return {
        "tenant": str(now.tenant),
        "head": asdict(now.head),
        "admins": sorted(now.admins),
        "standing": [
            {"kind": kind, "subject": subject, "body": asdict(body)}
            for (kind, subject), body in sorted(now.standing.items())
        ],
        "revoked": [
            {"kind": kind, "subject": subject, "at": said.at, "reason": said.reason}
            for (kind, subject), said in sorted(now.revoked.items())
        ],
        "differing": list(differing),
    }


def _print(console: Console, now: Trusted, differing: tuple[str, ...]) -> None:
    table = Table("kind", "subject", "what", box=None)
    for (kind, subject), body in sorted(now.standing.items()):
        table.add_row(kind, subject, _told(body))
    for (kind, subject), said in sorted(now.revoked.items()):
        table.add_row(kind, subject, f"revoked {said.at[:16]}: {said.reason}", style="dim")
    console.print(table if table.row_count else "Nothing is stated yet.", markup=False)
    keys = ", ".join(sorted(key_id(bytes.fromhex(key)) for key in now.admins))
    console.print(f"{now.head.number} statements hold. Admin keys: {keys}.", highlight=False)
    for each in differing:
        console.print(f"  ✗ the row of {each} is not what was stated", style="bold red")
    if differing:
        console.print("Signing and release go by the statements. Tell the safety officer.")


def _print_waiting(console: Console, waiting: Iterable[tuple[Passkey, str]]) -> None:
    """A line each, which is never cut: the fingerprint is what people compare."""
    lines = [
        f"{each.public.fingerprint}  {owner}: {each.name}"
        f" (for {each.public.party.origin}, enrolled {each.enrolled_at:%Y-%m-%d %H:%M} UTC)"
        for each, owner in waiting
    ]
    for line in lines or ["No passkey waits."]:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _told(body: Body) -> str:
    parts = asdict(body).values()
    return "  ".join(", ".join(p) if isinstance(p, tuple) else str(p) for p in parts if p)
