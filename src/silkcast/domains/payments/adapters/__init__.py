"""Payment gateways by name. To add one, copy `sandbox` and name it here."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from silkcast.domains.payments.contracts import Gateway

GATEWAYS: dict[str, str] = {"sandbox": "silkcast.domains.payments.adapters.sandbox.client"}


def gateway(name: str) -> Gateway:
    return cast("Gateway", import_module(GATEWAYS[name]).gateway())
