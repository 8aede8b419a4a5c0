"""Model cards, made of the registry alone: what a version is, was trained on, and can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attending.assurance.gates import base
from attending.core.registry import Evaluation, EvaluationDocument, ModelVersion

_TOLD = {
    "kind", "name", "version", "digest", "file", "licence", "base", "training",
    "intended_use", "limits", "judge",
}  # fmt: skip
_SUBGROUPS, _WHOLE = "subgroups", "whole"


def card(version: ModelVersion, evaluations: Iterable[Evaluation]) -> str:
    """Markdown. Of several evaluations of a task on the same data, all stand in their order."""
    found = tuple(evaluations)
    lines = [
        f"# {_plain(version.name)} {_plain(version.version)}",
        "",
        *_facts(version),
        *_section("Intended use", _told(version, "intended_use")),
        *_section("Limits", _told(version, "limits")),
        *_data(version.manifest),
        *_measures("Evaluations", found, _WHOLE),
        *_measures("Subgroups", found, _SUBGROUPS),
        *_digests(found),
        *_further(version.manifest),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _facts(version: ModelVersion) -> Iterator[str]:
    manifest = version.manifest
    facts = {
        "Kind": str(version.kind),
        "Digest (SHA-256)": f"`{version.digest}`",
        "Licence": _plain(manifest.get("licence")) or "not stated",
        "Base": _named(manifest.get("base")) or "none",
        **_judge(manifest.get("judge")),
        "Registered": f"{version.at:%Y-%m-%d} by {_plain(version.registered_by)}",
        "Trained by": _plain(version.trained_by) or "not stated",
    }
    yield from (f"- {name}: {value}" for name, value in facts.items())


def _judge(told: Any) -> Mapping[str, str]:  # noqa: ANN401 - as the manifest has it
    """The model that a check set asks."""
    if not isinstance(told, Mapping):
        return {}
    named = f"{_plain(told.get('name'))} {_plain(told.get('version'))}"
    return {"Judge": f"{named}, `{_plain(told.get('digest'))}`"}


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"## {title}", *lines)


def _told(version: ModelVersion, field: str) -> Iterator[str]:
    told = version.manifest.get(field) or "Not stated."
    if isinstance(told, str):
        yield _plain(told)
        return
    yield from (f"- {_plain(each)}" for each in told)


def _data(manifest: Mapping[str, Any]) -> Iterator[str]:
    training = manifest.get("training") or {}
    sets = training.get("data") or []
    yield from ("", "## Training data")
    if not sets:
        yield "None: it was not trained here."
        return
    yield from ("| data | digest | licence |", "| --- | --- | --- |")
    for each in sets:
        yield (
            f"| {_cell(each.get('name'))} | `{_cell(each.get('digest'))}` "
            f"| {_cell(each.get('licence'))} |"
        )
    yield from (
        f"- {name.capitalize()}: `{_plain(training[name])}`"
        for name in ("seed", "command")
        if training.get(name) not in (None, "")
    )


def _measures(title: str, found: tuple[Evaluation, ...], which: str) -> Iterator[str]:
    rows = [row for each in found for row in _rows(each.document, which)]
    yield from ("", f"## {title}")
    if not rows:
        yield "None." if which == _SUBGROUPS else "None yet."
        return
    yield "| task | data | measure | value | interval | n |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from rows


def _rows(document: EvaluationDocument, which: str) -> Iterator[str]:
    for name, measure in document.measures.items():
        if (base(name) != name) == (which == _SUBGROUPS):
            yield (
                f"| {_cell(document.task)} | {_cell(document.dataset)} | {_cell(name)} "
                f"| {measure.value:.4g} | {measure.low:.4g} to {measure.high:.4g} | {measure.n} |"
            )


def _digests(found: tuple[Evaluation, ...]) -> Iterator[str]:
    if not found:
        return
    yield from ("", "## Digests of the evaluations")
    for each in found:
        told = each.document
        yield f"- {_plain(told.task)} on {_plain(told.dataset)} (data `{told.digest}`): `{each.digest}`"


def _further(manifest: Mapping[str, Any]) -> Iterator[str]:
    further = {name: value for name, value in manifest.items() if name not in _TOLD and value}
    if further:
        yield from ("", "## Further")
        yield from (f"- {_plain(name)}: {_value(value)}" for name, value in further.items())


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a manifest says
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{_plain(name)} {_value(each)}" for name, each in value.items())
    return _plain(value)


def _named(told: Any) -> str:  # noqa: ANN401 - as the manifest has it
    if not isinstance(told, Mapping):
        return _plain(told)
    licence = told.get("licence")
    return _plain(told.get("name")) + (f" ({_plain(licence)})" if licence else "")


def _plain(value: object) -> str:
    return " ".join(str("" if value is None else value).split())


def _cell(value: object) -> str:
    return _plain(value).replace("|", "\\|")
