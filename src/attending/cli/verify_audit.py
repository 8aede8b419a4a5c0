"""Verify an audit export of Attending, or a proof, with nothing but this file and the public key.

    python verify_audit.py EXPORT --key checkpoint.pub.pem [--witnesses FILE]
    python verify_audit.py PROOF.json --key checkpoint.pub.pem

It needs Python 3.11 and the package cryptography, and imports no other code of Attending:
give it to whoever is to check the installation without trusting it. Exit code 0: all
holds; 1: what does not hold is printed.

What is checked in an export:
- each entry follows the one before it (hash chain), under its own number, with no gap;
- at each checkpoint the RFC 6962 tree over the entries has the root that was signed;
- each checkpoint is signed, or named by the next one, and none between them is missing;
- each delivery that an entry tells of has its checkpoint;
- each witness (a line per checkpoint, as the Provenance in the EHR holds it under
  urn:attending:audit-checkpoint) is signed, and is among the checkpoints of the export.

What an export cannot tell by itself: that its end was cut together with the last
checkpoints. Compare it with an earlier export, or give witnesses from the EHR.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

EXPORT = "attending-audit-export/1"
INCLUSION = "attending-audit-inclusion/1"
CONSISTENCY = "attending-audit-consistency/1"
SIGNED = "attending/checkpoint/2"
SIGNED_FIELDS = ("tenant", "size", "root", "chain", "at", "previous", "key")
DELIVERED = "release.written"
LISTED = 50  # problems that are printed

Json = dict[str, Any]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify_audit.py")
    parser.add_argument("paper", type=Path, help="the export, or a proof")
    parser.add_argument("--key", type=Path, required=True, help="checkpoint public key, PEM")
    parser.add_argument("--witnesses", type=Path, help="checkpoints from the EHR, one a line")
    asked = parser.parse_args(arguments)
    key = load_pem_public_key(asked.key.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        print("That is no Ed25519 public key.")
        return 1
    witnesses = asked.witnesses.read_text().splitlines() if asked.witnesses else []
    try:
        told, problems = verified(asked.paper, key, witnesses)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told, problems = "The paper cannot be read.", [f"{type(error).__name__}: {error}"]
    print(told)
    for problem in problems[:LISTED]:
        print(f"  x {problem}")
    print("It does NOT hold." if problems else "It holds.")
    return 1 if problems else 0


def verified(paper: Path, key: Ed25519PublicKey, witnesses: list[str]) -> tuple[str, list[str]]:
    """What was read, and what is wrong with it."""
    with paper.open("rb") as lines:
        first = json.loads(next(lines, b"null"))
        form = first.get("format") if isinstance(first, dict) else None
        if form == EXPORT:
            history = History(str(first["tenant"]), checkpointed(paper))
            return of_export(history, map(json.loads, lines), key, witnesses)
    if form == INCLUSION:
        return f"Entry {first['seq']}: {first['entry']}", list(of_inclusion(first, key))
    if form == CONSISTENCY:
        sizes = f"{first['first']['size']} to {first['second']['size']} entries"
        return f"From {sizes}.", list(of_consistency(first, key))
    return "The paper cannot be read.", ["it is neither an export nor a proof"]


def checkpointed(paper: Path) -> set[int]:
    """The sizes at which the heads of the history are wanted; checkpoints stand at the end."""
    with paper.open("rb") as lines:
        points = [json.loads(line) for line in lines if line.startswith(b'{"checkpoint"')]
    return {point["checkpoint"]["size"] for point in points}


def of_export(
    history: History, lines: Iterator[Json], key: Ed25519PublicKey, witnesses: list[str]
) -> tuple[str, list[str]]:
    tenant = history.tenant
    points: list[Json] = []
    end: Json | None = None
    for line in lines:
        if end is not None:
            history.problems.append("something follows the end")
        if "entry" in line:
            history.take(line)
        elif "checkpoint" in line:
            points.append(line["checkpoint"])
        else:
            end = line
    if end is None or (end.get("end"), end.get("checkpoints")) != (history.size, len(points)):
        history.problems.append("the export is not whole: its end does not fit what it holds")
    problems = [
        *history.problems,
        *of_checkpoints(points, tenant, key),
        *against(points, history),
        *of_witnesses(witnesses, points, key),
    ]
    return f"{history.size} entries and {len(points)} checkpoints of tenant {tenant}.", problems


class History:
    """Chain and tree, recomputed entry by entry."""

    def __init__(self, tenant: str, wanted: set[int]) -> None:
        self.tenant, self.wanted = tenant, wanted
        self.size = 0
        self.chain = hashlib.sha256(tenant.encode()).digest()
        self.peaks: list[bytes] = []  # of the tree: roots of its full subtrees
        self.heads = {0: self._head()}  # root and chain, by size
        self.told: list[tuple[int, object]] = []
        self.problems: list[str] = []

    def take(self, line: Json) -> None:
        seq, entry = line["seq"], line["entry"].encode()
        said = json.loads(entry)
        if seq != self.size + 1 or said.get("seq") != seq:
            self.problems.append(f"entry {self.size + 1} is missing or stands elsewhere")
        leaf = hashlib.sha256(b"\x00" + entry).digest()
        self.chain = hashlib.sha256(self.chain + leaf).digest()
        if self.chain.hex() != line["hash"]:
            self.problems.append(f"entry {seq} was altered, or does not follow the one before it")
            self.chain = bytes.fromhex(line["hash"])
        self._grow(leaf)
        if self.size in self.wanted:
            self.heads[self.size] = self._head()
        if said.get("action") == DELIVERED:
            self.told.append((seq, said["detail"].get("checkpoint")))

    def _grow(self, leaf: bytes) -> None:
        carried = self.size
        while carried % 2:
            leaf = node(self.peaks.pop(), leaf)
            carried //= 2
        self.peaks.append(leaf)
        self.size += 1

    def _head(self) -> tuple[str, str]:
        return folded(self.peaks).hex(), self.chain.hex()


def of_checkpoints(points: list[Json], tenant: str, key: Ed25519PublicKey) -> Iterator[str]:
    """From the last to the first: each names the one before it by its hash."""
    named = ""
    for at in range(len(points) - 1, -1, -1):
        point = points[at]
        if name_of(point) != named and not is_signed(point, key):
            yield f"the checkpoint at {point.get('size')} is not signed by the key"
            named = ""
            continue
        named = point["previous"]
        if point["tenant"] != tenant:
            yield f"the checkpoint at {point['size']} is another tenant's"
        if named != (name_of(points[at - 1]) if at else ""):
            yield f"checkpoints are missing before the one at {point['size']}"


def against(points: list[Json], history: History) -> Iterator[str]:
    for point in points:
        size = point.get("size")
        if size not in history.heads:
            yield f"the history ends at {history.size}, before the checkpoint at {size}"
        elif (point.get("root"), point.get("chain")) != history.heads[size]:
            yield f"the first {size} entries are not those of their checkpoint"
    sizes = {point.get("size") for point in points}
    for seq, size in history.told:
        if size not in sizes:
            yield f"entry {seq} tells of a checkpoint at {size}, which is missing"


def of_witnesses(lines: list[str], points: list[Json], key: Ed25519PublicKey) -> Iterator[str]:
    known = {name_of(point) for point in points}
    for number, line in enumerate(lines, 1):
        point = json.loads(line)
        if not is_signed(point, key):
            yield f"witness {number} is not signed by the key"
        elif name_of(point) not in known:
            yield f"witness {number}, of {point['size']} entries, is missing in the export"


def of_inclusion(paper: Json, key: Ed25519PublicKey) -> Iterator[str]:
    point, entry = paper["checkpoint"], paper["entry"].encode()
    if not is_signed(point, key):
        yield "the checkpoint is not signed by the key"
    if json.loads(entry).get("seq") != paper["seq"]:
        yield "the entry bears another number"
    at, last = paper["seq"] - 1, point["size"] - 1
    holds = 0 <= at <= last
    computed = hashlib.sha256(b"\x00" + entry).digest()
    for beside in map(bytes.fromhex, paper["proof"]):
        holds = holds and last > 0
        if at % 2 or at == last:
            computed = node(beside, computed)
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            computed = node(computed, beside)
        at, last = at // 2, last // 2
    if not holds or last != 0 or computed.hex() != point["root"]:
        yield "the proof does not lead to the checkpoint's root"


def of_consistency(paper: Json, key: Ed25519PublicKey) -> Iterator[str]:
    first, second = paper["first"], paper["second"]
    for point in (first, second):
        if not is_signed(point, key):
            yield f"the checkpoint at {point['size']} is not signed by the key"
    if first["tenant"] != second["tenant"]:
        yield "they are checkpoints of two tenants"
    if not extends(first, second, [bytes.fromhex(part) for part in paper["proof"]]):
        yield "the proof does not show that the later history only adds to the earlier"


def extends(first: Json, second: Json, proof: list[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2."""
    old_size, new_size = first["size"], second["size"]
    if old_size == new_size:
        return not proof and first["root"] == second["root"]
    if not 0 < old_size < new_size:
        return False
    if old_size & (old_size - 1) == 0:
        proof = [bytes.fromhex(first["root"]), *proof]
    if not proof:
        return False
    at, last = old_size - 1, new_size - 1
    while at % 2:
        at, last = at // 2, last // 2
    old = new = proof[0]
    for beside in proof[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            old, new = node(beside, old), node(beside, new)
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            new = node(new, beside)
        at, last = at // 2, last // 2
    return last == 0 and (old.hex(), new.hex()) == (first["root"], second["root"])


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(peaks: list[bytes]) -> bytes:
    """The tree's root; of the empty tree, the hash of nothing."""
    if not peaks:
        return hashlib.sha256().digest()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node(peak, root)
    return root


def signed_bytes(point: Json) -> bytes:
    return "\n".join((SIGNED, *(str(point.get(field)) for field in SIGNED_FIELDS))).encode()


def name_of(point: Json) -> str:
    """By which the next checkpoint names this one."""
    return hashlib.sha256(
        signed_bytes(point) + b"\n" + str(point.get("signature")).encode()
    ).hexdigest()


def is_signed(point: Json, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(bytes.fromhex(str(point.get("signature"))), signed_bytes(point))
    except (InvalidSignature, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
