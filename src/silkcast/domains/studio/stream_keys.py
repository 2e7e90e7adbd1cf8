"""Stream keys. A camera's is made by whoever asks, shown once, and kept only as a digest; a platform's is sealed, since
rooms must send it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from silkcast.kernel.context import Context
from silkcast.kernel.settings import Settings

KEY_BYTES = 18
ENDING = 4
_ENDING_FROM_LENGTH = 12  # of a shorter key even four characters would tell too much


def fresh_stream_key() -> str:
    return _worded(secrets.token_bytes(KEY_BYTES))


def stream_key_for(secret: bytes, ctx: Context, request_key: str) -> str:
    """The key for one asked-for change: a repeat of the request gets the same one, though it was never stored."""
    asked = f"stream key\0{ctx.base_id}\0{ctx.actor.id}\0{request_key}".encode()
    return _worded(hmac.digest(secret, asked, hashlib.sha256)[:KEY_BYTES])


def digest_of_stream_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def ending_of(key: str) -> str:
    return key[-ENDING:] if len(key) >= _ENDING_FROM_LENGTH else ""


def camera_url(settings: Settings) -> str:
    """Where encoders push to; the stream key is the part after it."""
    return f"rtmp://{settings.public_name}:{settings.rtmp_port}/live"


def subject_of_key(destination_id: UUID) -> str:
    """Under which name the key ring keeps what seals a destination's stream key."""
    return f"destination:{destination_id}"


def _worded(raw: bytes) -> str:
    return f"cam_{base64.urlsafe_b64encode(raw).decode()}"
