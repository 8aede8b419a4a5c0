"""``attending model``: the registry. What a version is, how it did, and who let it answer."""

from __future__ import annotations

import getpass
import json as forms
from pathlib import Path
from typing import Annotated

import typer

from attending import app as wiring
from attending.adapters.storage import registering
from attending.adapters.storage.enrol import owners_unit
from attending.assurance.cards import card as card_of
from attending.assurance.manifest import Manifest, read_manifest
from attending.cli.installations import HOME, Home, Tenant, administered, administered_clinic
from attending.cli.rolling import (
    AsJson,
    Name,
    Version,
    answered_whom,
    pairs,
    pause,
    roll_back,
    rollout,
    say,
)
from attending.core.errors import InvalidInput, NotFound
from attending.core.line import Engines
from attending.core.promotion import Gate
from attending.core.registry import Evaluation, ModelVersion, VersionKind
from attending.loop.promote import hold
from attending.settings import Settings

model = typer.Typer(help="Versions of models, prompts and check sets.", no_args_is_help=True)
model.command()(rollout)
model.command()(pause)
model.command(name="rollback")(roll_back)
model.command(name="who")(answered_whom)
model.command()(pairs)

Kind = Annotated[VersionKind | None, typer.Option(help="Where two kinds share a name.")]
By = Annotated[
    str,
    typer.Option(help="Who does it, by the `sub` of their issuer; they sign no promotion of it."),
]


@model.command()
def register(
    manifest: Annotated[
        Path | None, typer.Argument(help="JSON or TOML.", exists=True, dir_okay=False)
    ] = None,
    *,
    installed: Annotated[
        str, typer.Option(help="Instead: the NAME or NAME@VERSION that runs here.")
    ] = "",
    by: By = "",
    home: Home = HOME,
) -> None:
    """Enter a version into the registry, as ATTENDING_ADMIN_URL's administrator."""
    if (manifest is None) == (not installed):
        raise InvalidInput("Give a manifest, or what --installed names.")
    with administered(home) as (admin_dsn, settings):
        read = read_manifest(manifest) if manifest else _installed(settings, installed)
        made = registering.register(admin_dsn, read, by or getpass.getuser())
    say(f"Registered: {made.kind} {made.label}  {made.digest}")


def _installed(settings: Settings, wanted: str) -> Manifest:
    name, _, version = wanted.partition("@")
    here = wiring.installed(settings)
    found = [each for each in here if each.name == name and version in ("", each.version)]
    if len(found) != 1:
        raise NotFound(
            f"{wanted} does not run here." if not found else f"Several run here as {name}.",
            remedy=f"Name one of {', '.join(f'{each.name}@{each.version}' for each in here)}.",
        )
    return found[0]


@model.command(name="list")
def list_versions(*, json: AsJson = False, home: Home = HOME) -> None:
    """Every version that was ever registered, and how often it was evaluated."""
    with administered(home) as (admin_dsn, _settings):
        known = registering.versions(admin_dsn)
        counts = {each.id: len(registering.evaluations(admin_dsn, each)) for each in known}
    if json:
        typer.echo(forms.dumps([_told(each) for each in known], indent=2))
        return
    for each in known:
        times = f"{counts[each.id]} evaluations"
        when = f"{each.at:%Y-%m-%d %H:%M} by {each.registered_by}"
        say(f"{each.kind}  {each.label}  {each.digest[:12]}  {when}  {times}")


@model.command()
def show(
    name: Name, version: Version, *, kind: Kind = None, json: AsJson = False, home: Home = HOME
) -> None:
    """A version with every figure of its evaluations."""
    with administered(home) as (admin_dsn, _settings):
        found = registering.found(admin_dsn, name, version, kind)
        evaluations = registering.evaluations(admin_dsn, found)
    if json:
        told = _told(found) | {"evaluations": [_evaluation(each) for each in evaluations]}
        typer.echo(forms.dumps(told, indent=2))
        return
    say(f"{found.kind} {found.label}  {found.digest}")
    say(f"registered {found.at:%Y-%m-%d %H:%M} by {found.registered_by}")
    for each in evaluations:
        told_by = each.document
        say(f"{told_by.task} on {told_by.dataset}, {each.digest}")
        for measure, m in told_by.measures.items():
            say(f"  {measure}  {m.value:.4g}  ({m.low:.4g} to {m.high:.4g}, n {m.n})")


@model.command()
def card(name: Name, version: Version, *, kind: Kind = None, home: Home = HOME) -> None:
    """Print the version's card, in Markdown, made of the registry."""
    with administered(home) as (admin_dsn, _settings):
        found = registering.found(admin_dsn, name, version, kind)
        evaluations = registering.evaluations(admin_dsn, found)
    typer.echo(card_of(found, evaluations), nl=False)


@model.command(name="evaluate-add")
def evaluate_add(
    document: Annotated[
        Path, typer.Argument(help="As `attending evaluate --json` printed it.", exists=True)
    ],
    *,
    by: By = "",
    kind: Kind = None,
    home: Home = HOME,
) -> None:
    """Keep an evaluation with the version that it names as its subject."""
    try:
        text = document.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("This is no document of an evaluation.") from error
    with administered(home) as (admin_dsn, _settings):
        kept = registering.add_evaluation(admin_dsn, text, by or getpass.getuser(), kind)
    told = kept.document
    say(f"Kept for {told.subject} {told.subject_version}: {told.task} on {told.dataset}")
    say(kept.digest)


@model.command()
def gates(
    name: Name,
    version: Version,
    *,
    kind: Kind = None,
    json: AsJson = False,
    tenant: Tenant = None,
    home: Home = HOME,
) -> None:
    """Hold a version against the gates of its promotion; exit 1 if one fails."""
    with administered_clinic(tenant, home) as (admin_dsn, settings, clinic):
        found = registering.found(admin_dsn, name, version, kind)
        lines = wiring.lines(settings, Engines())
        with owners_unit(admin_dsn, clinic) as unit:
            held = hold(unit, lines, found.id, wiring.policy(settings))
    if json:
        typer.echo(forms.dumps([vars(gate) for gate in held.gates], indent=2))
    else:
        _print_gates(held.gates, tuple(each.version.label for each in held.rivals))
    if held.failed:
        raise typer.Exit(1)


def _print_gates(asked: tuple[Gate, ...], rivals: tuple[str, ...]) -> None:
    compared = ", ".join(rivals) or "nothing: no version before it"
    say(f"Compared with {compared}.")
    for gate in asked:
        say(f"{gate.outcome}  {gate.gate}  {gate.measure}  {gate.why}".replace("    ", "  "))


def _told(version: ModelVersion) -> dict[str, object]:
    return {
        "id": str(version.id),
        "kind": str(version.kind),
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "registered_by": version.registered_by,
        "trained_by": version.trained_by,
        "at": version.at.isoformat(),
        "manifest": dict(version.manifest),
    }


def _evaluation(each: Evaluation) -> dict[str, object]:
    return {
        "id": str(each.id),
        "digest": each.digest,
        "added_by": each.added_by,
        "at": each.at.isoformat(),
        "document": forms.loads(each.text),
    }
