"""Stock over warehouses: counts, promises to orders, and a movement row behind every change of either.

Announces what can still be sold; needs the catalogue's ids. Orders calls down to reserve, claim and release.
"""
