"""What other domains may ask of this one."""

from silkcast.domains.base.access import (
    context_of_buyer,
    context_of_key,
    context_of_person,
    context_with_key,
    known_key,
)
from silkcast.domains.base.actions.keys import MakeApiKey, RevokeApiKey, digest_of_key, fresh_key
from silkcast.domains.base.actions.merchants import AddMerchant
from silkcast.domains.base.actions.people import AcceptInvitation, GrantRole, Invite, WithdrawRole
from silkcast.domains.base.actions.rooms import AddRoom
from silkcast.domains.base.founding import Founding, found_base, remove_base
from silkcast.domains.base.numbers import next_numbers
from silkcast.domains.base.queries import (
    api_key_names,
    get_base,
    get_person,
    get_room,
    list_api_keys,
    list_bases,
    list_merchants,
    list_people,
    list_rooms,
    merchant_names,
    person_names,
    person_view,
)
from silkcast.domains.base.roles import SCOPES, VERBS

__all__ = [
    "SCOPES",
    "VERBS",
    "AcceptInvitation",
    "AddMerchant",
    "AddRoom",
    "Founding",
    "GrantRole",
    "Invite",
    "MakeApiKey",
    "RevokeApiKey",
    "WithdrawRole",
    "api_key_names",
    "context_of_buyer",
    "context_of_key",
    "context_of_person",
    "context_with_key",
    "digest_of_key",
    "found_base",
    "fresh_key",
    "get_base",
    "get_person",
    "get_room",
    "known_key",
    "list_api_keys",
    "list_bases",
    "list_merchants",
    "list_people",
    "list_rooms",
    "merchant_names",
    "next_numbers",
    "person_names",
    "person_view",
    "remove_base",
]
