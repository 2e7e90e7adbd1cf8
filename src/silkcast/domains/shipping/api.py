"""What other domains may ask of this one."""

from silkcast.domains.shipping import labels
from silkcast.domains.shipping.actions.parcels import RecordLabel, RecordSteps, ReportedStep
from silkcast.domains.shipping.actions.rates import AddRateCard
from silkcast.domains.shipping.adapters import carrier
from silkcast.domains.shipping.addresses import Region, Rules, find_rules
from silkcast.domains.shipping.queries import consignments, get_option, label_file, options, reach

__all__ = [
    "AddRateCard",
    "RecordLabel",
    "RecordSteps",
    "Region",
    "ReportedStep",
    "Rules",
    "carrier",
    "consignments",
    "find_rules",
    "get_option",
    "label_file",
    "labels",
    "options",
    "reach",
]
