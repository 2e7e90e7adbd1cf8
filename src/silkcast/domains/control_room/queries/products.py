from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from silkcast.domains.base.api import list_merchants, merchant_names
from silkcast.domains.base.contracts import BaseView
from silkcast.domains.catalog.api import get_product, list_products, newest_markets
from silkcast.domains.catalog.contracts import ProductView, SkuView
from silkcast.domains.control_room.labels import MOVEMENTS, PRODUCT_ROLES, WAREHOUSE_KINDS, named_options, options
from silkcast.domains.control_room.queries.happenings import Doers
from silkcast.domains.control_room.queries.listing import ROWS, offset, page_of
from silkcast.domains.control_room.queries.rundown import about, image_url, title_of
from silkcast.domains.control_room.queries.sellable import market_options, obstacles
from silkcast.domains.inventory.api import list_movements, list_stock, list_warehouses
from silkcast.domains.inventory.contracts import MovementView, StockView
from silkcast.domains.shipping.api import reach
from silkcast.kernel import history
from silkcast.kernel.context import Context

MOVEMENTS_MAX = 50


def listed(ctx: Context, home: BaseView, *, query: str, number: int) -> dict[str, Any]:
    found, total = list_products(ctx, currency=home.currency, search=query.strip(), offset=offset(number), limit=ROWS)
    shelves = _shelves(ctx, [sku.id for product in found for sku in product.skus])
    merchants = merchant_names(ctx)
    hindered = obstacles(reach(ctx), found, _free(shelves))
    rows = []
    for product in found:
        held = [shelf for sku in product.skus for shelf in shelves.get(sku.id, ())]
        rows.append(
            {
                "id": product.id,
                "title": title_of(product),
                "image_url": image_url(product.image),
                "merchant_name": merchants.get(product.merchant_id, ""),
                "role": product.role.value,
                "role_words": PRODUCT_ROLES[product.role],
                "skus": len(product.skus),
                "price_from": min((sku.price for sku in product.skus), key=lambda price: price.minor, default=None),
                "units_free": sum(shelf.units_free for shelf in held),
                "units_reserved": sum(shelf.units_reserved for shelf in held),
                "obstacles": hindered.get(product.id, ()),
            }
        )
    return {"page": page_of(rows, total, number), "query": query}


def choices(ctx: Context) -> dict[str, Any]:
    """What the form for a new product offers; a merchant's own people need not say whose it is."""
    merchants = [] if ctx.merchant_id is not None else named_options(list_merchants(ctx))
    sent_to = reach(ctx)
    markets = newest_markets(ctx) or sent_to or ()
    return {
        "merchants": merchants,
        "roles": options(PRODUCT_ROLES),
        "market_options": market_options(sent_to, markets),
    }


def _free(shelves: Mapping[UUID, Iterable[StockView]]) -> dict[UUID, int]:
    return {sku_id: sum(shelf.units_free for shelf in held) for sku_id, held in shelves.items()}


def _shelves(ctx: Context, sku_ids: list[UUID]) -> dict[UUID, list[StockView]]:
    found: dict[UUID, list[StockView]] = defaultdict(list)
    for shelf in list_stock(ctx, sku_ids):
        found[shelf.sku_id].append(shelf)
    return found


class ProductPage:
    """One product with its stock and what moved it."""

    def __init__(self, ctx: Context, home: BaseView, product_id: UUID) -> None:
        self._ctx = ctx
        self._view = get_product(ctx, product_id, currency=home.currency)
        self._warehouses = {row.id: row for row in list_warehouses(ctx)}

    @cached_property
    def _shelves(self) -> dict[UUID, list[StockView]]:
        return _shelves(self._ctx, [sku.id for sku in self._view.skus])

    @cached_property
    def _sent_to(self) -> frozenset[str] | None:
        return reach(self._ctx)

    @property
    def view(self) -> ProductView:
        return self._view

    def sku(self, sku_id: UUID) -> SkuView | None:
        return next((sku for sku in self._view.skus if sku.id == sku_id), None)

    def whole(self) -> dict[str, Any]:
        view = self._view
        return {
            **self.skus(),
            **self.movements(),
            "product": {
                "id": view.id,
                "heading": title_of(view),
                "about": about(view),
                "title": view.title,
                "title_zh": view.title_zh,
                "undrawable": view.undrawable,
                "description": view.description,
                "description_zh": view.description_zh,
                "image_url": image_url(view.image),
                "is_listed": view.is_listed,
                "merchant_name": merchant_names(self._ctx).get(view.merchant_id, ""),
                "role": view.role.value,
                "role_words": PRODUCT_ROLES[view.role],
            },
            "roles": options(PRODUCT_ROLES),
            "market_options": market_options(self._sent_to, view.markets),
            "obstacles": self._obstacles(),
            "warehouses": [
                {"id": row.id, "name": row.name, "kind_words": WAREHOUSE_KINDS[row.kind]}
                for row in self._warehouses.values()
            ],
        }

    def _obstacles(self) -> list[str]:
        return obstacles(self._sent_to, [self._view], _free(self._shelves)).get(self._view.id, [])

    def skus(self) -> dict[str, Any]:
        return {
            "product": {"id": self._view.id},
            "skus": [self._sku(sku, self._shelves.get(sku.id, [])) for sku in self._view.skus],
        }

    def _sku(self, sku: SkuView, shelves: list[StockView]) -> dict[str, Any]:
        return {
            "id": sku.id,
            "code": sku.code,
            "name": sku.name,
            "price": sku.price,
            "was": sku.was,
            "cost": sku.cost,
            "weight_g": sku.weight_g,
            "units_on_hand": sum(shelf.units_on_hand for shelf in shelves),
            "units_reserved": sum(shelf.units_reserved for shelf in shelves),
            "units_free": sum(shelf.units_free for shelf in shelves),
            "shelves": [
                {
                    "warehouse_id": shelf.warehouse_id,
                    "warehouse_name": self._warehouses[shelf.warehouse_id].name,
                    "kind_words": WAREHOUSE_KINDS[self._warehouses[shelf.warehouse_id].kind],
                    "units_on_hand": shelf.units_on_hand,
                    "units_reserved": shelf.units_reserved,
                }
                for shelf in shelves
            ],
        }

    def movements(self) -> dict[str, Any]:
        """Newest first; `units` is the change of what lies on the shelf, so that all of them sum to it."""
        codes = {sku.id: sku.code for sku in self._view.skus}
        found = list_movements(self._ctx, codes, MOVEMENTS_MAX)
        runs = history.doers_of(self._ctx, (movement.cause_id for movement in found))
        doers = Doers(self._ctx)
        return {
            "product": {"id": self._view.id},
            "movements": [
                {
                    "at": movement.at,
                    "words": _movement_words(movement),
                    "sku_code": codes[movement.sku_id],
                    "warehouse_name": self._warehouses[movement.warehouse_id].name,
                    "units": movement.units_on_hand_change,
                    "actor_words": doers.words(
                        runs.get(movement.cause_id, history.NOBODY) if movement.cause_id else history.NOBODY
                    ),
                }
                for movement in found
            ],
        }


def _movement_words(movement: MovementView) -> str:
    """A promise moves nothing off the shelf; how many units it is about stands in its words."""
    words = str(MOVEMENTS[movement.kind])
    if movement.units_on_hand_change == 0 and movement.units_reserved_change:
        return f"{words} ({abs(movement.units_reserved_change)})"
    return words
