"""The public port: signals and orders in, events and pictures out, the rest handed to the web role.

No Django and no database here; each kind of request has a door of its own (`doors/`), bounded by itself, so that a slow
page delays nothing but pages. The hub, where all roles publish what screens show, lives in this process.
"""

from silkcast.roles.edge.role import main

__all__ = ["main"]
