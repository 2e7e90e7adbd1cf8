"""What people type into a form, and what it then means."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from silkcast.domains.control_room.errors import FormRefused
from silkcast.domains.control_room.forms import Fields
from silkcast.kernel.money import Money


def fields(**typed: str) -> Fields:
    return Fields(QueryDict(urlencode(typed)))


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("1200", "USD", 120_000),
        ("1,200", "USD", 120_000),
        ("1,200.00", "USD", 120_000),
        ("1,200.5", "USD", 120_050),
        ("12,500", "USD", 1_250_000),
        ("1,234,567", "USD", 123_456_700),
        ("1200,50", "EUR", 120_050),
        ("12,5", "EUR", 1_250),
        ("0,99", "EUR", 99),
        ("1,200", "JPY", 1_200),
        ("12,500", "JPY", 12_500),
        ("1.200", "KWD", 1_200),
        ("12,5", "KWD", 12_500),
        ("1200,500", "KWD", 1_200_500),
        ("1,200.500", "KWD", 1_200_500),
        ("1,200,300", "KWD", 1_200_300_000),
    ],
)
def test_an_amount_is_read_with_thousands_or_with_a_decimal_comma(typed: str, currency: str, minor: int) -> None:
    form = fields(price=typed)
    assert form.money("price", currency) == Money(minor, currency)
    form.refuse()


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        *[(typed, "USD") for typed in ("1,20,0", "1.200", "1.200,50", "1,200,5", "0,500", "1200,500", "1,2345")],
        *[(typed, "USD") for typed in (",50", "1,", "1,200.", "1,200.005", "1 200", "1e3", "-1,200", "0,00")],
        *[(typed, "JPY") for typed in ("12,50", "1.200", "1,200.0", "1200,5")],
        ("1,200", "KWD"),  # one dinar and a fifth, or twelve hundred
    ],
)
def test_an_amount_that_could_be_another_is_refused(tables: None, typed: str, currency: str) -> None:
    form = fields(price=typed)
    form.money("price", currency)
    with pytest.raises(FormRefused) as refused:
        form.refuse()
    assert set(refused.value.words_of_fields) == {"price"}
