"""The font of the overlays, opened at start-up: opening takes tens of milliseconds with the interpreter held."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Final

from PIL import ImageFont

logger = logging.getLogger(__name__)

PROBES: Final = "丝s"  # one glyph of each script that a card must have
_MISSING: Final = "\ue123"  # a private-use code that no font here has: its picture is the box


class Typeface:
    """One font file at the sizes asked for. Reads TTF, OTF, WOFF and WOFF2.

    Without a readable file it falls back to the Latin font inside Pillow: a programme without Chinese text is
    a fault to be reported, not a reason to have no programme.
    """

    def __init__(self, path: Path | None) -> None:
        self._raw: bytes | None = None
        self._fonts: dict[int, ImageFont.FreeTypeFont] = {}
        if path is not None:
            try:
                self._raw = path.read_bytes()
                self.at(16)
            except OSError as error:
                self._raw = None
                logger.error("mixer.font_unreadable", extra={"facts": {"path": str(path), "reason": str(error)}})

    @property
    def is_complete(self) -> bool:
        """Every probe has a glyph of its own rather than the box."""
        font = self.at(16)
        box = bytes(font.getmask(_MISSING))
        return all(bytes(font.getmask(probe)) != box for probe in PROBES)

    def at(self, size_px: int) -> ImageFont.FreeTypeFont:
        font = self._fonts.get(size_px)
        if font is None:
            font = self._open(size_px)
            self._fonts[size_px] = font
        return font

    def _open(self, size_px: int) -> ImageFont.FreeTypeFont:
        if self._raw is not None:
            return ImageFont.truetype(io.BytesIO(self._raw), size_px)
        built_in = ImageFont.load_default(size_px)
        assert isinstance(built_in, ImageFont.FreeTypeFont), "Pillow's wheels have FreeType"
        return built_in
