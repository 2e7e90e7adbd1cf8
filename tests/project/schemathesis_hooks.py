"""What Schemathesis runs within itself, named by its settings."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import schemathesis

KEY = "Idempotency-Key"
KEY_LENGTH_MAX = 100


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """A good key becomes a new one: under one that was used before, another request gets no further than that."""
    key = str(case.headers[KEY]) if case.headers and KEY in case.headers else ""
    if 1 <= len(key) <= KEY_LENGTH_MAX and key.isascii() and key.isprintable():
        case.headers[KEY] = str(uuid4())
