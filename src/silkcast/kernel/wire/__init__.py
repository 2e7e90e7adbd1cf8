"""How processes talk: length-prefixed msgpack frames over Unix sockets, request/reply and publish/subscribe."""

from silkcast.kernel.wire.client import Client, call_blocking
from silkcast.kernel.wire.frames import WireClosed, WireError, WireRefused, WireTimeout
from silkcast.kernel.wire.hub import Hub, HubClient
from silkcast.kernel.wire.server import WireServer, serve

__all__ = [
    "Client",
    "Hub",
    "HubClient",
    "WireClosed",
    "WireError",
    "WireRefused",
    "WireServer",
    "WireTimeout",
    "call_blocking",
    "serve",
]
