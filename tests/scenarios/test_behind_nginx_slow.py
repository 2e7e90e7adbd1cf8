"""The pages behind nginx, which is set up with the very text that the operations page gives for it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from silkcast.kernel.ids import new_id
from tests.ports import free_port
from tests.scenarios.conftest import HANG_GUARD_S, eventually
from tests.scenarios.doors import BEHIND_THE_PORT, Doors

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
NAME = "localhost"
CLIENT, CLIENT_NETWORK = "127.9.8.7", "127.9.8.0/24"  # another address of this machine than the proxy's
FORGED = "203.0.113.66"
BODY_BYTES = 9_000_000  # a page takes ten megabytes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_server,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]


@dataclass
class Front:
    doors: Doors
    origin: str
    certificate: Path

    def client(self, **headers: str) -> httpx.Client:
        """A browser that comes from elsewhere."""
        return httpx.Client(
            base_url=self.origin,
            headers=headers,
            transport=httpx.HTTPTransport(
                verify=ssl.create_default_context(cafile=self.certificate), local_address=CLIENT, trust_env=False
            ),
            timeout=HANG_GUARD_S,
            trust_env=False,
        )


def make_certificate(folder: Path) -> tuple[Path, Path]:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "shop.pem", folder / "shop.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return certificate, secret


def written(places: dict[str, str]) -> str:
    """The page's example, with this test's places for those that it names."""
    example: str
    (example,) = re.findall(r"```nginx\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for named, ours in places.items():
        assert example.count(named) == 1, named
        example = example.replace(named, ours)
    return example


@contextlib.contextmanager
def nginx(folder: Path, example: str) -> Iterator[subprocess.Popen[bytes]]:
    assert NGINX is not None
    user = "user root;" if os.getuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; {user} worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {paths}\n{example}}}\n"
    )
    running = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "nginx.log"])
    try:
        yield running
    finally:
        running.terminate()
        running.wait(HANG_GUARD_S)


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with tempfile.TemporaryDirectory(prefix="silk-") as name:
        folder, port = Path(name), free_port()
        doors = Doors(folder)
        certificate, secret = make_certificate(folder)
        places = {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "server_name shop.example": f"server_name {NAME}",
            "/etc/ssl/shop.pem": str(certificate),
            "/etc/ssl/shop.key": str(secret),
            "127.0.0.1:8000": f"127.0.0.1:{doors.settings.port}",
        }
        told = {"SILKCAST_PUBLIC_URL": f"https://{NAME}:{port}", "SILKCAST_TRUSTED_PROXIES": "127.0.0.1"}
        try:
            doors.prepare()
            doors.start(*BEHIND_THE_PORT, environment=told)
            with nginx(folder, written(places)) as running:
                found = Front(doors, told["SILKCAST_PUBLIC_URL"], certificate)

                def is_up() -> bool:
                    assert running.poll() is None, (folder / "nginx.log").read_text()
                    with contextlib.suppress(httpx.ConnectError), found.client() as client:
                        return client.get("/healthz").status_code == 200
                    return False

                eventually(is_up)
                yield found
        finally:
            doors.close()


def test_the_page_names_the_settings_that_tell_of_a_proxy() -> None:
    page = PAGE.read_text()
    assert re.findall(r"^(SILKCAST_\w+)=", page.partition("## Behind a proxy")[2], re.MULTILINE) == [
        "SILKCAST_PUBLIC_URL",
        "SILKCAST_TRUSTED_PROXIES",
    ]


def test_signing_in_works_with_secure_cookies_and_the_clients_own_address(front: Front) -> None:
    login = next(login for login in front.doors.note["logins"] if login["role"] == "operator")
    with front.client(Origin=front.origin, **{"X-Forwarded-For": FORGED}) as browser:
        page = browser.get("/login")
        token = browser.cookies["csrftoken"]
        typed = {"email": login["email"], "password": login["password"], "csrfmiddlewaretoken": token}
        entered = browser.post("/login", data=typed)
        assert entered.status_code == 303, entered.text
        given = [cookie for answer in (page, entered) for cookie in answer.headers.get_list("set-cookie")]
        assert {cookie.partition("=")[0] for cookie in given} >= {"csrftoken", "sessionid"}
        assert [cookie for cookie in given if "; Secure" not in cookie] == []
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        console = browser.get("/control/")
        assert console.status_code == 200
    with front.doors.api() as api:
        networks = [row["network"] for row in api.get("/sign-ins").json()["items"]]
    assert networks == [CLIENT_NETWORK]


def test_events_arrive_as_they_happen(front: Front) -> None:
    show_id = front.doors.note["live_show_id"]
    with front.client() as browser, front.doors.api() as api:
        (path, *_) = re.findall(r"/events\?token=[^\"&]+", browser.get(f"/live/{show_id}").text)
        with browser.stream("GET", path) as stream:
            assert stream.status_code == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            assert next(lines) == "retry: 1000"  # nothing but this has been said, and it is here
            said = f"lovely {new_id()}"
            comment = {"id": str(new_id()), "show_id": show_id, "kind": "comment", "viewer": "v1", "text": said}
            sent = api.post("/signals", json=[comment | {"at": int(time.time() * 1000)}])
            assert sent.json()["accepted"] == 1, sent.text
            next(line for line in lines if said in line)


def test_a_large_body_comes_through(front: Front) -> None:
    with front.client(Authorization=f"Bearer {front.doors.note['api_key']}") as program:
        answer = program.post("/api/v1/rooms", content=b'{"name": "' + b"x" * BODY_BYTES + b'"}')
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "kernel.invalid")
