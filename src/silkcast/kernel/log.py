"""Structured logs: one JSON object a line on standard error, where the supervisor collects it."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

# A secret of ours may stand in an address that failed, or in an error's own words; a log has more readers.
SECRETS = re.compile(
    r"eyJ[\w-]{10,}\.[\w-]{20,}"  # a signed token: JSON in base64 begins so
    r"|\b(?:sk|cam)_[\w=-]{16,}"  # keys of programs and cameras
    r"|(?<=://)[^/@\s\"\\]+(?=@)",  # user and password of a server
    re.ASCII,
)


def without_secrets(text: str) -> str:
    return SECRETS.sub("…", text)


class JsonLines(logging.Formatter):
    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "role": self._role,
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(line, ensure_ascii=False, default=str))


def _is_defect(record: logging.LogRecord) -> bool:
    """Django calls any answer from 500 on an error; a coded "come again" is none, and carries no exception.

    A defect is named by its page's route, since the address may hold a token.
    """
    if record.exc_info is None:
        return False
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    record.msg, record.args = f"web.defect: {match.route}" if match else "web.defect", ()
    return True


def configure(role: str, *, level: int = logging.INFO) -> None:
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines(role))
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "_granian", "dbos"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    # Every refusal is told by the edge, within a bound; here whole addresses would stand, with the tokens in them.
    requests = logging.getLogger("django.request")
    requests.setLevel(max(level, logging.ERROR))
    requests.addFilter(_is_defect)
