"""The port to a clinical record (an EHR or a PACS). It takes a SignedEntry and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from attending.core.entry import PatientIdentity, SignedEntry

_ID = re.compile(r"(?!\.+$)[A-Za-z0-9.\-]{1,64}")
_KIND = re.compile(r"[A-Za-z]{1,64}")


def is_id(text: str) -> bool:
    """Whether it names one thing in a record: it can stand in a path and lead nowhere else."""
    return _ID.fullmatch(text) is not None


def is_reference(text: str, kind: str = "") -> bool:
    """Whether it is a relative reference, ``Encounter/123``. kind: in any case; "": of any."""
    of, _, name = text.partition("/")
    right = of.lower() == kind.lower() if kind else _KIND.fullmatch(of) is not None
    return right and is_id(name)


@dataclass(frozen=True)
class Written:
    """What stands in the record: read back and compared."""

    reference: str  # "DocumentReference/123"
    version: str
    provenance: str  # reference of the Provenance
    resource: Mapping[str, Any]  # as read back
    witness: str  # as it stands beside the Provenance


@dataclass(frozen=True)
class RecordAccess:
    """How a record system is reached; held by the releaser alone.

    token: a bearer token, or "" where the server asks for none. timeout: seconds for one
    whole exchange.
    """

    address: str
    token: str = ""
    timeout: float = 10.0


Fence = Callable[[], None]


def unfenced() -> None:
    """Lets every write through."""


class ClinicalRecord(Protocol):
    """A record system.

    ``deliver`` MUST be idempotent under ``entry.key``: a second call, also after a
    crash or a lost answer, leaves exactly one resource; a resource that already
    stands under the key with other content raises RecordMismatch. Before writing it
    MUST read the patient again, and raise PatientChanged if the identity is not
    ``entry.payload.patient``. It MUST read back what it wrote and compare. It MUST call
    ``fence`` just before everything that writes, and write no more once that raises.
    """

    kind: str

    def patient(self, reference: str) -> PatientIdentity:
        """Raises PatientChanged if merged, inactive or gone; RecordUnavailable, RecordRefused."""
        ...

    def patients(self) -> tuple[PatientIdentity, ...]:
        """Patients that may be registered, at most some hundreds."""
        ...

    def deliver(self, entry: SignedEntry, fence: Fence = unfenced, witness: str = "") -> Written:
        """Write, amend or retract, as the entry's payload says.

        witness: the audit checkpoint that covers the signature, a line of text to be kept
        with the Provenance; "" for none. Each attempt comes with another one: the witness
        of the first stays, and is told.
        """
        ...

    def stands(self, key: str) -> bool:
        """Whether anything was ever written under an entry's key, current or not."""
        ...

    def in_force(self, key: str) -> bool:
        """Whether a note stands under an entry's key, neither superseded nor retracted."""
        ...

    def read(self, reference: str) -> Mapping[str, Any]:
        """A resource as it stands. Raises RecordRefused if it is not there."""
        ...
