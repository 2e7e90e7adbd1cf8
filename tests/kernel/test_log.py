from __future__ import annotations

import json
import subprocess
import sys

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
