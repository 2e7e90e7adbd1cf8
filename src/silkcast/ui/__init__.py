"""The page shell, the shared components and the design tokens; no business words."""

from __future__ import annotations

from pathlib import Path

# Whole fonts for what is drawn on the programme and on paper, from the front end's packages; see media/lettering.
FACES = Path(__file__).parent / "node_modules" / "@expo-google-fonts"
