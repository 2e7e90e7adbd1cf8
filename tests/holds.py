"""For servers of tests and benches that order more from one place, and pay less, than buyers do."""

UNBOUNDED = dict.fromkeys(("SILKCAST_HOLD_UNITS", "SILKCAST_HOLDS_PER_VIEWER", "SILKCAST_HOLDS_PER_ADDRESS"), "0")
