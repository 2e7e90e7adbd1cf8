"""Whether a base's streams may go to where a destination's address leads.

A name can lead elsewhere tomorrow, so rooms look again at each connection; this one is for whoever types it.
"""

from __future__ import annotations

from collections.abc import Sequence

from silkcast.domains.base import api as base
from silkcast.domains.studio.errors import DestinationNotPublic
from silkcast.kernel.addresses import resolved
from silkcast.kernel.context import Context
from silkcast.kernel.settings import load
from silkcast.media.rtmp.address import Address
from silkcast.media.rtmp.errors import AddressError
from silkcast.media.rtmp.reach import THIS_MACHINE, Reach


def require_reachable(ctx: Context, url: str) -> None:
    """Ask what the address's name means and refuse what no room would connect to; before the action, never within it.

    A name that nobody knows just now is taken: its room will say so.
    """
    try:
        host = Address.parse(url.strip(), "key").host
        found = resolved(host)
    except (AddressError, OSError):  # nobody knows the name, or its server is too slow for a form
        return
    require_permitted(ctx, found)


def require_permitted(ctx: Context, addresses: Sequence[str]) -> None:
    """Raise DestinationNotPublic unless there are none, or one of them may be pushed to."""
    if not addresses:
        return
    own_machine = THIS_MACHINE if base.get_base(ctx.base_id).is_simulated else ()
    if not Reach((*load().private_destinations, *own_machine)).permits_any(addresses):
        raise DestinationNotPublic(field="url")
