"""/control/keys: API keys of the base. A key is shown once, in the answer that made it."""

from __future__ import annotations

import base64
import hmac
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from silkcast.domains.base.api import (
    MERCHANT_SCOPES,
    SCOPES,
    MakeApiKey,
    RevokeApiKey,
    TakeOverApiKey,
    digest_of_key,
    fresh_key,
    list_api_keys,
    list_merchants,
    person_names,
)
from silkcast.domains.control_room import labels
from silkcast.domains.control_room.answers import part_or_page, posting
from silkcast.domains.control_room.forms import Fields
from silkcast.domains.control_room.frame import is_htmx, wanted_part
from silkcast.kernel.actions import run
from silkcast.kernel.context import Context
from silkcast.kernel.http import retry_key
from silkcast.kernel.ids import MerchantId
from silkcast.kernel.rest import allowed_for_base
from silkcast.kernel.settings import load

ADDRESS = "/control/keys"
NAME_MAX = 80
PREFIX_LENGTH = 8
KEY_BYTES = 24


def keys(request: HttpRequest) -> HttpResponse:
    return _list(request) if wanted_part(request) == "keys" else _whole(request)


def _shown(request: HttpRequest) -> dict[str, Any]:
    ctx = allowed_for_base(request, "base.set_api_key")
    names, merchants = person_names(ctx), list_merchants(ctx)
    merchant_names = {merchant.id: merchant.name for merchant in merchants}
    return {
        "keys": [
            {
                "id": key.id,
                "name": key.name,
                "prefix": key.prefix,
                "merchant": merchant_names.get(key.merchant_id, "") if key.merchant_id else "",
                "scopes": [labels.SCOPES.get(scope, scope) for scope in key.scopes],
                "created_at": key.created_at,
                "revoked_at": key.revoked_at,
                "made_by": names.get(key.made_by, "") if key.made_by else "",
                "is_own": key.made_by is not None and str(key.made_by) == ctx.actor.id,
            }
            for key in list_api_keys(ctx)
        ],
        "scopes": [{"value": scope, "words": labels.SCOPES.get(scope, scope)} for scope in SCOPES],
        "merchants": [{"value": merchant.id, "words": merchant.name} for merchant in merchants],
    }


def _whole(request: HttpRequest, **once: str) -> HttpResponse:
    page = {**_shown(request), **once, "section": "keys", "values": {}}
    return TemplateResponse(request, "control_room/api_keys.html", page)


def _list(request: HttpRequest, **once: str) -> HttpResponse:
    return TemplateResponse(request, "control_room/_keys.html", {**_shown(request), **once})


@posting(again=keys)
def make(request: HttpRequest) -> HttpResponse:
    ctx = allowed_for_base(request, "base.set_api_key")
    fields = Fields(request.POST)
    name, scopes = fields.text("name", most=NAME_MAX), fields.some_of("scopes", frozenset(SCOPES))
    merchant_id = fields.maybe_id("merchant_id")
    of_base = [str(labels.SCOPES[scope]) for scope in scopes if merchant_id and scope not in MERCHANT_SCOPES]
    if of_base:
        fields.complain("scopes", "field_scopes_of_base", scopes=", ".join(of_base))
    fields.refuse()
    retry = retry_key(request)
    key = _key_for(ctx, retry) if retry else fresh_key()
    wanted = MakeApiKey(
        name=name,
        scopes=scopes,
        digest=digest_of_key(key),
        prefix=key[:PREFIX_LENGTH],
        for_merchant_id=MerchantId(merchant_id) if merchant_id else None,
    )
    run(ctx, wanted, key=retry)
    answer = _list(request, new_key=key) if is_htmx(request) else _whole(request, new_key=key)
    answer["Cache-Control"] = "no-store"  # this answer alone shows the key
    return answer


def _key_for(ctx: Context, retry: str) -> str:
    """A repeat of the form must make the very same key, and no copy of it is kept: so it follows from the form's id."""
    asked = f"api key of a form\0{ctx.base_id}\0{ctx.actor.id}\0{retry}".encode()
    made = hmac.digest(load().signing_key(), asked, "sha256")[:KEY_BYTES]
    return f"sk_{base64.urlsafe_b64encode(made).decode()}"


@posting(again=keys)
def revoke(request: HttpRequest) -> HttpResponse:
    return _change(request, RevokeApiKey)


@posting(again=keys)
def take_over(request: HttpRequest) -> HttpResponse:
    return _change(request, TakeOverApiKey)


def _change(request: HttpRequest, wanted: type[RevokeApiKey] | type[TakeOverApiKey]) -> HttpResponse:
    ctx = allowed_for_base(request, "base.set_api_key")
    fields = Fields(request.POST)
    key_id = fields.id("key_id")
    fields.refuse()
    run(ctx, wanted(key_id=key_id), key=retry_key(request))
    return part_or_page(request, lambda: _list(request), ADDRESS)
