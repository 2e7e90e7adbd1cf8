"""Everything that changes who may do what."""

from silkcast.domains.base.actions import keys, merchants, people, rooms

__all__ = ["keys", "merchants", "people", "rooms"]
