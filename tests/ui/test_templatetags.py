"""How pages write money, times and figures in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.template import Context, Template
from django.utils import translation

from silkcast.kernel.money import Money
from silkcast.ui.templatetags import silkcast as tags


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        (Money(123456, "USD"), "$1,234.56", "US$1,234.56"),
        (Money(-5, "USD"), "-$0.05", "-US$0.05"),
        (Money(5900, "JPY"), "¥5,900", "JP¥5,900"),
        (Money(5900, "CNY"), "CN¥59.00", "¥59.00"),
        (Money(1234, "KWD"), "KWD\u00a01.234", "KWD\u00a01.234"),
        (Money(700000, "VND"), "₫700,000", "₫700,000"),
        (None, "–", "–"),
    ],
)
def test_money_has_our_decimals_and_the_readers_symbol(amount: Money | None, english: str, chinese: str) -> None:
    with translation.override("en"):
        assert tags.money(amount) == english
    with translation.override("zh-hans"):
        assert tags.money(amount) == chinese


def test_the_exponent_is_iso_4217s_and_not_the_display_tables() -> None:
    # Display tables round the Indonesian rupiah to whole ones; ISO 4217 gives it two decimals.
    assert tags.exponent(Money(1, "IDR")) == 2
    assert tags.money(Money(150, "IDR")).endswith("1.50")


def test_times_are_shown_in_the_bases_zone() -> None:
    at = datetime(2026, 11, 22, 18, 5, 9, tzinfo=UTC)
    assert tags.local_time(at, "Asia/Shanghai") == "2026-11-23 02:05"
    assert tags.local_clock(at, "Asia/Shanghai") == "02:05:09"
    assert (tags.local_time(None), tags.local_clock(None)) == ("–", "–")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3723, "1:02:03"), (None, "–")]
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert tags.duration(seconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1500, "2 kB"), (1_234_567, "1.2 MB"), (5 * 10**15, "5000.0 TB"), (None, "–")],
)
def test_sizes(size: int | None, shown: str) -> None:
    assert tags.byte_size(size) == shown


def test_counts_and_shares() -> None:
    assert (tags.count(1234567), tags.count(None)) == ("1,234,567", "–")
    assert (tags.percent(0.1234), tags.percent(None)) == ("12.3%", "–")


def test_each_form_gets_a_key_of_its_own() -> None:
    form = Template("{% load silkcast %}{% request_id %}{% request_id %}").render(Context())
    first, second = (part.partition('"')[0] for part in form.split('value="')[1:])
    assert UUID(first).version == UUID(second).version == 7
    assert first != second


def test_filters_go_by_the_names_that_templates_use() -> None:
    page = Template("{% load silkcast %}{{ size|bytes }} {{ n|count }} {{ share|percent }} {{ s|duration }}")
    assert page.render(Context({"size": 1000, "n": 1, "share": 0.5, "s": 60})) == "1 kB 1 50.0% 1:00"
