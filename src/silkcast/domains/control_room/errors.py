from __future__ import annotations

from silkcast.kernel.errors import Invalid, Overloaded, SilkcastError, Unavailable


class FormRefused(Invalid):
    """Something typed cannot be right; `words_of_fields` says what, beside each field."""

    code = "control_room.form_refused"

    def __init__(self, words_of_fields: dict[str, str]) -> None:
        super().__init__(fields=sorted(words_of_fields))
        self.words_of_fields = words_of_fields


class LoginRefused(SilkcastError):
    """Unknown or wrong: which of the two is nobody's business."""

    code = "control_room.login_refused"
    status = 401


class LoginTooOften(Overloaded):
    code = "control_room.login_too_often"
    status = 429


class ViewersUnknown(Unavailable):
    """Ad spend is spread by viewers; without them it would be spread by a guess, for good."""

    code = "control_room.viewers_unknown"
