"""What other domains may ask of this one."""

from silkcast.domains.base.access import (
    context_of_buyer,
    context_of_key,
    context_of_person,
    context_with_key,
    known_key,
)
from silkcast.domains.base.accounts import (
    find_session,
    last_seen,
    list_sessions,
    list_sign_ins,
    note_seen,
    sessions_that_may,
)
from silkcast.domains.base.actions.accounts import (
    AcceptInvitation,
    ChangePassword,
    DeactivatePerson,
    EndOtherSessions,
    EndSession,
    MakePasswordLink,
    ReactivatePerson,
    SignIn,
)
from silkcast.domains.base.actions.bases import SetBase
from silkcast.domains.base.actions.keys import MakeApiKey, RevokeApiKey, TakeOverApiKey, digest_of_key, fresh_key
from silkcast.domains.base.actions.merchants import AddMerchant
from silkcast.domains.base.actions.people import ChangeRole, GrantRole, Invite, WithdrawRole
from silkcast.domains.base.actions.rooms import AddRoom
from silkcast.domains.base.engine.whereabouts import caller_of, device_of, is_near, network_of
from silkcast.domains.base.founding import Founding, found_base, remove_base
from silkcast.domains.base.links import password_link, person_of_link
from silkcast.domains.base.numbers import next_numbers
from silkcast.domains.base.passwords import require_strength, weaknesses, words_of_weaknesses
from silkcast.domains.base.queries import (
    api_key_names,
    find_base,
    find_person,
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
from silkcast.domains.base.roles import MERCHANT_SCOPES, SCOPES, VERBS
from silkcast.domains.base.sign_ins import note_refusal

__all__ = [
    "MERCHANT_SCOPES",
    "SCOPES",
    "VERBS",
    "AcceptInvitation",
    "AddMerchant",
    "AddRoom",
    "ChangePassword",
    "ChangeRole",
    "DeactivatePerson",
    "EndOtherSessions",
    "EndSession",
    "Founding",
    "GrantRole",
    "Invite",
    "MakeApiKey",
    "MakePasswordLink",
    "ReactivatePerson",
    "RevokeApiKey",
    "SetBase",
    "SignIn",
    "TakeOverApiKey",
    "WithdrawRole",
    "api_key_names",
    "caller_of",
    "context_of_buyer",
    "context_of_key",
    "context_of_person",
    "context_with_key",
    "device_of",
    "digest_of_key",
    "find_base",
    "find_person",
    "find_session",
    "found_base",
    "fresh_key",
    "get_base",
    "get_person",
    "get_room",
    "is_near",
    "known_key",
    "last_seen",
    "list_api_keys",
    "list_bases",
    "list_merchants",
    "list_people",
    "list_rooms",
    "list_sessions",
    "list_sign_ins",
    "merchant_names",
    "network_of",
    "next_numbers",
    "note_refusal",
    "note_seen",
    "password_link",
    "person_names",
    "person_of_link",
    "person_view",
    "remove_base",
    "require_strength",
    "sessions_that_may",
    "weaknesses",
    "words_of_weaknesses",
]
