from __future__ import annotations

import pytest

from silkcast.domains.base.engine.whereabouts import caller_of, device_of, is_near, network_of

APPLE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (f"{APPLE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari · iPhone"),
        (f"{APPLE} Mobile/15E148 MicroMessenger/8.0.50", "WeChat · iPhone"),
        (LINUX, "Chrome · Linux"),
        (f"{LINUX} Edg/140.0.0.0", "Edge · Linux"),
        (f"{LINUX} OPR/120.0.0.0", "Opera · Linux"),
        (ANDROID, "Chrome · Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox · Windows"),
        ("curl/8.9.1", "curl"),
        ("somebody@example.test was here", ""),
        ("", ""),
        ("x" * 5_000 + " Firefox/143.0", ""),
    ],
)
def test_a_device_has_known_names_and_nothing_of_what_was_sent(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device


@pytest.mark.parametrize(
    ("address", "network", "caller"),
    [
        ("203.0.113.77", "203.0.113.0/24", "203.0.113.77"),
        ("::ffff:203.0.113.77", "203.0.113.0/24", "203.0.113.77"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/48", "fe80::/64"),
        ("", "", ""),
        ("unknown", "", "unknown"),
    ],
)
def test_an_address_is_kept_as_its_network(address: str, network: str, caller: str) -> None:
    assert network_of(address) == network
    assert caller_of(address) == caller


NEAR = ("127.0.0.1", "::1", "[::1]", "::ffff:10.1.2.3", "192.168.1.9", "172.31.0.1", "fd12::1")
# 100.64.0.0/10 is shared by the customers of a carrier.
FAR = (
    "172.32.0.1",
    "203.0.113.1",
    "100.64.0.1",
    "2001:db8::1",
    "localhost",
    "",
)


def test_near_is_this_machine_and_ones_own_network() -> None:
    assert [address for address in NEAR + FAR if is_near(address)] == list(NEAR)
