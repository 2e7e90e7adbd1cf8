from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from silkcast.domains.base.api import VERBS, last_seen, list_api_keys, list_merchants, list_people, list_rooms
from silkcast.domains.base.contracts import GrantView, Role
from silkcast.domains.control_room.labels import ROLES, named_options
from silkcast.kernel.context import Context


def listed(ctx: Context) -> dict[str, Any]:
    """Everybody of the base with their roles, and what the forms offer."""
    merchants = list_merchants(ctx)
    names: dict[object, str] = {merchant.id: merchant.name for merchant in merchants}
    names.update({room.id: room.name for room in list_rooms(ctx)})
    seen = last_seen(ctx)
    keys = Counter(key.made_by for key in list_api_keys(ctx) if key.revoked_at is None)
    return {
        "people": [
            {
                "id": person.id,
                "name": person.name,
                "email": person.email,
                "roles": [_role(grant, names) for grant in person.grants],
                "last_seen": seen.get(person.id, person.last_seen_at),
                "invited": person.is_invited,
                "active": person.is_active,
                "keys": keys[person.id],
                "is_self": str(person.id) == ctx.actor.id,
            }
            for person in list_people(ctx)
        ],
        "roles": [
            {"value": role.value, "words": ROLES[role], "needs_merchant": role is Role.MERCHANT}
            for role in sorted(ROLES, key=lambda role: len(VERBS[role]))  # the first one is chosen unless another is
        ],
        "merchants": named_options(merchants),
    }


def _role(grant: GrantView, names: Mapping[object, str]) -> dict[str, Any]:
    return {
        "id": grant.id,
        "role": grant.role.value,
        "merchant_id": grant.merchant_id or "",
        "words": ROLES[grant.role],
        "scope_words": names.get(grant.merchant_id or grant.room_id, ""),
    }
