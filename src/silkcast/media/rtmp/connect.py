"""From a destination's host name to an open connection, with the reason when one of the steps fails."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import ipaddress
import socket
import ssl
import struct
import termios
import threading
from collections import deque
from typing import Any, Final, cast

from silkcast.media.rtmp.destination import Failed, Reason
from silkcast.media.rtmp.errors import RtmpError
from silkcast.media.rtmp.publisher_session import PublisherEvent, PublisherSession

ADDRESSES_MAX: Final = 4
# More than this unsent in the kernel only ages there, where we can no longer drop it.
UNSENT_BYTES_MAX: Final = 128 * 1024
WRITE_BUFFER_BYTES_MAX: Final = 64 * 1024

SocketAddress = tuple[socket.AddressFamily, tuple[Any, ...]]


class Resolver:
    """Asks for a host's addresses in a thread of its own, never two at once.

    A name server that does not answer blocks its asker for many seconds; a shared pool of threads would fill up.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._lookup: asyncio.Future[list[SocketAddress]] | None = None

    async def addresses(self) -> list[SocketAddress]:
        try:
            literal = ipaddress.ip_address(self._host)
        except ValueError:
            pass
        else:
            family = socket.AF_INET if literal.version == 4 else socket.AF_INET6
            return [(family, (self._host, self._port))]
        if self._lookup is None or self._lookup.done():
            self._lookup = asyncio.get_running_loop().create_future()
            # A daemon, so that a hanging lookup does not hold up the end of the program.
            threading.Thread(target=self._look_up, args=(self._lookup,), daemon=True, name="rtmp-resolver").start()
        try:
            return await asyncio.shield(self._lookup)
        except OSError as error:
            raise Failed(Reason.DNS_FAILED) from error

    def _look_up(self, lookup: asyncio.Future[list[SocketAddress]]) -> None:
        found: list[SocketAddress] | OSError
        try:
            rows = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            found = [(row[0], row[4]) for row in rows[:ADDRESSES_MAX]]
        except (OSError, UnicodeError) as error:
            found = error if isinstance(error, OSError) else OSError(str(error))
        loop = lookup.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, lookup, found)


def _settle(lookup: asyncio.Future[list[SocketAddress]], found: list[SocketAddress] | OSError) -> None:
    if lookup.done():
        return
    if isinstance(found, OSError):
        lookup.set_exception(found)
        lookup.exception()  # marks it as seen: whoever asked may have given up by now
    else:
        lookup.set_result(found)


async def open_socket(addresses: list[SocketAddress], bind_address: str | None, deadline_s: float) -> socket.socket:
    """A connected socket to the first address that answers; each gets an equal share of the deadline."""
    failure = Failed(Reason.UNREACHABLE)
    for family, address in addresses:
        try:
            async with asyncio.timeout(deadline_s / len(addresses)):
                return await _connect(family, address, bind_address)
        except Failed as error:
            failure = error
        except TimeoutError:
            failure = Failed(Reason.CONNECT_TIMEOUT)
        except ConnectionRefusedError:
            failure = Failed(Reason.CONNECT_REFUSED)
        except OSError:
            failure = Failed(Reason.UNREACHABLE)
    raise failure


async def _connect(family: socket.AddressFamily, address: tuple[Any, ...], bind_address: str | None) -> socket.socket:
    outlet = socket.socket(family, socket.SOCK_STREAM)
    try:
        outlet.settimeout(0)
        outlet.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            outlet.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)
        if bind_address is not None:
            try:
                outlet.bind((bind_address, 0))
            except OSError as error:
                raise Failed(Reason.BIND_FAILED) from error
        await asyncio.get_running_loop().sock_connect(outlet, address)
    except BaseException:
        outlet.close()
        raise
    return outlet


class Link(asyncio.Protocol):
    """The open connection: feeds the session, counts bytes, and sets `signal` whenever there is something to see."""

    def __init__(self, session: PublisherSession, signal: asyncio.Event) -> None:
        self.session = session
        self.events: deque[PublisherEvent] = deque()
        self.lost: Reason | None = None  # why, once it is
        self.is_writable = True
        self.sent = 0
        self._signal = signal
        self._transport: asyncio.Transport | None = None
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES_MAX)
        self.flush()

    def data_received(self, received: bytes) -> None:
        try:
            self.events += self.session.feed(received)
        except RtmpError:
            self.lost = self.lost or Reason.UNREADABLE
            self.abort()
        else:
            self.flush()
        self._signal.set()

    def eof_received(self) -> None:
        # A server that only closes its half is done with us; waiting for our buffer to empty could take for ever.
        self.lost = self.lost or Reason.CLOSED
        self._signal.set()

    def connection_lost(self, exception: Exception | None) -> None:
        self.lost = self.lost or (Reason.CLOSED if exception is None else Reason.RESET)
        self._transport = None  # asyncio's is unusable from here on, even for asking
        self._gone.set()
        self._signal.set()

    def pause_writing(self) -> None:
        self.is_writable = False

    def resume_writing(self) -> None:
        self.is_writable = True
        self._signal.set()

    def flush(self) -> None:
        """Give what the session has to say to the transport, which never blocks."""
        outgoing = self.session.outgoing()
        if outgoing and self._transport is not None:
            self.sent += len(outgoing)
            self._transport.write(outgoing)

    def waiting_bytes(self) -> int:
        """What we sent and the peer's machine has not taken: in the transport's buffer and in the kernel's queue."""
        if self._transport is None:
            return 0
        return self._transport.get_write_buffer_size() + _kernel_queue_bytes(self._transport)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def close(self, deadline_s: float) -> None:
        """Let what is written out go and be read, but not for longer than the deadline.

        We go on reading meanwhile: closing with answers unread would reset the connection and lose our last words.
        """
        if self._transport is None:
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS has its own farewell
            self._transport.close()
        try:
            async with asyncio.timeout(deadline_s):
                await self._gone.wait()
        except TimeoutError:
            self.abort()


def _kernel_queue_bytes(transport: asyncio.Transport) -> int:
    outlet = transport.get_extra_info("socket")
    if outlet is None or outlet.fileno() < 0:
        return 0
    try:
        return int(struct.unpack("i", fcntl.ioctl(outlet.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
    except OSError:
        return 0  # not Linux: the transport's buffer and the acknowledgements are all we have


@functools.cache
def default_tls() -> ssl.SSLContext:
    """Made once: reading the machine's certificates takes tens of milliseconds."""
    return ssl.create_default_context()


async def open_link(
    outlet: socket.socket, link: Link, tls: ssl.SSLContext | None, host: str, deadline_s: float
) -> None:
    """Put the link on the connected socket, over TLS when a context is given."""
    loop = asyncio.get_running_loop()
    if tls is None:
        await loop.create_connection(lambda: link, sock=outlet)
        return
    try:
        async with asyncio.timeout(deadline_s):
            await loop.create_connection(
                lambda: link,
                sock=outlet,
                ssl=tls,
                server_hostname=host.rstrip("."),  # certificates name hosts without the root's dot
                ssl_handshake_timeout=deadline_s,
                ssl_shutdown_timeout=1.0,
            )
    except ssl.SSLCertVerificationError as error:
        raise Failed(Reason.TLS_CERTIFICATE) from error
    except TimeoutError as error:
        raise Failed(Reason.TLS_TIMEOUT) from error
    except OSError as error:  # ssl.SSLError is one of them
        raise Failed(Reason.TLS_FAILED) from error
