from __future__ import annotations

import json
import subprocess
import sys

SAYS = """
import logging
from silkcast.kernel.log import configure
configure("web")
requests = logging.getLogger("django.request")
requests.error("Service Unavailable: /o/token")
try:
    1 / 0
except ZeroDivisionError as error:
    requests.error("Internal Server Error: /cart", exc_info=error)
"""


def test_a_refusal_of_the_web_role_is_no_error_of_it_and_a_defect_is() -> None:
    said = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True, timeout=60)
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [("error", "Internal Server Error: /cart")]
    assert "ZeroDivisionError" in lines[0]["error"]
