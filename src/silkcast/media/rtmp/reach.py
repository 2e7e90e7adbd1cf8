"""Where streams may go: to public addresses, and into private networks only where whoever runs this machine says so.

Anyone who may set a destination could otherwise have this machine knock at its own doors and at its neighbours'.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
Numeric = IPv4Address | IPv6Address

EVERYWHERE: Final = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
THIS_MACHINE: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_NAT64: Final = IPv6Network("64:ff9b::/96")
_UNICAST: Final = IPv6Network("2000::/3")  # all that IANA has given out for the public net
# What the registries of special-purpose addresses (RFC 6890) take out of that, spelled out since Python's own table
# differs from release to release; and the one at which Azure's wire server answers its guests (coreos/afterburn #145).
_SPECIAL: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32"),
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)


@dataclass(frozen=True, slots=True)
class Reach:
    """`networks` are permitted besides the public ones."""

    networks: tuple[Network, ...] = ()

    def permits(self, address: str) -> bool:
        meant = _meant(address)
        return is_public(address) or any(
            meant in network or ip_address(address) in network for network in self.networks
        )

    def permits_any(self, addresses: Iterable[str]) -> bool:
        return any(self.permits(address) for address in addresses)


def is_public(address: str) -> bool:
    meant = _meant(address)
    if isinstance(meant, IPv6Address) and meant not in _UNICAST:
        return False
    return not any(meant in network for network in _SPECIAL)


def numeric_addresses(host: str) -> list[str]:
    """What a host means that is a number already, in whatever notation the system takes: "127.1", "0x7f000001".

    Asks nobody; nothing for a name.
    """
    try:
        return addresses_of(host, socket.AI_NUMERICHOST)
    except OSError:
        return []


def addresses_of(host: str, flags: int = 0) -> list[str]:
    """What the system resolves a host to; may take long. Raises OSError when it finds nothing."""
    try:
        return [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)]
    except UnicodeError as error:
        raise OSError(str(error)) from error


def _meant(address: str) -> Numeric:
    """The address at the end of the way: some IPv6 addresses only carry an IPv4 one."""
    numeric = ip_address(address)
    if not isinstance(numeric, IPv6Address):
        return numeric
    if numeric in _NAT64:
        return IPv4Address(numeric.packed[-4:])
    return numeric.ipv4_mapped or numeric.sixtofour or numeric
