"""What people type into a form, and what it then means."""

from __future__ import annotations

from datetime import datetime
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


@pytest.mark.parametrize("typed", ["19.99", "１９．９９", "　１９．９９　", "١٩٫٩٩", "19。99"])
def test_an_amount_is_the_same_from_every_keyboard(typed: str) -> None:
    form = fields(price=typed)
    assert form.money("price", "USD") == Money(1999, "USD")
    form.refuse()


def test_whole_numbers_percentages_and_countries_are_the_same_from_every_keyboard() -> None:
    form = fields(units="５", weight="１２０", share="２．５", markets="ＵＳ，ｄｅ、JP")
    assert (form.whole("units"), form.maybe_whole("weight"), form.percent_bp("share")) == (5, 120, 250)
    assert form.countries("markets") == ("US", "DE", "JP")
    form.refuse()


def test_what_is_not_read_as_a_number_stays_as_typed() -> None:
    assert fields(title="１号　Ｔｅａ").text("title") == "１号　Ｔｅａ"


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\0", "\x1b", "\u2028"])
def test_a_field_of_one_line_takes_no_break(tables: None, sign: str) -> None:
    form = fields(name=f"Two{sign}lines", description=f"Two{sign}lines", email=f"a@b.de{sign}a@c.de")
    assert form.text("description", lines=True) == f"Two{sign}lines"
    form.text("name")
    form.email("email")
    with pytest.raises(FormRefused) as refused:
        form.refuse()
    assert set(refused.value.words_of_fields) == {"name", "email"}


def test_an_address_is_read_as_one_or_refused(tables: None) -> None:
    form = fields(good="ａｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", bad="a b@c.de", at="@")
    assert form.email("good") == "an@example.com"
    form.email("bad")
    form.email("at")
    with pytest.raises(FormRefused) as refused:
        form.refuse()
    assert set(refused.value.words_of_fields) == {"bad", "at"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2027-05-01T20:00", "2027-05-01T18:00+00:00"),
        ("2027-05-01T20:00Z", "2027-05-01T20:00+00:00"),
        ("2027-05-01 20:00+08:00", "2027-05-01T12:00+00:00"),
        ("2027-03-28T02:30-05:00", "2027-03-28T07:30+00:00"),
    ],
)
def test_a_zone_that_was_typed_is_the_one_that_was_meant(typed: str, meant: str) -> None:
    form = fields(planned_at=typed)
    assert form.maybe_moment("planned_at", "Europe/Berlin") == datetime.fromisoformat(meant)
    form.refuse()


@pytest.mark.parametrize("typed", ["0001-01-01T00:00Z", "9999-12-31T23:59-12:00", "tomorrow", "2027-13-01T00:00"])
def test_a_time_outside_the_calendar_is_complained_of(typed: str) -> None:
    form = fields(planned_at=typed)
    form.maybe_moment("planned_at", "America/New_York")
    with pytest.raises(FormRefused):
        form.refuse()


@pytest.mark.parametrize(
    ("typed", "word"), [("2027-03-28T02:30", "does not happen"), ("2027-10-31T02:30", "happens twice")]
)
def test_an_hour_that_the_clocks_skip_or_repeat_is_asked_about(typed: str, word: str) -> None:
    form = fields(planned_at=typed)
    form.maybe_moment("planned_at", "Europe/Berlin")
    with pytest.raises(FormRefused) as refusal:
        form.refuse()
    assert word in refusal.value.words_of_fields["planned_at"]
    for usual in ("2027-03-28T03:30", "2027-10-31T03:30", "2027-03-28T01:59"):
        form = fields(planned_at=usual)
        assert form.maybe_moment("planned_at", "Europe/Berlin") is not None
        form.refuse()
