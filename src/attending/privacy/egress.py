"""Egress: which engines may see what. Fails closed."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from attending.core.errors import EgressRefused

LOCAL = "local"


def require_local(egress: str, engine: str) -> None:
    """Only local engines until a register of agreements exists. Raises EgressRefused."""
    if egress != LOCAL:
        raise EgressRefused(
            f"The engine {engine} is not local, and no agreement is registered for it."
        )


def loopback_addresses(host: str) -> tuple[str, ...]:
    """The addresses of a host, each of them on this machine. Raises EgressRefused.

    What a name means may change: whoever connects asks again, and connects to one of these
    addresses, never to the name.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _refused(host, "its address cannot be found") from error
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses or not all(_loopback(address) for address in addresses):
        raise _refused(host, "it is not on this machine")
    return addresses


def is_loopback(host: str) -> bool:
    """Whether a host, as it is written in an address, is this machine. No name is looked up."""
    return host == "localhost" or _loopback(host)


def _loopback(address: str) -> bool:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _refused(host: str, why: str) -> EgressRefused:
    return EgressRefused(
        f"The model at {host} may not see this: {why}. Identifiers are not replaced by tokens "
        "yet, so that only a model on this machine may read a conversation.",
        remedy="Name an endpoint on loopback, such as http://127.0.0.1:8080/v1.",
    )
