from __future__ import annotations

import pytest

from silkcast.kernel.places import countries, country_names


@pytest.mark.parametrize(
    ("language", "in_order"),
    [
        ("en", ["Åland Islands", "Austria", "Côte d’Ivoire", "Croatia", "Germany", "Türkiye", "Tuvalu"]),
        ("zh-hans", ["阿富汗", "奥地利", "德国", "美国", "英国", "中国"]),
    ],
)
def test_countries_stand_in_the_order_of_their_readers_language(language: str, in_order: list[str]) -> None:
    names = {name: code for code, name in country_names(countries(), language)}
    assert [name for _, name in country_names([names[each] for each in reversed(in_order)], language)] == in_order


def test_what_is_no_country_is_none() -> None:
    assert {"US", "CN", "XK", "TW"} <= countries()
    assert not countries() & {"EU", "UN", "ZZ", "XA", "CP"}
