"""A password is the same from every keyboard."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password

from silkcast.domains.base.models import Person

COMPOSED, APART = "caf\u00e9 au lait \u00fc", "cafe\u0301 au\u00a0lait u\u0308"


@pytest.mark.parametrize(
    ("set_as", "typed"), [(COMPOSED, APART), (APART, COMPOSED), (APART, APART), ("plain", "plain")]
)
def test_it_opens_however_it_is_composed(set_as: str, typed: str) -> None:
    person = Person()
    person.set_password(set_as)
    assert person.check_password(typed)
    assert not person.check_password(typed + "x")


def test_one_hashed_as_it_was_typed_still_opens() -> None:
    assert Person(password=make_password(APART)).check_password(APART)
