"""What the doors for JSON ask of a body before it goes on to the role that reads it."""

from __future__ import annotations

from silkcast.roles.edge.http.messages import Request
from silkcast.roles.edge.refusals import EncodingWrong, MediaTypeWrong, TextInvalid

JSON, PLAIN = "application/json", "identity"
NUL = rb"\u0000"  # the only way to write one in JSON; a raw one is none


def require_json(request: Request) -> None:
    """Text with a NUL is more than some databases keep."""
    require_type(request)
    if NUL in request.body:
        raise TextInvalid


def require_type(request: Request) -> None:
    """A body that says nothing of its kind may be JSON; one that is packed is read by nobody here."""
    if (packed := (request.header(b"content-encoding") or b"").decode("latin-1").strip().lower()) not in {"", PLAIN}:
        raise EncodingWrong(encoding=packed[:100])
    said = (request.header(b"content-type") or b"").decode("latin-1").partition(";")[0].strip().lower()
    if said not in {"", JSON}:
        raise MediaTypeWrong(media_type=said[:100])
