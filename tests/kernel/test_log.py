from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from silkcast.kernel.log import JsonLines
from silkcast.kernel.tokens import sign

SAYS = """
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from silkcast.kernel.log import configure

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"])
urlpatterns = [
    path("busy/<str:token>", lambda request, token: HttpResponse(status=503)),
    path("order/<str:token>", lambda request, token: HttpResponse(1 / 0)),
]
configure("web")
client = Client(raise_request_exception=False)
for page in ("busy", "order"):
    client.get(f"/{page}/a-token-of-a-purchase")
"""


def test_a_refusal_of_the_web_role_is_no_error_of_it_and_a_defect_is() -> None:
    said = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True, timeout=60)
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [("error", "web.defect: order/<str:token>")]
    assert "ZeroDivisionError" in lines[0]["error"]
    assert "a-token-of-a-purchase" not in said.stderr


@pytest.mark.parametrize(
    "secret",
    [
        sign(bytes(32), {"kind": "purchase", "base": "b", "checkout": "c"}, expires_at=2_000_000_000),
        "sk_" + "a1B2-_" * 8,
        "cam_" + "a1B2-_" * 4,
    ],
)
def test_no_key_and_no_token_stands_in_a_line_wherever_it_came_from(secret: str) -> None:
    def line(**facts: str) -> str:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, f"no route to /o/{secret}\n", (), None)
        try:
            raise LookupError(secret)
        except LookupError:
            record.exc_info = sys.exc_info()
        record.facts = facts
        return JsonLines("web").format(record)

    said = line(path=f"/{secret}/pay", address="postgresql://user:pass%2Fword@host/name")
    assert secret not in said
    assert "pass" not in said
    assert json.loads(said)["address"] == "postgresql://…@host/name"
