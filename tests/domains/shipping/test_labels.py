"""A label prints every name and address in the letters in which it was written, and carries its fonts with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm

from silkcast.domains.shipping.adapters.sandbox.client import TEXT_PT, draw_label
from silkcast.domains.shipping.contracts import Address, LabelRequest
from silkcast.kernel.money import Money
from silkcast.media.lettering.faces import installed
from silkcast.media.lettering.line import shaped
from silkcast.media.lettering.paper import wrapped

NAMES = {
    "german": "Jörg Größe-Žižka, Łódź",
    "vietnamese": "Nguyễn Thị Ế ộ ữ",
    "chinese": "龘靐齉 繁體 王小明",
    "japanese": "辻 峠 込山 カナ",
    "korean": "김민수 뷁 서울특별시",
    "thai": "ซอยสุขุมวิท ที่ น้ำ ปู่",
    "arabic": "محمد (علي) الكويت 12",
    "hebrew": "שדרות רוטשילד 5",
    "hindi": "रेशम मार्ग क्षत्रिय कि",
    "russian": "Ёлкин Ґрунт",
    "greek": "Ελλάς ΐ",
}


def label(name: str, **changed: str) -> bytes:
    to = {"line1": "Road 1", "line2": "", "city": "Town", "region": "", "postcode": "1", "country": "DE", **changed}
    request = LabelRequest(
        key="k",
        number="1007",
        address=Address(name=name, phone="", **to),
        weight_g=300,
        sender="丝路基地 GmbH",
        expected=Money(1, "USD"),
    )
    return draw_label(request, "SIM000123456789012")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_font_in_use_is_embedded_and_only_the_letters_in_use(name: str) -> None:
    pdf = label(name)
    fonts = re.findall(rb"/BaseFont /([^\s/]+)", pdf)
    assert fonts
    assert all(re.fullmatch(rb"[A-Z]{6}\+Noto[A-Za-z]+-Medium", font) for font in fonts)
    assert pdf.count(b"/FontFile2") == len(set(fonts))
    assert len(pdf) < 200_000
    assert b"Not printed" not in pdf


def test_a_letter_that_no_font_has_is_named_for_whoever_packs() -> None:
    assert label("Silk 𓀀") != label("Silk")


@pytest.mark.real_server
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_a_label_s_text_is_text(tmp_path: Path) -> None:
    (tmp_path / "label.pdf").write_bytes(label(NAMES["german"], city="𓀀 서울"))
    told = subprocess.run(["pdftotext", "-layout", tmp_path / "label.pdf", "-"], capture_output=True, check=True)
    lines = [line.strip() for line in told.stdout.decode().splitlines() if line.strip()]
    assert lines[0] == "SIMULATED - not a valid label"
    assert lines[1] == "From: 丝路基地 GmbH"
    assert lines[2] == NAMES["german"]
    assert "서울" in lines[4]
    assert "Not printed: U+13000" in lines
    assert lines[-1] == "SIM000123456789012"


@pytest.mark.real_server
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_is_printed_looks_as_it_does_on_the_programme(name: str, tmp_path: Path) -> None:
    """Joined, stacked and in order: the printed line is laid over the same one drawn by the mixer's own hand."""
    dpi = 288
    (tmp_path / "label.pdf").write_bytes(label(name))
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", tmp_path / "label.pdf", tmp_path / "page"], check=True
    )
    page = 255 - np.asarray(Image.open(tmp_path / "page.pgm")).astype(float)
    scale = dpi / 72
    line = shaped(name, installed(), round(TEXT_PT * scale))
    own = Image.new("RGBA", (line.width + 8, 100), (0, 0, 0, 255))
    line.draw(own, 4, 50, (255, 255, 255, 255))
    drawn = np.asarray(own)[..., 0].astype(float)
    baseline = round((22 + 12) * mm * scale)
    left = round(8 * mm * scale)
    around = page[baseline - 110 : baseline + 70, left - 12 : left + line.width + 24]
    assert best_likeness(around, drawn) > 0.9


def best_likeness(page: np.ndarray, drawn: np.ndarray) -> float:
    """Of the drawn line and the page beneath it, wherever it fits best."""
    rows, columns = page.shape[0] - drawn.shape[0] + 1, page.shape[1] - drawn.shape[1] + 1
    return max(
        float(np.corrcoef(page[y : y + drawn.shape[0], x : x + drawn.shape[1]].ravel(), drawn.ravel())[0, 1])
        for y in range(rows)
        for x in range(columns)
    )


def test_a_long_address_stays_on_the_paper() -> None:
    width = A6[0] - 16 * mm
    for long in ("Road " * 40, "路" * 200, "W" * 200, "서울 " * 60):
        rows = wrapped(long, installed(), TEXT_PT, width)
        assert len(rows) > 2
        assert "".join(rows).replace(" ", "") == long.replace(" ", "")
        assert all(shaped(row, installed(), TEXT_PT).advance <= width for row in rows)
    assert label("W" * 200, line1="路" * 200, line2="서울 " * 60)[:5] == b"%PDF-"
