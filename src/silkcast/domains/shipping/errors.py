from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class NoCarrierThere(Conflict):
    code = "shipping.no_carrier_there"


class OptionUnknown(Invalid):
    code = "shipping.option_unknown"
