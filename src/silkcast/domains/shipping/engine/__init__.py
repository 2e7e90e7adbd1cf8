"""Pure prices of parcels."""
