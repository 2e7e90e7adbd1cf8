from __future__ import annotations

import functools

from silkcast.kernel.keyring import Keyring
from silkcast.kernel.settings import load


@functools.cache
def keyring() -> Keyring:
    """This process's door to the keys under which personal text is sealed."""
    return Keyring(load().data / "keys.db")
