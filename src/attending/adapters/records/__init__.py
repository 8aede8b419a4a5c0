"""Record systems, one module per kind. A new kind is one new module and nothing else.

A module of the package that is named after its kind ("fhir-r4" lives in ``fhir_r4``)
says ``KIND`` and ``record(access) -> ClinicalRecord``.
"""

from __future__ import annotations

import importlib
import re

from attending.core.errors import Misconfigured
from attending.core.record import ClinicalRecord, RecordAccess

_KIND = re.compile(r"[a-z][a-z0-9-]{0,40}")


def open_record(kind: str, access: RecordAccess, *, package: str = __name__) -> ClinicalRecord:
    """The adapter for a kind of record system; ``package`` is where its module lives.

    Raises Misconfigured if no adapter is of this kind, or the access is unusable.
    """
    if not _KIND.fullmatch(kind):
        raise Misconfigured("That is no kind of record system.", kind=kind)
    name = f"{package}.{kind.replace('-', '_')}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        raise Misconfigured("There is no adapter for this record system.", kind=kind) from missing
    if getattr(module, "KIND", None) != kind:
        raise Misconfigured("There is no adapter for this record system.", kind=kind)
    opened: ClinicalRecord = module.record(access)
    return opened
