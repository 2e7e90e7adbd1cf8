from __future__ import annotations

from silkcast.media.rtmp.sparing import LINES_MAX, WHILE_S, Sparing


def test_a_flood_is_some_lines_a_while_and_none_of_it_goes_uncounted() -> None:
    sparing, said = Sparing(), []
    for number in range(1000):
        unsaid = sparing.may_say(number * WHILE_S / 100)
        if unsaid is not None:
            said.append(1 + unsaid)
    assert len(said) == 10 * LINES_MAX
    assert sum(said) == 1000 - (100 - LINES_MAX)  # the last while's rest is told with the next line
