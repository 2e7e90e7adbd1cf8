"""Where a destination is, taken apart as encoders do it: the server's address and the stream key are two things.

OBS's librtmp (parseurl.c, read 2026-12) calls everything behind the host the app, a query included, and sends the key
untouched; nginx-rtmp and SRS read `app?vhost=…` and keys with slashes in the same way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from silkcast.media.rtmp.errors import AddressError

PORTS: Final = {"rtmp": 1935, "rtmps": 443}
PORT_MAX: Final = 65_535
_NAME: Final = re.compile(r"[a-z0-9_-]([a-z0-9._-]{0,251}[a-z0-9_.-])?")
_USER: Final = re.compile(r"(?<=://)[^/]*@")
MASK: Final = "•••@"


@dataclass(frozen=True, slots=True)
class Address:
    """`app` has no slash at its ends; `host` is ASCII and lower case, an IPv6 one without its brackets."""

    is_tls: bool
    host: str
    port: int
    app: str
    stream_key: str

    @classmethod
    def parse(cls, url: str, stream_key: str = "") -> Address:
        """rtmp[s]://host[:port]/app and a key. Without one, the last part of the path is it, with what follows "?"."""
        if not is_one_word(url) or not is_one_word(stream_key):
            raise AddressError(wrong="a blank or a sign that cannot be seen")
        scheme, _, rest = url.partition("://")
        scheme = scheme.lower()
        if scheme not in PORTS:
            raise AddressError(wrong="scheme")
        authority, _, app = _USER.sub("", f"://{rest}")[3:].partition("/")
        app = app.strip("/")
        if not stream_key:
            path, mark, query = app.partition("?")
            app, _, last = path.rstrip("/").rpartition("/")
            stream_key = f"{last}{mark}{query}" if last else ""
        if not app.partition("?")[0]:
            raise AddressError(wrong="app")
        if not stream_key:
            raise AddressError(wrong="stream key")
        host, port = _host_and_port(authority)
        return cls(scheme == "rtmps", host, PORTS[scheme] if port is None else port, app, stream_key)

    @property
    def app_url(self) -> str:
        """The address without the key, as "tcUrl" tells it to the server."""
        scheme = "rtmps" if self.is_tls else "rtmp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{host}{port}/{self.app}"


def is_one_word(typed: str) -> bool:
    """Without blanks and without signs that nobody sees, such as the byte order mark that some pages let one copy."""
    return typed.isprintable() and " " not in typed


def names_a_user(url: str) -> bool:
    return _USER.search(url) is not None


def masked(url: str) -> str:
    """For people to see: without a user name and password."""
    return _USER.sub(MASK, url)


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, closing, port = authority[1:].partition("]")
        try:
            host = str(IPv6Address(host))
        except ValueError:
            raise AddressError(wrong="host") from None
        if not closing or "%" in host or port[:1] not in ("", ":"):  # a zone means something on one machine alone
            raise AddressError(wrong="host")
        port = port[1:]
    else:
        host, _, port = authority.partition(":")
        host = _ascii(host)
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= PORT_MAX):
        raise AddressError(wrong="port")
    return host, int(port)


def _ascii(host: str) -> str:
    try:
        named = host.encode("idna").decode().lower()
    except UnicodeError:  # a label that is empty or too long, or signs that no name may have
        named = ""
    if not _NAME.fullmatch(named):
        raise AddressError(wrong="host")
    return named
