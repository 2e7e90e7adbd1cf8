from __future__ import annotations

import hashlib
import io
import threading
from datetime import datetime, timedelta
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from silkcast.domains.shipping.contracts import Carrier, ConsignmentState, Label, LabelRequest, Step
from silkcast.media.lettering.faces import installed
from silkcast.media.lettering.paper import registered, wrapped, write
from silkcast.media.lettering.runs import missing

# A journey of days, told in seconds so that a demo sees its end.
JOURNEY = (
    (15, ConsignmentState.HANDED_OVER, "Simulated hub, Shenzhen"),
    (40, ConsignmentState.IN_TRANSIT, "Simulated flight"),
    (80, ConsignmentState.OUT_FOR_DELIVERY, "Simulated depot"),
    (120, ConsignmentState.DELIVERED, "Simulated door"),
)
TITLE_PT, TEXT_PT = 11, 9
_drawing = threading.Lock()  # reportlab's fonts are shared


class SandboxCarrier:
    """Answers at once and always the same for the same key, as a carrier with idempotency keys does."""

    def label(self, request: LabelRequest) -> Label:
        tracking_number = "SIM" + str(int(hashlib.sha256(request.key.encode()).hexdigest()[:12], 16)).zfill(15)
        return Label(tracking_number=tracking_number, cost=request.expected, pdf=draw_label(request, tracking_number))

    def track(self, tracking_number: str, since: datetime, now: datetime) -> list[Step]:
        reached = [(since + timedelta(seconds=after_s), state, place) for after_s, state, place in JOURNEY]
        return [Step(state=state, at=at, place=place) for at, state, place in reached if at <= now]


def draw_label(request: LabelRequest, tracking_number: str) -> bytes:
    """An A6 label: sender, address, order number and the tracking number as Code 128."""
    buffer = io.BytesIO()
    with _drawing:
        font: Any = registered(installed().first)  # the stubs take a font's name for a number
        page = Canvas(buffer, pagesize=A6, invariant=1, initialFontName=font)
        page.setTitle(f"Label {request.number}")
        _draw(page, request, tracking_number)
        page.showPage()
        page.save()
    return buffer.getvalue()


def _draw(page: Canvas, request: LabelRequest, tracking_number: str) -> None:
    def text(row_mm: float, words: str, size: float = TEXT_PT) -> None:
        write(page, 8 * mm, row_mm * mm, words, size, installed())

    width_mm, height_mm = (side / mm for side in A6)
    text(height_mm - 12, "SIMULATED - not a valid label", TITLE_PT)
    address = request.address
    town = " ".join(part for part in (address.postcode, address.city, address.region) if part)
    sender = f"From: {request.sender}"
    lines = (address.name, address.line1, address.line2, town, address.country)
    rows = [wrapped(line, installed(), TEXT_PT, (width_mm - 16) * mm) for line in (sender, *lines)]
    placed = [*rows[0], "", *(row for line in rows[1:] for row in line)]
    step_mm = min(6.0, (height_mm - 22 - 60) / len(placed))
    for number, row in enumerate(placed):
        text(height_mm - 22 - step_mm * number, row)
    unprinted = missing(sender + "".join(lines), installed())
    if unprinted:
        text(54, "Not printed: " + " ".join(f"U+{ord(letter):04X}" for letter in unprinted))
    text(48, f"{request.number}   {request.weight_g} g")
    Code128(tracking_number, barHeight=18 * mm, barWidth=0.36 * mm).drawOn(page, 2 * mm, 22 * mm)
    text(16, tracking_number)


CARRIER: Carrier = SandboxCarrier()
