"""The name of the constraint that refused a row; constraints have names that read as sentences."""

from __future__ import annotations

import re

from django.db import IntegrityError

_NAMED = re.compile(r"constraint failed: (.{1,200})")


def rule_of(error: IntegrityError) -> str:
    """SQLite names a unique constraint by its columns, and our own triggers say what they guard."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or ""
    named = _NAMED.search(str(error))
    return named[1] if named else str(error)[:200]
