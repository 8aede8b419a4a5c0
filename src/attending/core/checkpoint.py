"""A checkpoint: the signed head of a tenant's audit history, kept outside the database.

It says that the history had ``size`` entries with this root, and which checkpoint came
before it. Each names the one before, so that none can be taken out unnoticed, and the
last one's signature vouches for all.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

# The action of the entry that tells of a delivery; its detail names the checkpoint's size.
WRITTEN = "release.written"
_FORM = "attending/checkpoint/2"


@dataclass(frozen=True)
class Checkpoint:
    """Hashes and signature (Ed25519) in lower-case hex.

    root: RFC 6962's, of the tree over the entries. chain: the hash of the last entry.
    previous: the ``name`` of the checkpoint before it, "" for the first. at: ISO 8601.
    key: the first 16 digits of the SHA-256 of the public key.
    """

    tenant: str
    size: int
    root: str
    chain: str
    at: str
    previous: str
    key: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature covers: the fields in their order, one a line."""
        fields = (self.tenant, self.size, self.root, self.chain, self.at, self.previous, self.key)
        return "\n".join((_FORM, *map(str, fields))).encode()

    @property
    def name(self) -> str:
        """By which the next one names it: SHA-256 of all of it."""
        return hashlib.sha256(self.signed_bytes() + b"\n" + self.signature.encode()).hexdigest()

    def line(self) -> str:
        """As it is kept, and travels."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Verified:
    """How far a history was verified, and what was found. It can go on from here.

    size, chain, leaves, peaks: of what was read so far: the number and the hash of its last
    entry, and its tree, in hex. of: how many there were when it was last asked. checkpoints: that were held against them; None where none are known.
    problems: in words, at most MOST_PROBLEMS of them. is_done: the end was reached.
    """

    size: int
    chain: str
    leaves: int
    peaks: tuple[str, ...]
    of: int
    checkpoints: int | None
    problems: tuple[str, ...]
    is_done: bool


MOST_PROBLEMS = 20
UNREADABLE = Checkpoint("", 0, "", "", "", "", "")


def read(line: str) -> Checkpoint:
    """The checkpoint of a line; UNREADABLE, which nobody signed, for anything else."""
    try:
        found = Checkpoint(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return UNREADABLE
    words = [value for name, value in vars(found).items() if name != "size"]
    is_whole = type(found.size) is int and all(isinstance(word, str) for word in words)
    return found if is_whole else UNREADABLE
