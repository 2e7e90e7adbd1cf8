"""What can be wrong with a camera's stream, drawn as a tree; each ends that camera and nothing else.

StreamError
├── PictureTooLarge     larger than any room decodes
├── Undecodable         it is not what its headers say, or no picture ever comes out
└── UnsupportedCodec    well formed, in a codec that we do not take
"""

from __future__ import annotations

from typing import ClassVar


class StreamError(Exception):
    code: ClassVar[str] = "camera.stream"

    def __init__(self, **facts: str | int) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class PictureTooLarge(StreamError):
    code = "camera.picture_too_large"


class Undecodable(StreamError):
    code = "camera.undecodable"


class UnsupportedCodec(StreamError):
    code = "camera.codec_unsupported"
