# at: src/attending/adapters/records/planted.py
import ssl

import httpx


def asked(url, context):
    # ruleid: tls-unverified
    httpx.get(url, timeout=5, trust_env=False, verify=False)
    # ruleid: tls-unverified
    context.check_hostname = False
    # ruleid: tls-unverified
    ssl._create_unverified_context()
    # ok: tls-unverified
    httpx.get(url, timeout=5, trust_env=False, verify=ssl.create_default_context(cafile="ca.pem"))
