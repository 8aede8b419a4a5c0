# at: src/attending/adapters/records/planted.py
import httpx
# ruleid: another-http-client
import requests
# ok: another-http-client
from urllib.parse import urlsplit


def asked(url, patience, proxied):
    # ruleid: followed-redirects
    httpx.get(url, timeout=5, trust_env=False, follow_redirects=True)
    # ruleid: http-without-timeout
    httpx.get(url, trust_env=False)
    # ruleid: http-without-timeout
    httpx.Client(timeout=None, trust_env=False)
    # ruleid: http-by-the-environment
    httpx.post(url, timeout=patience)
    # ruleid: http-by-the-environment
    httpx.Client(timeout=patience, trust_env=True)
    # ok: followed-redirects, http-without-timeout, http-by-the-environment
    httpx.Client(timeout=patience, trust_env=proxied, follow_redirects=False)
    # ok: http-without-timeout, http-by-the-environment
    httpx.URL(url)
