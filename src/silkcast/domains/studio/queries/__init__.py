"""Reads, by subject. All return contracts; none has a side effect."""
