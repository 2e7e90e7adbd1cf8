"""Where this machine listens, and what it prints of itself."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address

import pytest

from silkcast.kernel import addresses
from silkcast.kernel.addresses import Networks, bound, for_people, for_this_machine, is_own, network_of, plain, resolved

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what is tested


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::FFFF:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("no:address", "no:address"),
    ],
)
def test_an_address_is_compared_in_one_form(text: str, same: str) -> None:
    assert plain(text) == same


@pytest.mark.parametrize("host", EVERYWHERE)
def test_everywhere_is_every_address_of_both_families(host: str) -> None:
    listening = bound(host, 0)
    try:
        assert {each.family for each in listening} == {socket.AF_INET, socket.AF_INET6}
    finally:
        for each in listening:
            each.close()


@pytest.mark.parametrize(
    ("host", "named"), [("127.0.0.1", {"127.0.0.1"}), ("::1", {"::1"}), ("localhost", {"127.0.0.1", "::1"})]
)
def test_a_name_is_listened_at_wherever_it_leads(host: str, named: set[str]) -> None:
    listening = bound(host, 0)
    try:
        assert {each.getsockname()[0] for each in listening} <= named
        assert listening
    finally:
        for each in listening:
            each.close()


@pytest.mark.parametrize("host", ["198.51.100.77", "2001:db8::77", "nowhere.invalid", "x" * 300])
def test_where_this_machine_is_not_it_cannot_listen(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - the system has several words for it
        bound(host, 0)


@pytest.mark.parametrize("host", EVERYWHERE)
def test_what_is_printed_of_everywhere_is_an_address_that_opens(host: str) -> None:
    shown = for_people(host)
    assert not ip_address(shown.strip("[]")).is_unspecified
    assert is_own(shown.strip("[]"))
    assert for_this_machine(host) == "127.0.0.1"


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("10.0.0.1", "10.0.0.1"), ("studio.lan", "studio.lan")])
def test_any_other_host_is_printed_as_it_is_set(host: str, shown: str) -> None:
    assert (for_people(host), for_this_machine(host)) == (shown, shown)


def test_without_a_way_to_others_the_machine_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_ABROAD", (("256.0.0.1", socket.AF_INET),))
    assert for_people("::") == "127.0.0.1"


def test_addresses_are_found_in_networks_whichever_way_they_are_written() -> None:
    networks = Networks(("172.16.0.0/12", "10.0.0.1/32", "2001:db8::/32"))
    inside = ("172.31.255.255", "10.0.0.1", "::ffff:172.16.0.1", "2001:DB8::1")
    outside = ("172.32.0.1", "10.0.0.2", "2001:db9::1", "", "unknown", "172.16.0.1.evil.example")
    for _ in range(2):  # asked anew, and remembered
        assert [address in networks for address in (*inside, *outside)] == [True] * 4 + [False] * 6
    assert "127.0.0.1" not in Networks(())
    assert None not in networks


def test_what_is_remembered_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "REMEMBERED_MAX", 3)
    networks = Networks(("10.0.0.0/8",))
    assert [f"10.0.0.{number}" in networks for number in range(10)] == [True] * 10
    assert len(networks._known) <= 3


def test_a_name_is_asked_for_within_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(addresses, "RESOLVE_S_MAX", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.wait())
    with pytest.raises(OSError, match="No answer from the resolver"):
        resolved("proxy.lan")
    answers.set()


def test_names_lead_to_addresses() -> None:
    assert set(resolved("localhost")) <= {"127.0.0.1", "::1"}
    assert resolved("::ffff:127.0.0.1") == ["127.0.0.1"]
    assert network_of("127.0.0.1") == "127.0.0.1"
