"""What a deployment sets, read once from the environment; a value that makes no sense stops the start."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import idna

from silkcast.kernel.addresses import (
    EVERYWHERE,
    LOOPBACK,
    Network,
    bracketed,
    for_people,
    for_this_machine,
    plain,
    resolved,
)
from silkcast.kernel.errors import (
    Misconfigured,
    SettingAlone,
    SettingsClash,
    SettingUnknown,
    SettingUnreadable,
    SettingUnusable,
)

PREFIX, OF_TESTS = "SILKCAST_", "SILKCAST_TEST_"
DATABASES = frozenset({"postgresql", "postgres"})
SIGNAL_LOGS = frozenset({"nats", "tls"})
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_LENGTH_MAX = 253
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
UNIX_PATH_BYTES_MAX = 100  # the system's limit is 108 with the closing zero; room names are appended
RUN_NAME_BYTES_MAX = 54  # "room-<36 characters>-cameras.sock", the longest name that lives in the run folder


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBounds:
    """How much may be held and not paid yet: units of one SKU in a purchase, and purchases; 0 is no bound."""

    units: int = 20
    per_viewer: int = 3
    per_address: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One deployment's settings. Every folder below `data` is made on first use."""

    data: Path
    host: str = LOOPBACK
    port: int = 8000
    rtmp_port: int = 1935
    public_url: str = ""
    debug: bool = False
    viewers: int = 12
    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    private_destinations: tuple[Network, ...] = ()
    client_rate: int = 200
    room_alone_s: int = 600  # without a supervisor
    holds: HoldBounds = field(default_factory=HoldBounds)
    database_url: str = ""  # empty: SQLite in the data folder
    webs: int = 1
    intakes: int = 1  # more than one of these two: on PostgreSQL only
    workers: int = 1
    signals_url: str = ""  # empty: segment files in the data folder
    signals_counters: int = 0
    static_root: Path = field(default_factory=lambda: Path("static"))

    @property
    def run(self) -> Path:
        """Sockets, pids and desired documents; outside `data` where its path is too long for a Unix socket."""
        inside = self.data / "run"
        if len(os.fsencode(inside)) + 1 + RUN_NAME_BYTES_MAX <= UNIX_PATH_BYTES_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"silkcast-{os.getuid()}-{digest}"

    @property
    def origin(self) -> str:
        """The address under which people reach the pages, without a closing slash."""
        return self.public_url or f"http://{for_people(self.host)}:{self.port}"

    @property
    def public_name(self) -> str:
        """The host under which people reach this machine, as it stands in an address."""
        return bracketed(urlsplit(self.public_url).hostname or "") or for_people(self.host)

    @property
    def own_name(self) -> str:
        """The host under which this machine's own programs reach it, as it stands in an address."""
        return for_this_machine(self.host)

    def socket(self, name: str, number: int = 0) -> Path:
        """Where a role listens; `number` tells the processes of one role apart."""
        return self.run / f"{named(name, number)}.sock"

    def prepare(self) -> None:
        """Make the folders that roles expect; private to the user who runs Silkcast."""
        for folder in (self.data, self.run, self.data / "logs", self.data / "hls", self.data / "media"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.run.parent == self.data:
            self.run.chmod(0o700)
        found = self.run.lstat()
        # The folder may lie where others can write: one that is not ours could swap the sockets under our feet.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Misconfigured(name="run", value=str(self.run), least="0700", most="0700")

    def signing_key(self) -> bytes:
        """The installation's own secret, made on first use; whoever holds it can sign viewer and page tokens."""
        return secret_file(self.data / "signing.key")


def secret_file(path: Path) -> bytes:
    """Read 32 secret bytes, making them once; safe when two processes start together."""
    try:
        return bytes.fromhex(path.read_text())
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(secrets.token_hex(32))
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(draft, path)  # fails when another process was first; then its secret is the one
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return bytes.fromhex(path.read_text())


def named(role: str, number: int) -> str:
    """The name of a role's process: the first one has the role's own."""
    return f"{role}-{number}" if number else role


_ASKED: set[str] = set()  # the names that `load` knows: no list of them beside it


def text(name: str, default: str) -> str:
    _ASKED.add(name)
    return os.environ.get(name, "").strip() or default


def listed(name: str) -> tuple[str, ...]:
    """Parts between commas or blanks, as either is written elsewhere."""
    return tuple(re.findall(r"[^\s,，、]+", text(name, "")))


def whole(name: str, default: int, *, least: int, most: int) -> int:
    raw = text(name, str(default))
    if not (raw.isascii() and raw.removeprefix("-").isdigit() and len(raw) < 12) or not least <= int(raw) <= most:
        raise Misconfigured(name=name, value=raw, least=least, most=most)
    return int(raw)


def host_name(text: str) -> str:
    """An address, or a name as it goes over the network; ValueError for what is neither."""
    try:
        return str(ip_address(plain(text.removeprefix("[").removesuffix("]"))))
    except ValueError:
        pass
    name = text.rstrip(".").lower()
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode("ascii")  # a ValueError of its own
    labels = name.split(".")
    if len(name) > HOST_LENGTH_MAX or not all(map(LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise ValueError
    return name


def host(name: str, default: str) -> str:
    raw = text(name, default)
    try:
        return host_name(raw)
    except ValueError:
        raise SettingUnreadable(name=name, value=raw, example=f"{LOOPBACK}, 0.0.0.0, ::, localhost") from None


def names(name: str) -> tuple[str, ...]:
    raw = listed(name)
    try:
        return tuple(host_name(each) for each in raw)
    except ValueError:
        raise SettingUnreadable(name=name, value=",".join(raw), example="studio.lan, shop.example") from None


def origin(name: str) -> str:
    """A scheme, a host and perhaps a port, as browsers write them; empty where none is set."""
    raw = text(name, "")
    if not raw:
        return ""
    try:
        parts = urlsplit(raw)
        found, port = host_name(parts.hostname or ""), parts.port
        is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme not in DEFAULT_PORTS or found in EVERYWHERE or port == 0 or not is_bare:
            raise ValueError
    except ValueError:
        example = "https://shop.example, http://192.168.1.20:8000"
        raise SettingUnreadable(name=name, value=raw, example=example) from None
    shown = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{bracketed(found)}{shown}"


def proxies(name: str) -> tuple[str, ...]:
    """Networks, and names that are yet to be asked for their addresses."""
    found = []
    for each in listed(name):
        address, slash, bits = each.partition("/")
        try:
            found.append(str(ip_network(f"{plain(address)}{slash}{bits}", strict=False)))
        except ValueError:
            try:
                found.append(host_name(each))
            except ValueError:
                raise SettingUnreadable(name=name, value=each, example="127.0.0.1, 172.16.0.0/12, proxy.lan") from None
    return tuple(found)


def server(name: str, schemes: frozenset[str], example: str) -> str:
    """The address of a server that may hold a password, which is not shown; empty where none is set."""
    raw = text(name, "")
    try:
        parts = urlsplit(raw)
        is_one = parts.scheme in schemes and parts.port != 0 and len(parts.path.strip("/").split("/")) == 1
    except ValueError:
        parts, is_one = urlsplit(""), False
    if raw and not is_one:
        raise SettingUnreadable(name=name, value=f"{parts.scheme}://…" if parts.netloc else "…", example=example)
    return raw


def folder(name: str, default: str) -> Path:
    raw = text(name, default)
    try:
        return Path(raw).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links that lead in a circle, a user who is not there
        raise SettingUnusable(name=name, value=raw, reason=str(error)) from error


def networks(name: str) -> tuple[Network, ...]:
    raw = listed(name)
    try:
        return tuple(map(ip_network, raw))
    except ValueError as error:
        raise SettingUnreadable(name=name, value=", ".join(raw), example="10.1.0.0/16, fd00:1::/48") from error


def yes(name: str, *, default: bool) -> bool:
    raw = text(name, "1" if default else "0").lower()
    if raw not in {"0", "1", "true", "false", "yes", "no"}:
        raise Misconfigured(name=name, value=raw, least="0", most="1")
    return raw in {"1", "true", "yes"}


def with_addresses(settings: Settings) -> Settings:
    """The same, with addresses in place of the names of proxies; SettingUnusable for one that has none."""
    found: list[str] = []
    for each in settings.trusted_proxies:
        if "/" in each:
            found.append(each)
            continue
        try:
            found.extend(str(ip_network(address)) for address in resolved(each))
        except OSError as error:
            facts = {"name": "SILKCAST_TRUSTED_PROXIES", "value": each, "reason": error.strerror or str(error)}
            raise SettingUnusable(**facts) from error
    return replace(settings, trusted_proxies=tuple(found))


def hold_bounds() -> HoldBounds:
    """Those of the environment alone: each batch of orders asks for them."""
    usual = HoldBounds()
    return HoldBounds(
        units=whole("SILKCAST_HOLD_UNITS", usual.units, least=0, most=1_000),
        per_viewer=whole("SILKCAST_HOLDS_PER_VIEWER", usual.per_viewer, least=0, most=1_000_000),
        per_address=whole("SILKCAST_HOLDS_PER_ADDRESS", usual.per_address, least=0, most=1_000_000),
    )


def refuse_unknown() -> None:
    """SettingUnknown for a name that `load` has not asked for: a misspelt setting would be one that does nothing."""
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(OF_TESTS) and name not in _ASKED:
            likely = difflib.get_close_matches(name, sorted(_ASKED), 1) or ["silkcast.example.env"]
            raise SettingUnknown(name=name, likely=likely[0])


def load() -> Settings:
    """Read `SILKCAST_*`; raises Misconfigured naming the variable that makes no sense."""
    data = folder("SILKCAST_DATA", "data")
    database_url = server("SILKCAST_DATABASE_URL", DATABASES, "postgresql://user:password@host/name")
    signals_url = server("SILKCAST_SIGNALS_URL", SIGNAL_LOGS, "nats://user:password@host:4222/stream")
    writers_max = 16 if database_url else 1  # SQLite has one writer: a second process would only wait for it
    settings = Settings(
        data=data,
        host=host("SILKCAST_HOST", LOOPBACK),
        port=whole("SILKCAST_PORT", 8000, least=1, most=65535),
        rtmp_port=whole("SILKCAST_RTMP_PORT", 1935, least=1, most=65535),
        public_url=origin("SILKCAST_PUBLIC_URL"),
        debug=yes("SILKCAST_DEBUG", default=False),
        hosts=names("SILKCAST_HOSTS"),
        trusted_proxies=proxies("SILKCAST_TRUSTED_PROXIES"),
        private_destinations=networks("SILKCAST_PRIVATE_DESTINATIONS"),
        client_rate=whole("SILKCAST_CLIENT_RATE", 200, least=1, most=1_000_000),
        holds=hold_bounds(),
        room_alone_s=whole("SILKCAST_ROOM_ALONE_S", 600, least=10, most=604_800),
        viewers=whole("SILKCAST_VIEWERS", 12, least=0, most=2000),
        database_url=database_url,
        webs=whole("SILKCAST_WEBS", 1, least=1, most=16),
        intakes=whole("SILKCAST_INTAKES", 1, least=1, most=writers_max),
        workers=whole("SILKCAST_WORKERS", 1, least=1, most=writers_max),
        signals_url=signals_url,
        signals_counters=whole("SILKCAST_SIGNALS_COUNTERS", 0, least=0, most=64),
        static_root=folder("SILKCAST_STATIC", str(data / "static")),
    )
    if settings.port == settings.rtmp_port:
        raise SettingsClash(name="SILKCAST_RTMP_PORT", other="SILKCAST_PORT", value=settings.port)
    if settings.signals_counters and not signals_url:
        raise SettingAlone(
            name="SILKCAST_SIGNALS_COUNTERS", value=settings.signals_counters, other="SILKCAST_SIGNALS_URL"
        )
    return settings
