"""RTMP in both directions, written once: ingest and rooms read encoders with it, rooms push to destinations with it."""

from silkcast.media.rtmp.destination import DestinationState
from silkcast.media.rtmp.errors import RtmpError
from silkcast.media.rtmp.publish_session import (
    Connected,
    Ended,
    Media,
    PublishRequested,
    PublishSession,
    SessionEvent,
)
from silkcast.media.rtmp.publisher import Publisher
from silkcast.media.rtmp.tags import FlvTag

__all__ = [
    "Connected",
    "DestinationState",
    "Ended",
    "FlvTag",
    "Media",
    "PublishRequested",
    "PublishSession",
    "Publisher",
    "RtmpError",
    "SessionEvent",
]
