"""Viewers and what they do: the signal log, the columnar engine, live metrics. Answers queries over the wire.

Owns no tables: signals live in segment files or on a JetStream stream, comments sealed under each viewer's key.
"""
