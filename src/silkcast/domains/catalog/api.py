"""What other domains may ask of this one."""

from silkcast.domains.catalog.actions.prices import EnterRate, SetOffer, SetPrice
from silkcast.domains.catalog.actions.products import AddProduct, AddSku, ChangeProduct, ListProduct, NewSku
from silkcast.domains.catalog.queries import (
    base_of_product,
    currencies,
    find_limit,
    find_rate,
    get_product,
    get_rate,
    list_products,
    names,
    newest_markets,
    newest_titles,
    owner_of_sku,
    pitch_card,
    prices_now,
    product_of_skus,
    sellables,
    titles,
)

__all__ = [
    "AddProduct",
    "AddSku",
    "ChangeProduct",
    "EnterRate",
    "ListProduct",
    "NewSku",
    "SetOffer",
    "SetPrice",
    "base_of_product",
    "currencies",
    "find_limit",
    "find_rate",
    "get_product",
    "get_rate",
    "list_products",
    "names",
    "newest_markets",
    "newest_titles",
    "owner_of_sku",
    "pitch_card",
    "prices_now",
    "product_of_skus",
    "sellables",
    "titles",
]
