"""The public ports, claimed or tried before anything starts, so that what cannot be had is said at once."""

from __future__ import annotations

import errno
import socket
import time

from silkcast.kernel import addresses
from silkcast.kernel.errors import SettingUnusable
from silkcast.supervisor.errors import PortTaken

# Processes of a supervisor that was killed a moment ago may still be dying.
PATIENCE_S = 2.0
RETRY_S = 0.1
BACKLOG = 2048


def claim(host: str, port: int, *, variable: str) -> list[socket.socket]:
    """Listening sockets, one for each address; whoever inherits them finds the connections that came meanwhile."""
    listening = _bound(host, port, variable)
    for each in listening:
        each.listen(BACKLOG)
    return listening


def check_free(host: str, port: int, *, variable: str) -> None:
    """Raises PortTaken when a role that will want the port could not have it."""
    for each in _bound(host, port, variable):
        each.close()


def _bound(host: str, port: int, variable: str) -> list[socket.socket]:
    give_up_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return addresses.bound(host, port)
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno in {errno.EACCES, errno.EPERM}:  # ports below 1024, mostly
                raise SettingUnusable(name=variable, value=port, reason=reason) from error
            if error.errno != errno.EADDRINUSE:
                raise SettingUnusable(name="SILKCAST_HOST", value=host, reason=reason) from error
            if time.monotonic() >= give_up_s:
                raise PortTaken(host=host, port=port, variable=variable) from error
            time.sleep(RETRY_S)
