"""The role that owns hot writes: purchases come in one by one, leave in batches, and are answered after the commit."""

from silkcast.roles.intake.role import main

__all__ = ["main"]
