"""IP addresses of clients. They are kept in memory only."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

VISITOR_BITS = 64
"""Leading bits of an IPv6 address that one network has; its devices choose the others."""


def network_of(address: str) -> str:
    """The network that counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address.

    A text that is no address is returned as it is.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), VISITOR_BITS), strict=False))
