"""Ways to spoil a token, for access tokens and proofs alike."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping

from hypothesis import strategies as st
from joserfc.jwk import ECKey

from tests.adapters.identity.forging import Forge, segment


def unsigned(token: str, alg: str = "none") -> str:
    return f"{segment({'alg': alg, 'typ': 'at+jwt'})}.{token.split('.')[1]}."


def hmac_with_public_key(token: str, forge: Forge) -> str:
    """The confusion of algorithms: the public key, known to all, taken for a secret."""
    header = segment({"alg": "HS256", "typ": "at+jwt", "kid": forge.key.kid})
    signed = f"{header}.{token.split('.')[1]}"
    assert isinstance(forge.key, ECKey)
    secret = forge.key.as_pem(private=False)
    return f"{signed}.{segment(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def resigned(token: str, forge: Forge, stranger: ECKey) -> str:
    """The same content, signed by a key that only calls itself the issuer's."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": forge.key.kid}
    return _signed_again(token, header, stranger, forge)


def with_own_key(token: str, forge: Forge, stranger: ECKey) -> str:
    """The token brings the key by which to judge it."""
    jwk = stranger.as_dict(private=False)
    return _signed_again(token, {"alg": "ES256", "typ": "at+jwt", "jwk": jwk}, stranger, forge)


def unknown_key(token: str, forge: Forge, stranger: ECKey) -> str:
    return _signed_again(token, {"typ": "at+jwt", "kid": stranger.kid}, stranger, forge)


def _signed_again(token: str, header: Mapping[str, object], key: ECKey, forge: Forge) -> str:
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return forge.signed(dict(header), claims, key)


ATTACKS: dict[str, Callable[[str, Forge, ECKey], str]] = {
    "alg none": lambda token, _f, _s: unsigned(token),
    "alg nOnE": lambda token, _f, _s: unsigned(token, "nOnE"),
    "alg none keeps signature": lambda token, _f, _s: unsigned(token) + token.split(".")[2],
    "HS256 with public key": lambda token, forge, _s: hmac_with_public_key(token, forge),
    "another's signature": resigned,
    "brings its own key": with_own_key,
    "unknown key id": unknown_key,
    "no signature": lambda token, _f, _s: token.rpartition(".")[0] + ".",
    "two parts": lambda token, _f, _s: token.rpartition(".")[0],
    "four parts": lambda token, _f, _s: token + ".AA",
    "padded": lambda token, _f, _s: token + "=",
    "trailing newline": lambda token, _f, _s: token + "\n",
    "empty": lambda _t, _f, _s: "",
    "not ascii": lambda token, _f, _s: token + "é",
    "lone surrogate": lambda token, _f, _s: token + "\ud800",
    "huge": lambda token, _f, _s: token + "A" * 100_000,
    "deep payload": lambda token, _f, _s: f"{token.split('.')[0]}.{segment(b'[' * 9000)}.AA",
    "deep header": lambda token, _f, _s: f"{segment(b'[' * 380)}.{token.split('.')[1]}.AA",
    "long integer": lambda token, _f, _s: f"{token.split('.')[0]}.{segment(b'9' * 9000)}.AA",
    "payload no object": lambda token, _f, _s: f"{token.split('.')[0]}.{segment([1])}.AA",
    "header no object": lambda token, _f, _s: f"{segment(['alg', 'b64'])}.{token.split('.')[1]}.A",
    "header text": lambda token, _f, _s: f"{segment('alg')}.{token.split('.')[1]}.AA",
    "header number": lambda token, _f, _s: f"{segment(1)}.{token.split('.')[1]}.AA",
}

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
_header_names = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x5u", "x5c", "cty"])
_header_values = st.sampled_from(["ES256", "RS256", "EdDSA", "none", ["b64"], False]) | _json


@st.composite
def made_up_tokens(draw: st.DrawFn) -> str:
    """Three segments of JSON, whose header has the right names and any values."""
    header = draw(st.dictionaries(_header_names, _header_values, max_size=5) | _json)
    payload = draw(_json)
    return f"{segment(header)}.{segment(payload)}.{segment(draw(st.binary(max_size=70)))}"


@st.composite
def any_tokens(draw: st.DrawFn) -> str:
    return draw(st.text(max_size=200) | made_up_tokens())


def flipped(token: str, position: int, bit: int) -> str:
    """The token with one bit changed, as a thief's or a cable's fault would."""
    at = position % len(token)
    return token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
