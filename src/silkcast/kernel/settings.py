"""What a deployment sets, read once from the environment; a value that makes no sense stops the start."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from silkcast.kernel.errors import Misconfigured, SettingUnreadable

Network = IPv4Network | IPv6Network
UNIX_PATH_BYTES_MAX = 100  # the system's limit is 108 with the closing zero; room names are appended
RUN_NAME_BYTES_MAX = 54  # "room-<36 characters>-cameras.sock", the longest name that lives in the run folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One deployment's settings. Every folder below `data` is made on first use."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    rtmp_port: int = 1935
    public_url: str = ""
    debug: bool = False
    viewers: int = 12
    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    private_destinations: tuple[Network, ...] = ()
    client_rate: int = 200
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
        return self.public_url or f"http://{self.host}:{self.port}"

    def socket(self, name: str, number: int = 0) -> Path:
        """Where a role listens; `number` tells the processes of one role apart."""
        return self.run / f"{named(name, number)}.sock"

    def prepare(self) -> None:
        """Make the folders that roles expect; private to the user who runs Silkcast."""
        for folder in (self.data, self.run, self.data / "logs", self.data / "hls", self.data / "media"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def listed(name: str) -> tuple[str, ...]:
    return tuple(part for part in text(name, "").replace(" ", "").split(",") if part)


def whole(name: str, default: int, *, least: int, most: int) -> int:
    raw = text(name, str(default))
    if not (raw.isascii() and raw.removeprefix("-").isdigit() and len(raw) < 12) or not least <= int(raw) <= most:
        raise Misconfigured(name=name, value=raw, least=least, most=most)
    return int(raw)


def networks(name: str) -> tuple[Network, ...]:
    raw = text(name, "")
    try:
        return tuple(ip_network(part) for part in raw.replace(" ", "").split(",") if part)
    except ValueError as error:
        raise SettingUnreadable(name=name, value=raw, example="10.1.0.0/16, fd00:1::/48") from error


def yes(name: str, *, default: bool) -> bool:
    raw = text(name, "1" if default else "0").lower()
    if raw not in {"0", "1", "true", "false", "yes", "no"}:
        raise Misconfigured(name=name, value=raw, least="0", most="1")
    return raw in {"1", "true", "yes"}


def load() -> Settings:
    """Read `SILKCAST_*`; raises Misconfigured naming the variable that makes no sense."""
    database_url = text("SILKCAST_DATABASE_URL", "")
    writers_max = 16 if database_url else 1  # SQLite has one writer: a second process would only wait for it
    return Settings(
        data=Path(text("SILKCAST_DATA", "data")).expanduser().resolve(),
        host=text("SILKCAST_HOST", "127.0.0.1"),
        port=whole("SILKCAST_PORT", 8000, least=1, most=65535),
        rtmp_port=whole("SILKCAST_RTMP_PORT", 1935, least=1, most=65535),
        public_url=text("SILKCAST_PUBLIC_URL", "").rstrip("/"),
        debug=yes("SILKCAST_DEBUG", default=False),
        hosts=tuple(name.lower() for name in listed("SILKCAST_HOSTS")),
        trusted_proxies=listed("SILKCAST_TRUSTED_PROXIES"),
        private_destinations=networks("SILKCAST_PRIVATE_DESTINATIONS"),
        client_rate=whole("SILKCAST_CLIENT_RATE", 200, least=1, most=1_000_000),
        viewers=whole("SILKCAST_VIEWERS", 12, least=0, most=2000),
        database_url=database_url,
        webs=whole("SILKCAST_WEBS", 1, least=1, most=16),
        intakes=whole("SILKCAST_INTAKES", 1, least=1, most=writers_max),
        workers=whole("SILKCAST_WORKERS", 1, least=1, most=writers_max),
        signals_url=text("SILKCAST_SIGNALS_URL", ""),
        signals_counters=whole("SILKCAST_SIGNALS_COUNTERS", 0, least=0, most=64),
        static_root=Path(text("SILKCAST_STATIC", str(Path(text("SILKCAST_DATA", "data")).resolve() / "static"))),
    )
