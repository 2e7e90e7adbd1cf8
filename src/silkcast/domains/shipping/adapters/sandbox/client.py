from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from silkcast.domains.shipping.contracts import Carrier, ConsignmentState, Label, LabelRequest, Step

# A journey of days, told in seconds so that a demo sees its end.
JOURNEY = (
    (15, ConsignmentState.HANDED_OVER, "Simulated hub, Shenzhen"),
    (40, ConsignmentState.IN_TRANSIT, "Simulated flight"),
    (80, ConsignmentState.OUT_FOR_DELIVERY, "Simulated depot"),
    (120, ConsignmentState.DELIVERED, "Simulated door"),
)
FONT = "STSong-Light"  # a CID font every PDF reader brings, for Latin and Chinese alike


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
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    page = Canvas(buffer, pagesize=A6, invariant=1)
    page.setTitle(f"Label {request.number}")
    _, height = A6
    page.setFont("Helvetica-Bold", 11)
    page.drawString(8 * mm, height - 12 * mm, "SIMULATED - not a valid label")
    page.setFont(FONT, 9)
    address = request.address
    town = " ".join(part for part in (address.postcode, address.city, address.region) if part)
    lines = (f"From: {request.sender}", "", address.name, address.line1, address.line2, town, address.country)
    for row, line in enumerate(line for index, line in enumerate(lines) if line or index == 1):
        page.drawString(8 * mm, height - (22 + 6 * row) * mm, line)
    page.drawString(8 * mm, 48 * mm, f"{request.number}   {request.weight_g} g")
    Code128(tracking_number, barHeight=18 * mm, barWidth=0.36 * mm).drawOn(page, 2 * mm, 22 * mm)
    page.drawString(8 * mm, 16 * mm, tracking_number)
    page.showPage()
    page.save()
    return buffer.getvalue()


CARRIER: Carrier = SandboxCarrier()
