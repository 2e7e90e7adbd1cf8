"""The page shell, the shared components and the design tokens; no business words."""

from __future__ import annotations

from pathlib import Path

# One file with Latin and Chinese glyphs, from the front end's packages; what draws on the programme uses it too.
FONT = Path(__file__).parent / "static" / "ui" / "built" / "fonts" / "noto-sans-sc-chinese-simplified-700-normal.woff2"
