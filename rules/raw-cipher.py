# at: src/attending/adapters/storage/planted.py
# ruleid: raw-cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
# ruleid: raw-cipher
from cryptography.fernet import Fernet


def sealed(key, nonce, content):
    # ruleid: raw-cipher
    return AESGCM(key).encrypt(nonce, content, None)


def right(unit, patient, content):
    # ok: raw-cipher
    return unit.cipher(patient).seal("runs/output", content)


# at: src/attending/adapters/storage/codec.py
# ok: raw-cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
