"""Prices, struck prices and currencies as the actions keep them and the queries read them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.cast import Base, Cast

from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.contracts import ProductRole
from silkcast.domains.catalog.models import ExchangeRate, Offer, Price, Sku
from silkcast.kernel.errors import Invalid
from silkcast.kernel.ids import ProductId, ShowId, new_id
from silkcast.kernel.models import AuditEntry
from silkcast.kernel.money import AMOUNT_MAX, AmountOutOfRange, CurrencyUnknown, Money, RateOutOfRange
from silkcast.kernel.words import sentence

SHOW = ShowId(new_id())
PRICE = Money(2900, "USD")
NOT_STRUCK = [Money(5900, "EUR"), Money(5900, "JPY"), Money(2900, "USD"), Money(2899, "USD"), Money(-1, "USD")]


def product_of(base: Base, code: str) -> ProductId:
    return ProductId(catalog.product_of_skus(base.ctx, [base.skus[code]])[base.skus[code]])


def new_sku(was: Money | None) -> catalog.NewSku:
    return catalog.NewSku(code="new", name="", price=PRICE, was=was, cost=Money(1, "CNY"), weight_g=10)


def wishes(base: Base, was: Money | None) -> list[object]:
    """Everything that takes a struck price."""
    sku_id = base.sells("east-S", 0)
    return [
        catalog.SetPrice(sku_id=sku_id, price=PRICE, was=was),
        catalog.SetOffer(show_id=SHOW, sku_id=sku_id, price=PRICE, was=was),
        catalog.AddSku(product_id=product_of(base, "east-S"), sku=new_sku(was)),
        catalog.AddProduct(
            merchant_id=base.merchants[1], title="New", role=ProductRole.IMAGE, markets=("US",), sku=new_sku(was)
        ),
    ]


@pytest.mark.parametrize("was", NOT_STRUCK, ids=str)
def test_a_struck_price_of_another_currency_or_not_above_the_price_is_refused(cast: Cast, was: Money) -> None:
    east = cast.east
    for wanted in wishes(east, was):
        before = AuditEntry.objects.of(east.ctx.base_id).count()
        with pytest.raises(Invalid) as refused:
            east.does(wanted)
        assert refused.value.facts == {"reason": "was"}
        assert AuditEntry.objects.of(east.ctx.base_id).count() == before
    assert not Offer.objects.of(east.ctx.base_id).exists()
    assert list(Price.objects.of(east.ctx.base_id).values_list("was_minor", flat=True).distinct()) == [None]
    assert not Sku.objects.of(east.ctx.base_id).filter(code="new").exists()


def test_a_struck_price_above_the_price_is_kept(cast: Cast) -> None:
    east = cast.east
    for wanted in wishes(east, Money(2901, "USD")):
        east.does(wanted)
    struck = Price.objects.of(east.ctx.base_id).filter(amount_minor=2900).values_list("was_minor", flat=True)
    assert list(struck) == [2901] * 3
    assert Offer.objects.of(east.ctx.base_id).one(show_id=SHOW).was_minor == 2901


TOO_MUCH = Money(AMOUNT_MAX + 1, "USD")
BOUNDED = {
    "price": (
        lambda sku: catalog.SetPrice(sku_id=sku, price=TOO_MUCH),
        lambda sku: catalog.SetPrice(sku_id=sku, price=Money(0, "USD")),
        lambda sku: catalog.SetOffer(show_id=SHOW, sku_id=sku, price=TOO_MUCH),
        lambda sku: catalog.SetOffer(show_id=SHOW, sku_id=sku, price=Money(-1, "USD")),
    ),
    "was": (
        lambda sku: catalog.SetPrice(sku_id=sku, price=PRICE, was=TOO_MUCH),
        lambda sku: catalog.SetOffer(show_id=SHOW, sku_id=sku, price=PRICE, was=TOO_MUCH),
    ),
    "cost": (
        lambda sku: catalog.SetPrice(sku_id=sku, price=PRICE, cost=TOO_MUCH),
        lambda sku: catalog.SetPrice(sku_id=sku, price=PRICE, cost=Money(-1, "USD")),
    ),
}


@pytest.mark.parametrize("field", BOUNDED)
def test_an_amount_that_could_not_be_booked_is_not_entered(cast: Cast, field: str) -> None:
    sku_id = cast.east.sells("A", 0)
    for wanted in BOUNDED[field]:
        with pytest.raises(AmountOutOfRange) as refused:
            cast.east.does(wanted(sku_id))
        least = "0.00" if field != "price" else "0.01"
        facts = {"field": field, "least": least, "most": "10000000000.00", "currency": "USD"}
        assert refused.value.facts == facts
        assert sentence(refused.value.code, facts, "zh") == f"{field}：金额须在 {least} 至 10000000000.00 USD 之间。"
    assert not Offer.objects.of(cast.east.ctx.base_id).exists()
    assert Sku.objects.of(cast.east.ctx.base_id).one(id=sku_id).cost_minor == 1200


@pytest.mark.parametrize(
    ("unit", "quote", "rate", "refusal"),
    [
        ("USD", "IDR", "16000", None),
        ("IDR", "USD", "0.0000625", None),
        ("VND", "KWD", "0.0000117", None),
        ("KWD", "VND", "85000", None),
        ("USD", "EUR", "1000000", None),
        ("USD", "EUR", "1000001", RateOutOfRange),
        ("USD", "EUR", "0.000001", None),
        ("USD", "EUR", "0.0000009", RateOutOfRange),
        ("VND", "KWD", "1000.1", RateOutOfRange),  # a million fils for a dong
        ("USD", "EUR", "0", RateOutOfRange),
        ("USD", "EUR", "0.00000000001", Invalid),
        ("USD", "EUR", "1e3", Invalid),
        ("USD", "EUR", "\u0661", Invalid),
        ("USD", "USD", "2", Invalid),
        ("USD", "XXX", "2", CurrencyUnknown),
    ],
)
def test_a_rate_is_one_that_two_currencies_can_have(
    cast: Cast, unit: str, quote: str, rate: str, refusal: type[Invalid] | None
) -> None:
    wanted = catalog.EnterRate(unit=unit, quote=quote, rate=rate, source="test")
    if refusal is None:
        cast.east.does(wanted)
        assert catalog.get_rate(cast.east.ctx, unit, quote, cast.east.ctx.at) == Decimal(rate)
    else:
        with pytest.raises(refusal):
            cast.east.does(wanted)
        assert not ExchangeRate.objects.of(cast.east.ctx.base_id).exists()


def test_a_price_that_is_nothing_or_too_much_in_a_currency_is_none_there(cast: Cast) -> None:
    east = cast.east
    east.does(catalog.EnterRate(unit="USD", quote="KWD", rate="0.0001", source="test"))
    east.does(catalog.EnterRate(unit="USD", quote="IDR", rate="16000", source="test"))
    east.sells("cheap", 0, price=1)
    east.sells("dear", 0, price=AMOUNT_MAX)
    for currency, sold in (("USD", {"cheap", "dear"}), ("KWD", {"dear"}), ("IDR", {"cheap"})):
        products, _ = catalog.list_products(east.ctx, currency=currency)
        assert {sku.code for product in products for sku in product.skus} == sold


def test_the_inverse_of_a_rate_keeps_its_figures(cast: Cast) -> None:
    east = cast.east
    east.does(catalog.EnterRate(unit="KWD", quote="VND", rate="85123", source="test"))
    assert catalog.get_rate(east.ctx, "VND", "KWD", east.ctx.at) == Decimal("0.0000117477062604")


def test_a_currency_without_a_rate_to_our_own_sells_nothing(cast: Cast) -> None:
    east = cast.east
    sku_id = east.sells("east-S", 0)
    for currency in ("EUR", "GBP", "CHF"):
        east.does(catalog.SetPrice(sku_id=sku_id, price=Money(2500, currency)))
    east.does(catalog.EnterRate(unit="CHF", quote="AUD", rate="1.7", source="test"))
    assert catalog.currencies(east.ctx, "USD") == ["USD"]
    east.does(catalog.EnterRate(unit="USD", quote="EUR", rate="0.9", source="test"))
    east.does(catalog.EnterRate(unit="GBP", quote="USD", rate="1.3", source="test"))
    assert catalog.currencies(east.ctx, "USD") == ["EUR", "GBP", "USD"]
    assert catalog.currencies(cast.west.ctx, "JPY") == []


def test_a_rate_counts_from_when_it_holds(cast: Cast) -> None:
    east = cast.east
    east.does(catalog.EnterRate(unit="USD", quote="EUR", rate="0.9", source="test"), seconds=60)
    assert ExchangeRate.objects.of(east.ctx.base_id).one(quote="EUR").valid_from == east.ctx.at + timedelta(seconds=60)
    assert catalog.currencies(east.at(59), "USD") == []
    assert catalog.currencies(east.at(60), "USD") == ["EUR"]


def test_two_long_titles_make_a_card_that_a_rooms_document_takes(cast: Cast) -> None:
    east = cast.east
    english, chinese = "a" * 200, "丝" * 200
    added = east.does(
        catalog.AddProduct(
            merchant_id=east.merchants[0],
            title=english,
            title_zh=chinese,
            role=ProductRole.IMAGE,
            markets=("US",),
            sku=new_sku(None),
        )
    )
    card = catalog.pitch_card(east.ctx, SHOW, added.product_id, "en", "USD")
    assert card.title == f"{english} {chinese[:199]}"
