# at: src/attending/loop/planted.py
from attending.core import entry
# ruleid: entry-made-elsewhere
from attending.core.entry import _SEAL
# ok: entry-made-elsewhere
from attending.core.entry import SignedEntry, verified


def written(parts, signature, target):
    # ruleid: entry-made-elsewhere
    made = SignedEntry(signature, seal=entry._SEAL)
    # ruleid: entry-made-elsewhere
    object.__new__(SignedEntry)
    # ruleid: delivered-elsewhere
    parts.record(target).deliver(made)
    # ok: entry-made-elsewhere
    return verified(signature, parts.prover)


# at: src/attending/loop/release.py
def delivered(parts, made, target):
    # ok: delivered-elsewhere
    return parts.record(target).deliver(made)
