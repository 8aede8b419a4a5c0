"""Which registered version it is that runs here: by its content, never by its name alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attending.assurance.result import Subject
from attending.core.errors import Conflict, NotFound
from attending.core.registry import ModelVersion

_WAYS = (
    "Let this installation run what is registered (the package that brought it,"
    " ATTENDING_SUPPORT_MODEL, ATTENDING_TEXT_MODEL), or register what runs here:"
    " attending model register --installed {name}"
)


def registered(
    versions: Iterable[ModelVersion], here: Sequence[Subject], name: str, version: str = ""
) -> ModelVersion:
    """The version of this name whose content runs here. version: "" for whichever it is.

    here: as what the registry may know it. Raises NotFound if the registry has nothing of that
    name, Conflict if it has it with other content.
    """
    known = [each for each in versions if each.name == name and version in ("", each.version)]
    same = [each for each in known if Subject(each.name, each.version, each.digest) in here]
    if same:
        return same[-1]
    if not known:
        raise NotFound(
            f"The registry has no {name} {version}".rstrip() + ".",
            remedy="`attending model list` tells all. To enter what runs here: "
            f"attending model register --installed {name}",
        )
    last, runs = known[-1], ", ".join(f"{each.version} ({each.digest[:12]})" for each in here)
    raise Conflict(
        f"{last.label} is registered with the digest {last.digest[:12]}; here runs {runs}.",
        remedy=_WAYS.format(name=name),
        registered=last.digest,
    )
