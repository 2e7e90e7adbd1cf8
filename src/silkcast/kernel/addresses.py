"""Addresses of this machine and of others: where to listen, what to print for people to open, who is counted as one."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Container, Iterable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what an operator writes for all addresses of this machine
LOOPBACK = "127.0.0.1"
RESOLVE_S_MAX = 5.0
ANSWER_S_MAX = 2.0
NETWORK_BITS = 64  # of an IPv6 address: what one household or machine is given, to take any address of it
REMEMBERED_MAX = 4096
_ABROAD = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))  # nobody's, for documentation


def plain(text: str) -> str:
    """An address as it is compared: an IPv4 one that came over IPv6 is itself, and no link is named."""
    if ":" not in text:
        return text
    try:
        address = IPv6Address(text.partition("%")[0])
    except ValueError:
        return text
    return str(address.ipv4_mapped or address)


def network_of(client: str) -> str:
    """Whom to count a client as: many addresses of one sender are one."""
    if ":" not in client:
        return client
    try:
        return str(ip_network((client, NETWORK_BITS), strict=False))
    except ValueError:
        return client


def is_own(text: str) -> bool:
    """This machine has the address, now; one can only listen where one is."""
    try:
        address = ip_address(plain(text))
    except ValueError:
        return False
    if address.is_unspecified or address.is_multicast or str(address) == "255.255.255.255":  # where one can, too
        return False
    with socket.socket(_family(address)) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


def for_people(host: str) -> str:
    """What stands in a link for a listening address: one that opens from elsewhere, as far as this machine can tell."""
    return bracketed(_towards_others() if host in EVERYWHERE else host)


def for_this_machine(host: str) -> str:
    """What this machine's own programs open for a listening address."""
    return bracketed(LOOPBACK if host in EVERYWHERE else host)


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to each address of a host, of either family; OSError when there is none that could be."""
    if host in EVERYWHERE:
        wanted: Iterable[tuple[int, tuple[str | int, ...]]] = (
            (socket.AF_INET, ("0.0.0.0", port)),  # noqa: S104
            (socket.AF_INET6, ("::", port)),
        )
    else:
        wanted = dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in _looked_up(host, port))
    made: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, sockaddr in wanted:
            try:
                made.append(_bound(family, sockaddr))
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise
                missing = error  # a machine without IPv6, or a name that leads to more than this machine
    except OSError:
        for candidate in made:
            candidate.close()
        raise
    if not made:
        raise missing or OSError(errno.EADDRNOTAVAIL, "No address")
    return made


def resolved(name: str) -> list[str]:
    """The addresses of a name, asked for within a deadline; OSError when there are none."""
    return list(dict.fromkeys(plain(str(sockaddr[0])) for _, _, _, _, sockaddr in _looked_up(name, 0)))


def why_silent(host: str, port: int) -> str:
    """Why nobody answers there, in the system's words; empty when somebody does."""
    try:
        socket.create_connection((resolved(host)[0], port), timeout=ANSWER_S_MAX).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


class Networks:
    """Addresses and networks of addresses, asked about again and again for the same few addresses."""

    def __init__(self, listed: Iterable[str]) -> None:
        self._networks = tuple(ip_network(each, strict=False) for each in listed)
        self._known: dict[str, bool] = {}

    def __contains__(self, text: object) -> bool:
        if not self._networks or not isinstance(text, str):
            return False
        found = self._known.get(text)
        if found is None:
            found = self._is_in(text)
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[text] = found
        return found

    def _is_in(self, text: str) -> bool:
        try:
            address = ip_address(plain(text))
        except ValueError:
            return False
        return any(address in network for network in self._networks)


NOBODY: Container[str] = Networks(())


def _bound(family: int, sockaddr: tuple[str | int, ...]) -> socket.socket:
    candidate = socket.socket(family, socket.SOCK_STREAM)
    try:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # the other family has a socket of its own
            candidate.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        candidate.bind(sockaddr)
    except OSError:
        candidate.close()
        raise
    return candidate


def _looked_up(host: str, port: int) -> list[tuple[int, int, int, str, tuple[str | int, ...]]]:
    """The system's resolver knows no deadline, so it is asked in a thread, which is left behind when it takes long."""
    answer: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # the latter for what is longer than a name may be
            answer.set_exception(error if isinstance(error, OSError) else OSError(errno.EINVAL, "Not a name"))

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        return answer.result(RESOLVE_S_MAX)
    except TimeoutError:
        raise OSError(errno.ETIMEDOUT, "No answer from the resolver") from None


def _towards_others() -> str:
    """The address from which this machine would speak to others; nothing is sent."""
    for address, family in _ABROAD:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((address, 9))
                found = str(probe.getsockname()[0])
            except OSError:
                continue
        if not ip_address(found).is_link_local:
            return found
    return LOOPBACK


def _family(address: IPv4Address | IPv6Address) -> socket.AddressFamily:
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET
