"""The role behind the scenes: hands on events, runs workflows and schedules, keeps rooms as the tables want them."""

from silkcast.roles.worker.role import main

__all__ = ["main"]
