from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkcast.kernel.money import (
    AmountInvalid,
    CurrencyMismatch,
    CurrencyUnknown,
    Money,
    exchange,
    parse,
    portion,
    split,
)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_a_split_sums_to_the_total_and_no_part_is_a_unit_off(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    if sum(weights):
        assert all(abs(part - Decimal(total) * w / sum(weights)) < 1 for part, w in zip(parts, weights, strict=True))


def test_equal_remainders_go_to_the_earlier_part() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split(5, [0, 0]) == [5, 0]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("39.90", "USD", 3990),
        (" 39.9 ", "USD", 3990),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("1.200", "KWD", 1200),
        ("-3", "EUR", -300),
    ],
)
def test_typed_amounts_become_minor_units_of_their_currency(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *[(text, "USD") for text in ("1.999", "NaN", "1e400", "x", "", "-", ".", "1.", "9" * 17, "9" * 5000)],
        *[("1.5", "JPY"), ("1.0", "JPY"), ("1.2345", "KWD")],
        *[(text, "USD") for text in ("1.200", "1.000", "1e3", "1E3", "1_000", "1,20", "+1", "١٢", "１２")],
    ],
)
def test_amounts_the_currency_cannot_express_are_refused(text: str, currency: str) -> None:
    with pytest.raises(AmountInvalid):
        parse(text, currency)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(CurrencyUnknown):
        Money(1, "XXX")


def test_exchange_and_portions_round_half_to_even_once() -> None:
    assert exchange(Money(3900, "USD"), "JPY", Decimal("151.3")) == Money(5901, "JPY")
    assert exchange(Money(1000, "JPY"), "USD", Decimal("0.0066")) == Money(660, "USD")
    assert (portion(250, 50), portion(350, 100), portion(450, 100)) == (1, 4, 4)
