# at: src/attending/web/planted.py
import hashlib
import hmac
import secrets
import tempfile

# ruleid: weak-randomness
import random


def made(content, session, sent):
    # ruleid: guessed-file-name
    tempfile.mktemp()
    # ok: guessed-file-name
    tempfile.mkstemp()
    # ok: weak-randomness
    secrets.token_hex(16)
    # ruleid: weak-digest
    hashlib.md5(content)
    # ruleid: weak-digest
    hashlib.new("sha1", content)
    # ok: weak-digest
    hashlib.sha1(content, usedforsecurity=False)
    # ok: weak-digest
    hashlib.sha256(content)
    # ruleid: compared-secret
    if session.csrf == sent:
        return 1
    # ok: compared-secret
    return hmac.compare_digest(session.csrf, sent)
