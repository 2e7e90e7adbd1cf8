"""The public ports, claimed or tried before anything starts, so that a taken one is said at once."""

from __future__ import annotations

import errno
import socket
import time

from silkcast.supervisor.errors import PortTaken

# Processes of a supervisor that was killed a moment ago may still be dying.
PATIENCE_S = 2.0
RETRY_S = 0.1
BACKLOG = 2048


def claim(host: str, port: int, *, variable: str) -> socket.socket:
    """A listening socket; whoever inherits it finds the connections that came in the meantime."""
    listening = _bound(host, port, variable)
    listening.listen(BACKLOG)
    return listening


def check_free(host: str, port: int, *, variable: str) -> None:
    """Raises PortTaken when a role that will want the port could not have it."""
    _bound(host, port, variable).close()


def _bound(host: str, port: int, variable: str) -> socket.socket:
    give_up_s = time.monotonic() + PATIENCE_S
    while True:
        candidate = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError as error:
            candidate.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() >= give_up_s:
                raise PortTaken(host=host, port=port, variable=variable) from error
            time.sleep(RETRY_S)
        else:
            return candidate
