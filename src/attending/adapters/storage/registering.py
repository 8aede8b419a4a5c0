"""Registering versions and their evaluations, with an administrator's connection.

No serving role writes what is written here: what a version is, and how it did, nobody
changes who serves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from attending.adapters.storage.migrate import OWNER
from attending.adapters.storage.registry import EVALUATIONS, VERSIONS, evaluation_of, version_of
from attending.assurance.manifest import HERE, Manifest
from attending.core.errors import Conflict, InvalidInput, NotFound
from attending.core.ids import EvaluationId, derived
from attending.core.registry import (
    Evaluation,
    EvaluationDocument,
    ModelVersion,
    VersionKind,
    canonical_document,
    read_document,
    text_digest,
    version_id,
)

_Connection = psycopg.Connection[dict[str, Any]]


def register(admin_dsn: str, manifest: Manifest, by: str) -> ModelVersion:
    """Raises Conflict if this name and version stands already with other content."""
    with _connected(admin_dsn) as connection:
        known = _named(connection, manifest.name, manifest.version, manifest.kind)
        other = [each for each in known if each.digest != manifest.digest]
        if other:
            raise Conflict(
                f"{manifest.name} {manifest.version} is registered with another digest.",
                remedy="Give the new content a new version.",
                digest=other[0].digest,
            )
        return _kept(connection, manifest, by)


def register_shipped(
    admin_dsn: str, manifests: Iterable[Manifest], evaluations: Iterable[str] = ()
) -> None:
    """What the installation brings itself; whatever stands already is left as it is.

    evaluations: documents; those of other content than is brought are left out.
    """
    with _connected(admin_dsn) as connection:
        known = {each.digest: _kept(connection, each, HERE) for each in manifests}
        for text in evaluations:
            version = known.get(read_document(text).subject_digest)
            if version is not None:
                _evaluated(connection, version, text, HERE)


def _kept(connection: _Connection, manifest: Manifest, by: str) -> ModelVersion:
    made = version_id(manifest.kind, manifest.name, manifest.version, manifest.digest)
    connection.execute(
        """insert into attending.model_versions
             (id, kind, name, version, digest, manifest, registered_by, trained_by)
           values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing""",
        (
            made,
            manifest.kind,
            manifest.name,
            manifest.version,
            manifest.digest,
            Jsonb(dict(manifest.told)),
            by,
            manifest.trained_by,
        ),
    )
    row = connection.execute(
        "select * from attending.model_versions where id = %s", (made,)
    ).fetchone()
    if row is None:
        raise NotFound("The version was not kept.")
    return version_of(row)


def versions(admin_dsn: str) -> tuple[ModelVersion, ...]:
    with _connected(admin_dsn) as connection:
        return tuple(map(version_of, connection.execute(VERSIONS).fetchall()))


def found(admin_dsn: str, name: str, version: str, kind: VersionKind | None = None) -> ModelVersion:
    """The one that was registered last under this name. Raises NotFound."""
    with _connected(admin_dsn) as connection:
        return _found(connection, name, version, kind)


def _found(
    connection: _Connection, name: str, version: str, kind: VersionKind | None
) -> ModelVersion:
    known = _named(connection, name, version, kind)
    if not known:
        raise NotFound(
            f"The registry has no {name} {version}.", remedy="`attending model list` tells all."
        )
    return known[-1]


def _named(
    connection: _Connection, name: str, version: str, kind: VersionKind | None
) -> list[ModelVersion]:
    rows = connection.execute(
        """select * from attending.model_versions
           where name = %s and version = %s and (%s::text is null or kind = %s) order by at, id""",
        (name, version, kind, kind),
    )
    return list(map(version_of, rows.fetchall()))


def evaluations(admin_dsn: str, version: ModelVersion) -> tuple[Evaluation, ...]:
    with _connected(admin_dsn) as connection:
        return tuple(map(evaluation_of, connection.execute(EVALUATIONS, (version.id,)).fetchall()))


def add_evaluation(
    admin_dsn: str, text: str, by: str, kind: VersionKind | None = None
) -> Evaluation:
    """The document of an evaluation, for the version that it names as its subject.

    Raises InvalidInput for no such document, of other content than was registered, or of a part
    alone; NotFound for a version that is not registered.
    """
    document = read_document(text)
    if document.partial:
        raise InvalidInput(
            "The evaluation left something out: checks were off, or items were not scored.",
            remedy="Evaluate the whole, without --off and --limit.",
        )
    with _connected(admin_dsn) as connection:
        return _evaluated(connection, _subject(connection, document, kind), text, by)


def _evaluated(connection: _Connection, version: ModelVersion, text: str, by: str) -> Evaluation:
    document, kept = read_document(text), canonical_document(text)
    made = EvaluationId(derived("evaluation", version.id, text_digest(kept)))
    connection.execute(
        """insert into attending.evaluations
             (id, version_id, task, dataset, dataset_digest, document, digest, added_by)
           values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing""",
        (
            made,
            version.id,
            document.task,
            document.dataset,
            document.digest,
            kept,
            text_digest(kept),
            by,
        ),
    )
    row = connection.execute(
        "select * from attending.evaluations where id = %s", (made,)
    ).fetchone()
    if row is None:
        raise NotFound("The evaluation was not kept.")
    return evaluation_of(row)


def _subject(
    connection: _Connection, document: EvaluationDocument, kind: VersionKind | None
) -> ModelVersion:
    last = _found(connection, document.subject, document.subject_version, kind)
    known = _named(connection, document.subject, document.subject_version, kind)
    wanted = document.subject_digest
    exact = [each for each in known if each.digest == wanted]
    if not exact and wanted:
        raise InvalidInput(
            f"What was evaluated is not the {last.label} that is registered: its digest differs.",
            remedy="Register what was evaluated, or evaluate what is registered.",
            digest=last.digest,
        )
    return exact[-1] if exact else last


@contextmanager
def _connected(admin_dsn: str) -> Iterator[_Connection]:
    """A transaction of the schema's owner, which commits at its end."""
    with psycopg.connect(admin_dsn, row_factory=dict_row) as connection:
        connection.execute(f"set local role {OWNER}")
        yield connection
