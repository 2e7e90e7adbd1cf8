"""A card as people type it, and as a gateway reads it."""

from __future__ import annotations

import pytest
from tests.cast import NOON

from silkcast.domains.orders.api import checked_card
from silkcast.domains.payments.contracts import Card
from silkcast.domains.payments.errors import CardInvalid

GOOD = Card(number="4242424242424242", expiry="12/29", cvc="123")


@pytest.mark.parametrize(
    "expiry", ["12/29", "12 / 29", "12/2029", "12 / 2029", "１２／２９", "１２　／　２０２９", "12-29", "12.29"]
)
def test_a_month_is_read_however_it_is_written(expiry: str) -> None:
    assert checked_card(Card(number=GOOD.number, expiry=expiry, cvc="123"), NOON) == GOOD


@pytest.mark.parametrize(
    "number", ["4242 4242 4242 4242", "4242-4242-4242-4242", "４２４２　４２４２　４２４２　４２４２"]
)
def test_a_number_is_read_in_groups_and_from_every_keyboard(number: str) -> None:
    assert checked_card(Card(number=number, expiry="12/29", cvc="１２３"), NOON) == GOOD


def test_a_month_of_one_digit_has_a_zero_before_it() -> None:
    assert checked_card(Card(number=GOOD.number, expiry="1/27", cvc="123"), NOON).expiry == "01/27"


@pytest.mark.parametrize(
    "expiry", ["", "12", "13/29", "0/29", "10/26", "12/1929", "12/2129", "12/029", "12//29", "²/29", "12/²9"]
)
def test_a_month_that_is_none_or_past_is_refused(expiry: str) -> None:
    with pytest.raises(CardInvalid):
        checked_card(Card(number=GOOD.number, expiry=expiry, cvc="123"), NOON)


@pytest.mark.parametrize("number", ["", "4242", "4242424242424241", "4242x4242 4242 4242", "4242\u00b24242424242424"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(CardInvalid):
        checked_card(Card(number=number, expiry="12/29", cvc="123"), NOON)


@pytest.mark.parametrize("cvc", ["", "12", "12345", "abc"])
def test_a_code_that_is_none_is_refused(cvc: str) -> None:
    with pytest.raises(CardInvalid):
        checked_card(Card(number=GOOD.number, expiry="12/29", cvc=cvc), NOON)
