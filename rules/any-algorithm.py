# at: src/attending/adapters/identity/planted.py
from joserfc import jws, jwt


def read(token, key, registry):
    # ruleid: any-algorithm
    jwt.decode(token, key)
    # ruleid: any-algorithm
    jws.validate_compact(token, key)
    # ruleid: unverified-token
    jwt.decode(token, key, algorithms=["none"])
    # ruleid: unverified-token
    options = {"verify_signature": False}
    # ok: any-algorithm, unverified-token
    jwt.decode(token, key, algorithms=["ES256"])
    # ok: any-algorithm
    jws.validate_compact(token, key, registry=registry)
