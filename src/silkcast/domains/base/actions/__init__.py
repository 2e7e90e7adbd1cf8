"""Everything that changes who may do what."""

from silkcast.domains.base.actions import keys, people, rooms

__all__ = ["keys", "people", "rooms"]
