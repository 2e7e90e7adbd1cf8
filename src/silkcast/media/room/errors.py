"""What a room refuses, drawn as a tree; a refusal leaves the room as it was.

Invalid
├── DocumentInvalid     the desired state does not make sense
└── ShapeIsFixed        size and pace of the picture last as long as the show
Missing
└── NoPicture           a preview of something that shows nothing
Unavailable
└── NotStarted          no document has come yet
"""

from __future__ import annotations

from silkcast.kernel.errors import Invalid, Missing, Unavailable


class DocumentInvalid(Invalid):
    code = "room.document_invalid"


class ShapeIsFixed(Invalid):
    code = "room.shape_is_fixed"


class NoPicture(Missing):
    code = "room.no_picture"


class NotStarted(Unavailable):
    code = "room.not_started"
