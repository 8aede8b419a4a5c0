"""The issuer's signing key (ES256), kept in a file that only its owner can read."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from attending.core.errors import Misconfigured

_READABLE_BY_OTHERS = 0o077


def signing_key(path: Path) -> ECKey:
    """The key in ``path``, made there if the file is absent.

    Raises Misconfigured for a file that others can read or that is no such key.
    """
    if not path.exists():
        _create(path)
    if path.stat().st_mode & _READABLE_BY_OTHERS:
        raise Misconfigured("Others can read the issuer's key", remedy=f"chmod 600 {path}")
    try:
        key = ECKey.import_key(path.read_bytes())
    except (JoseError, ValueError) as cause:
        raise Misconfigured("The issuer's key file holds no key", path=str(path)) from cause
    if not key.is_private or key.curve_name != "P-256":
        raise Misconfigured("The issuer's key is no private key on P-256", path=str(path))
    key.ensure_kid()
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(ECKey.generate_key("P-256").as_pem(private=True))
        # Linked when complete: of two that start together one wins, and both read its key.
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)  # noqa: PTH108
