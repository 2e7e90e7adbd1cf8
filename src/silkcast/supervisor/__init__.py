"""Starts and watches every process of one machine, and stops them in an order that loses nothing.

Roles die with the supervisor and come back by themselves; a room belongs to nobody: it outlives its supervisor, and the
next one finds it by its socket and goes on watching it.
"""

from silkcast.supervisor.command import up

__all__ = ["up"]
