"""Payments and the ledger: what was captured, who holds it, who is owed, and every fee on the way.

Announces outcomes of payments and refunds; knows orders only by id. Orders decides, this domain posts.
"""
