"""The fonts in the order in which they are asked for a letter, opened when the first text needs them.

A file is mapped rather than read, so that all rooms of a machine share it and an unused script costs nothing.
"""

from __future__ import annotations

import functools
import logging
import unicodedata
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import uharfbuzz as hb

from silkcast import ui

logger = logging.getLogger(__name__)

Span = tuple[int, int]
# A script that is shaped by rules of its own is its own font's alone: shaped together with Latin, it would fall apart.
FONTS: Final[tuple[tuple[str, tuple[Span, ...]], ...]] = (
    ("NotoSansArabic", ((0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))),
    ("NotoSansArmenian", ((0x0530, 0x058F), (0xFB13, 0xFB17))),
    ("NotoSansHebrew", ((0x0591, 0x05F4), (0xFB1D, 0xFB4F))),
    ("NotoSansDevanagari", ((0x0900, 0x097F), (0xA8E0, 0xA8FF))),
    ("NotoSansBengali", ((0x0980, 0x09FF),)),
    ("NotoSansGurmukhi", ((0x0A00, 0x0A7F),)),
    ("NotoSansGujarati", ((0x0A80, 0x0AFF),)),
    ("NotoSansOriya", ((0x0B00, 0x0B7F),)),
    ("NotoSansTamil", ((0x0B80, 0x0BFF),)),
    ("NotoSansTelugu", ((0x0C00, 0x0C7F),)),
    ("NotoSansKannada", ((0x0C80, 0x0CFF),)),
    ("NotoSansMalayalam", ((0x0D00, 0x0D7F),)),
    ("NotoSansSinhala", ((0x0D80, 0x0DFF),)),
    ("NotoSansThai", ((0x0E01, 0x0E5B),)),
    ("NotoSansLao", ((0x0E80, 0x0EFF),)),
    ("NotoSansMyanmar", ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))),
    ("NotoSansGeorgian", ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F))),
    ("NotoSansEthiopic", ((0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB00, 0xAB2F))),
    ("NotoSansKhmer", ((0x1780, 0x17FF), (0x19E0, 0x19FF))),
    ("NotoSans", ()),
    ("NotoSansSC", ()),
    ("NotoSansKR", ()),
    ("NotoEmoji", ((0x203C, 0x3299), (0x1F000, 0x1FAFF))),  # its spaces are as wide as its signs
)
# Without any of ours: the Latin font that reportlab brings. Boxes would be worse.
LAST_RESORT: Final = "fonts/Vera.ttf"
_INVISIBLE: Final = (
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xE0000, 0xE007F),
)


class Face:
    """One font file; `spans` are the letters that are its alone to draw, all that it has where it names none."""

    def __init__(self, path: Path, spans: tuple[Span, ...] = ()) -> None:
        self.path, self.spans = path, spans

    @property
    def name(self) -> str:
        return self.path.stem

    @functools.cached_property
    def font(self) -> hb.Font:
        """At the font's own size: its units are what positions come in."""
        return hb.Font(hb.Face(hb.Blob.from_file_path(str(self.path))))

    @functools.cached_property
    def units_per_em(self) -> int:
        return int(self.font.face.upem)

    def has(self, cluster: str) -> bool:
        """A glyph for each of a letter and its marks, composed or not; what is invisible needs none."""
        return all(self._has_letter(letter) for letter in cluster)

    def draws(self, cluster: str) -> bool:
        return (not self.spans or _within(ord(cluster[0]), self.spans)) and self.has(cluster)

    def _has_letter(self, letter: str) -> bool:
        if _within(ord(letter), _INVISIBLE) or self.font.get_nominal_glyph(ord(letter)):
            return True
        parts = unicodedata.normalize("NFD", letter)
        return len(parts) > 1 and all(self.font.get_nominal_glyph(ord(part)) for part in parts)


class Faces:
    """`is_complete`: every font that we bring is there."""

    def __init__(self, folder: Path | None) -> None:
        chain = [Face(found, spans) for name, spans in FONTS if (found := _find(folder, name)) is not None]
        self.is_complete = len(chain) == len(FONTS)
        if not self.is_complete:
            facts = {"folder": str(folder), "found": [face.name for face in chain]}
            logger.error("lettering.fonts_missing", extra={"facts": facts})
            chain.append(Face(_last_resort()))
        self._chain = tuple(chain)

    def find(self, cluster: str) -> Face | None:
        """The first that draws a letter with its marks; None where nobody does."""
        return next((face for face in self._chain if face.draws(cluster)), None)

    @property
    def first(self) -> Face:
        """Whose box stands for what nobody has."""
        return next(face for face in self._chain if not face.spans)


@functools.cache
def installed() -> Faces:
    """The fonts that `make setup` brought."""
    return Faces(ui.FACES)


def _find(folder: Path | None, name: str) -> Path | None:
    """Packages lay their weights into folders of their own; ours is the medium one."""
    found: Iterable[Path] = folder.glob(f"*/500Medium/{name}_500Medium.ttf") if folder is not None else ()
    return next(iter(found), None)


def _last_resort() -> Path:
    spec = find_spec("reportlab")
    assert spec is not None, "a dependency of ours"
    assert spec.origin is not None
    return Path(spec.origin).parent / LAST_RESORT


def _within(code: int, spans: tuple[Span, ...]) -> bool:
    return any(first <= code <= last for first, last in spans)
