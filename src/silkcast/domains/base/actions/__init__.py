"""Everything that changes who may do what."""

from silkcast.domains.base.actions import accounts, bases, keys, merchants, people, rooms

__all__ = ["accounts", "bases", "keys", "merchants", "people", "rooms"]
