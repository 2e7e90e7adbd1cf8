from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

SCENES_MAX = 9  # they sit on the digits 1 to 9 of a keyboard
CAMERAS_MAX = 8  # what one room decodes and mixes


def placed(order: Sequence[UUID], line_id: UUID, position: int | None) -> list[UUID]:
    """The order with a line at a position counted from 1; beyond either end means that end, None the last.

    >>> a, b, c = (UUID(int=n) for n in range(3))
    >>> placed([a, b, c], c, 1) == [c, a, b]
    True
    """
    others = [other for other in order if other != line_id]
    index = len(others) if position is None else min(max(position - 1, 0), len(others))
    return [*others[:index], line_id, *others[index:]]


def free_key(taken: Iterable[int], most: int) -> int | None:
    """The lowest free digit of the console, so that the others keep theirs; None when all are taken."""
    held = set(taken)
    return next((key for key in range(1, most + 1) if key not in held), None)
