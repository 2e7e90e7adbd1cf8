"""Who looks at the shop: nobody we know, but the same nobody as before, in one base, language and currency."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from silkcast.domains.base import api as base_api
from silkcast.domains.base.contracts import BaseView
from silkcast.domains.catalog import api as catalog
from silkcast.domains.shop import cart as carts
from silkcast.domains.shop.cart import Cart
from silkcast.domains.shop.cookies import CURRENCY, SHOP, VISITOR
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing, SilkcastError
from silkcast.kernel.http import DAY_S, client_of, opened, signed

VISITOR_DAYS = 400
SEED_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """`seed` is the visitor's own secret; `viewer` is who they are in this base, and tells nothing of another base."""

    seed: str
    viewer: str
    client: str
    base: BaseView
    ctx: Context
    currency: str
    currencies: tuple[str, ...]
    cart: Cart
    has_new_cart: bool = False

    def with_cart(self, cart: Cart) -> Visitor:
        return replace(self, cart=cart, has_new_cart=True)


def visitor_of(request: HttpRequest, base: BaseView) -> Visitor:
    seed = _seed(request)
    viewer = hashlib.sha256(f"{seed}:{base.id.hex}".encode()).hexdigest()[:32]
    ctx = base_api.context_of_buyer(base.id, viewer, datetime.now(UTC), get_language() or "en")
    currencies = tuple(dict.fromkeys((base.currency, *catalog.currencies(ctx, base.currency))))
    wanted = request.COOKIES.get(CURRENCY, "")
    return Visitor(
        seed=seed,
        viewer=viewer,
        client=client_of(request),
        base=base,
        ctx=ctx,
        currency=wanted if wanted in currencies else base.currency,
        currencies=currencies,
        cart=carts.unsealed(request.COOKIES.get(carts.cookie_name(base.id)), base.id),
    )


def _seed(request: HttpRequest) -> str:
    try:
        return str(opened("visitor", request.COOKIES.get(VISITOR, ""))["seed"])
    except SilkcastError:
        return secrets.token_hex(SEED_BYTES)


def base_of_visit(request: HttpRequest) -> BaseView:
    """The shop last visited, else the first there is."""
    bases = base_api.list_bases()
    if not bases:
        raise Missing(kind="base")
    return next((base for base in bases if base.slug == request.COOKIES.get(SHOP)), bases[0])


def base_called(slug: str) -> BaseView:
    found = next((base for base in base_api.list_bases() if base.slug == slug), None)
    if found is None:
        raise Missing(kind="base", slug=slug)
    return found


def base_with_id(base_id: UUID | None) -> BaseView:
    """The base of a show, product or order; Missing when there was none of that id."""
    if base_id is None:
        raise Missing(kind="base")
    return base_api.get_base(base_id)


def remember(response: HttpResponse, visitor: Visitor) -> None:
    """Keep who and where in cookies that no script can read; the cart only where this request changed it.

    A page that was asked for before "Add to cart" and comes after it would otherwise bring the old cart back.
    """
    set_cookie(response, VISITOR, signed("visitor", days=VISITOR_DAYS, seed=visitor.seed), days=VISITOR_DAYS)
    set_cookie(response, SHOP, visitor.base.slug, days=VISITOR_DAYS)
    if not visitor.has_new_cart:
        return
    if visitor.cart.lines:
        set_cookie(response, carts.cookie_name(visitor.base.id), carts.sealed(visitor.cart), days=carts.DAYS)
    else:
        response.delete_cookie(carts.cookie_name(visitor.base.id), samesite="Lax")


def set_cookie(response: HttpResponse, name: str, value: str, *, days: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=days * DAY_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
