from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import get_language

from silkcast.domains.base.api import weaknesses, words_of_weaknesses
from silkcast.domains.base.contracts import PersonView
from silkcast.domains.control_room.forms import Fields
from silkcast.kernel.signs import opaque


def new_password(fields: Fields, sent: QueryDict, person: PersonView) -> str:
    """The password that was typed twice, with what speaks against it said beside the fields."""
    password = opaque(sent.get("password", ""))
    against = weaknesses(password, email=person.email, name=person.name)
    if against:
        fields.say("password", words_of_weaknesses(against, get_language() or "en"))
    if password != opaque(sent.get("password_again", "")):
        fields.complain("password_again", "password_differs")
    return password
