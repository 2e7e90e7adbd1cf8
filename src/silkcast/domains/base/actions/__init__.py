"""Everything that changes who may do what."""

from silkcast.domains.base.actions import accounts, keys, merchants, people, rooms

__all__ = ["accounts", "keys", "merchants", "people", "rooms"]
