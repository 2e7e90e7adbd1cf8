"""Under which names this site is asked for. A page asked for under another would make links to that other place, and a
name that somebody else lets point here would let their pages read ours."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

from silkcast.kernel.addresses import is_own
from silkcast.kernel.settings import Settings
from silkcast.roles.edge.http.messages import Request
from silkcast.roles.edge.refusals import HostInvalid, WrongHost

HSTS = b"strict-transport-security: max-age=31536000\r\n"
LOCAL = "localhost"
REMEMBERED_MAX = 1024
SHOWN_LENGTH_MAX = 100
_host = re.compile(r"(?P<name>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?").fullmatch


class Site:
    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.public_url)
        machine = socket.gethostname().lower()
        self._has_public_name = bool(public.hostname)
        self._names = {name for name in (public.hostname, settings.host.lower(), machine, LOCAL) if name}
        self._names |= {f"{machine}.local", *settings.hosts}
        self._known: set[bytes] = set()
        # Of every answer: over plain HTTP browsers pass over it, and the proxy before us speaks HTTPS.
        self.standing_headers = HSTS if public.scheme == "https" else b""

    def check(self, request: Request) -> None:
        """Raise the refusal of a request that names no host, more than one, or one that is not ours."""
        named = [value for name, value in request.headers if name == b"host"]
        if len(named) != 1:
            raise HostInvalid(count=len(named))
        host = request.authority or named[0]
        if host not in self._known:
            self._look_up(host, is_vouched_for=request.is_proxied and not self._has_public_name)
        request.host = host

    def _look_up(self, raw: bytes, *, is_vouched_for: bool) -> None:
        shown = raw.decode("latin-1")
        found = _host(shown.lower())
        if found is None:
            raise HostInvalid(count=1)
        if self._is_ours(found["name"]):
            if len(self._known) >= REMEMBERED_MAX:  # ports and letters may differ without end
                self._known.clear()
            self._known.add(raw)
        elif not is_vouched_for:  # a trusted proxy serves only what it was set up for
            raise WrongHost(host=shown[:SHOWN_LENGTH_MAX])

    def _is_ours(self, name: str) -> bool:
        return name in self._names or name.endswith(f".{LOCAL}") or is_own(name.strip("[]"))
