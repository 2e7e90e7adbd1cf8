"""What the signals process reads out of a question on the wire, and how it says its answers there."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from silkcast.domains.audience.engine.errors import BadName
from silkcast.domains.audience.engine.reports import nickname
from silkcast.domains.audience.signal_log.ledger import Answer, Comment
from silkcast.kernel.errors import SilkcastError

_NAME = re.compile(r"[^/\x00]{1,64}")


def shown(comment: Comment) -> dict[str, Any]:
    return {
        "show_id": comment.show_id,
        "id": str(UUID(int=comment.id)),
        "viewer": nickname(comment.base_id, comment.viewer),
        "text": comment.text,
        "at_ms": comment.at_ms,
    }


def told(answer: Answer | SilkcastError) -> Answer | dict[str, Any]:
    if isinstance(answer, SilkcastError):
        return {"code": answer.code, "status": answer.status, "facts": answer.facts}
    return answer


def name_in(body: Any, part: str) -> str:
    value = body.get(part) if isinstance(body, dict) else None
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise BadName(part=part)
    return value


def signal_id(value: Any) -> int:
    try:
        return UUID(value).int
    except (ValueError, AttributeError, TypeError):
        raise BadName(part="before") from None
