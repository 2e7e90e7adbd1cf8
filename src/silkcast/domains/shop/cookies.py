"""Every cookie of a visit, and what it is for: the privacy page lists them, and a test walks a visit to find others."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from silkcast.domains.shop.cart import cookie_name

VISITOR, SHOP, CURRENCY = "visitor", "shop", "currency"


class Cookie(NamedTuple):
    name: str
    words: str


def cookies_of(base_id: UUID) -> tuple[Cookie, ...]:
    """Those that the shop of a base sets."""
    return (
        Cookie(VISITOR, _("A random secret, which knows you again. The token while you watch comes from it.")),
        Cookie(SHOP, _("The shop you were in last.")),
        Cookie(cookie_name(base_id), _("What is in your cart.")),
        Cookie(CURRENCY, _("The currency you chose.")),
        Cookie(settings.LANGUAGE_COOKIE_NAME, _("The language you chose.")),
        Cookie(settings.CSRF_COOKIE_NAME, _("Keeps other sites from sending forms in your name.")),
    )
