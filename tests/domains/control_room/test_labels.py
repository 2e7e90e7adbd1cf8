"""Nothing that a screen names is shown by its code."""

from __future__ import annotations

from silkcast.domains.base.roles import SCOPES
from silkcast.domains.control_room import labels


def test_every_scope_of_a_key_has_words() -> None:
    assert set(labels.SCOPES) == set(SCOPES)
