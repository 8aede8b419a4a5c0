"""The codec: what is sealed opens only under its key, in its place, unaltered."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.adapters.storage.codec import TenantCipher, new_key, unwrap, wrap
from attending.core.errors import Misconfigured
from attending.core.ids import TenantId

TENANT = TenantId(uuid4())
CIPHER = TenantCipher(new_key(), TENANT)
PLACES = st.text(max_size=40)


@given(st.binary(max_size=500), PLACES)
def test_what_is_sealed_opens_again(content: bytes, place: str) -> None:
    sealed = CIPHER.seal(place, content)
    assert CIPHER.open(place, sealed) == content
    assert CIPHER.seal(place, content) != sealed


@given(st.binary(max_size=60), st.integers(min_value=0), st.integers(1, 255))
def test_one_changed_byte_is_found(content: bytes, at: int, change: int) -> None:
    sealed = bytearray(CIPHER.seal("here", content))
    sealed[at % len(sealed)] ^= change
    with pytest.raises(Misconfigured):
        CIPHER.open("here", bytes(sealed))


@given(st.binary(max_size=60))
def test_another_place_key_or_tenant_does_not_open_it(content: bytes) -> None:
    sealed = CIPHER.seal("here", content)
    for cipher, place in (
        (CIPHER, "there"),
        (TenantCipher(new_key(), TENANT), "here"),
        (TenantCipher(CIPHER.key, TenantId(uuid4())), "here"),
    ):
        with pytest.raises(Misconfigured):
            cipher.open(place, sealed)


def test_a_wrapped_key_opens_under_its_outer_key_and_name_alone() -> None:
    outer, key = new_key(), new_key()
    wrapped = wrap(outer, TENANT, "patient/1", key)
    assert unwrap(outer, TENANT, "patient/1", wrapped) == key
    with pytest.raises(Misconfigured):
        unwrap(outer, TENANT, "patient/2", wrapped)


@pytest.mark.parametrize("cut", [0, 5, 12, 20])
def test_a_cut_value_is_found(cut: int) -> None:
    with pytest.raises(Misconfigured):
        CIPHER.open("here", CIPHER.seal("here", b"content")[:cut])
