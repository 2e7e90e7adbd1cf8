from __future__ import annotations

from django.utils.translation import get_language

from silkcast.domains.control_room.queries.console_rows import CameraWarning
from silkcast.domains.studio.contracts import CameraView
from silkcast.kernel.words import sentence


def warnings_of(camera: CameraView) -> tuple[CameraWarning, ...]:
    """What is odd about its stream, in the reader's words."""
    language = get_language() or "en"
    return tuple(CameraWarning(code, sentence(code, {}, language)) for code in camera.warnings)
