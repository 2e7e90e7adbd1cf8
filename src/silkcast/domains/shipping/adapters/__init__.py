"""Carriers by name. To add one, copy `sandbox` and name it here."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from silkcast.domains.shipping.contracts import Carrier

CARRIERS: dict[str, str] = {"sandbox": "silkcast.domains.shipping.adapters.sandbox.client"}


def carrier(name: str) -> Carrier:
    return cast("Carrier", import_module(CARRIERS[name]).CARRIER)
