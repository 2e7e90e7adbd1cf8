"""A taken port is said at once; a claimed one takes connections before anybody serves them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from silkcast.kernel.settings import Settings
from silkcast.kernel.words import sentence
from silkcast.supervisor import ports, up
from silkcast.supervisor.errors import PortTaken
from tests.ports import free_port
from tests.supervisor.conftest import House

HOST = "127.0.0.1"


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(ports, "PATIENCE_S", 0.2)
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_names_the_setting_to_change(taken: int) -> None:
    with pytest.raises(PortTaken) as refused:
        ports.claim(HOST, taken, variable="SILKCAST_PORT")
    assert refused.value.facts == {"host": HOST, "port": taken, "variable": "SILKCAST_PORT"}
    for language in ("en", "zh"):
        assert "SILKCAST_PORT" in sentence(refused.value.code, refused.value.facts, language)


@pytest.mark.parametrize("variable", ["SILKCAST_PORT", "SILKCAST_RTMP_PORT"])
def test_nothing_is_started_when_a_port_is_taken(house: House, taken: int, variable: str) -> None:
    of = {"SILKCAST_PORT": free_port(), "SILKCAST_RTMP_PORT": free_port(), variable: taken}
    settings = Settings(data=house.folder, port=of["SILKCAST_PORT"], rtmp_port=of["SILKCAST_RTMP_PORT"])
    with pytest.raises(PortTaken) as refused:
        up(settings, [], is_prepared=False)
    assert refused.value.facts["variable"] == variable
    assert list((house.folder / "logs").iterdir()) == []


def test_a_claimed_port_holds_connections_for_whoever_serves_them_later() -> None:
    (listening,) = ports.claim(HOST, 0, variable="")
    with listening, socket.create_connection(listening.getsockname()) as early:
        served, _ = listening.accept()
        with served:
            early.sendall(b"x")
            assert served.recv(1) == b"x"
