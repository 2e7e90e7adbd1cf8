"""Text on a PDF's page, as text: each run in its own font, of which the letters in use are embedded."""

from __future__ import annotations

import unicodedata

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, shapeStr
from reportlab.pdfgen.canvas import Canvas

from silkcast.media.lettering.faces import Face, Faces
from silkcast.media.lettering.line import shaped_run
from silkcast.media.lettering.runs import BRACKETS, Run, clusters, plain, runs

_MIRRORED = str.maketrans({**BRACKETS, **{end: begin for begin, end in BRACKETS.items()}})


def write(page: Canvas, x: float, y: float, text: str, size: float, faces: Faces) -> float:
    """From `x` on, on the baseline `y`; where it ends. Not for two threads at once: reportlab's fonts are shared."""
    for run in runs(text, faces):
        name = registered(run.face)
        page.setFont(name, size)
        # Not by the page's own method: it shapes only where a library is there that no registry has.
        line = page.beginText(x, y)
        line.textOut(shapeStr(_as_guessed(run), name, size, force=True))
        page.drawText(line)
        x += shaped_run(run, size)[1]
    return x


def wrapped(text: str, faces: Faces, size: float, width: float) -> list[str]:
    """The text in rows no wider than that: parted at spaces, within a word only where that alone is too wide."""
    rows = [""]
    for word in plain(text).split(" "):
        joined = f"{rows[-1]} {word}".strip()
        if _width(joined, faces, size) <= width:
            rows[-1] = joined
            continue
        rows.append("")
        for letter in clusters(word):
            if rows[-1] and _width(rows[-1] + letter, faces, size) > width:
                rows.append("")
            rows[-1] += letter
    return [row for row in rows if row]


def _width(text: str, faces: Faces, size: float) -> float:
    return sum(shaped_run(run, size)[1] for run in runs(text, faces))


def registered(face: Face) -> str:
    """The name under which reportlab knows a font, from now on if not before."""
    if face.name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(face.name, str(face.path)))
    return face.name


def _as_guessed(run: Run) -> str:
    """reportlab takes the direction from the letters; where there are none, the signs must come as they are seen."""
    has_direction = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in run.text)
    return run.text[::-1].translate(_MIRRORED) if run.is_rtl and not has_direction else run.text
