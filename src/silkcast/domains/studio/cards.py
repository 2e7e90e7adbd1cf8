"""What the price card of the product on pitch says: the catalogue's words and price, and the stock left."""

from __future__ import annotations

import logging
from uuid import UUID

from silkcast.domains.catalog import api as catalog
from silkcast.domains.inventory import api as inventory
from silkcast.domains.studio.contracts import CardFacts, ShowView
from silkcast.domains.studio.engine.prices import price_words
from silkcast.kernel.context import Context
from silkcast.kernel.errors import SilkcastError
from silkcast.kernel.ids import SkuId
from silkcast.kernel.words import sentence

logger = logging.getLogger(__name__)


def find_card(ctx: Context, show: ShowView, product_id: UUID) -> CardFacts | None:
    """None when the product cannot be sold just now (no SKU, no price): better no card than a wrong one."""
    try:
        card = catalog.pitch_card(ctx, show.id, product_id, show.language, show.currency)
    except SilkcastError as error:
        facts = {"show_id": str(show.id), "product_id": str(product_id), "code": error.code}
        logger.warning("studio.no_price_card", extra={"facts": facts})
        return None
    return CardFacts(
        sku_id=SkuId(card.sku_id),
        title=card.title,
        price_words=price_words(card.price, show.language),
        was_words=price_words(card.was, show.language) if card.was is not None else None,
        units_left=inventory.units_free(ctx, [card.sku_id])[card.sku_id],
        units_word=sentence("studio.units_left", {}, show.language),
    )
