"""A browser by its name and an address by its network: neither tells one person from another by itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Names by what stands in a user agent, the more telling ones first: nearly all of them claim to be Safari as well.
BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-", "Python"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
READ_MAX = 1_000  # characters of a user agent
NEAR = tuple(  # RFC 1918, 3927, 4193 and 4291, and each machine's own
    map(
        ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "::1",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
NETWORK_BITS = {4: 24, 6: 48}
CALLER_BITS = 64  # one household or office on IPv6 has so many addresses of its own


def device_of(user_agent: str) -> str:
    """ "Chrome · Android", of names that stand here alone; nothing of what a stranger wrote is kept."""
    said = user_agent[:READ_MAX]
    names = (next((name for mark, name in known if mark in said), "") for known in (BROWSERS, SYSTEMS))
    return " · ".join(name for name in names if name)


def network_of(address: str) -> str:
    """The network of an address ("203.0.113.0/24"); nothing for what is none."""
    found = parsed(address)
    return "" if found is None else str(ip_network(f"{found}/{NETWORK_BITS[found.version]}", strict=False))


def caller_of(address: str) -> str:
    """By what tries are counted: an address, but on IPv6 the part of it that its owner cannot change at will."""
    found = parsed(address)
    if found is None or found.version == 4:
        return address if found is None else str(found)
    return str(ip_network(f"{found}/{CALLER_BITS}", strict=False))


def is_near(address: str) -> bool:
    """Whether it lies on this machine or in a network of one's own."""
    found = parsed(address)
    return found is not None and any(found in network for network in NEAR)


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address also where it is written as an IPv6 one."""
    try:
        found = ip_address(address.strip().removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
