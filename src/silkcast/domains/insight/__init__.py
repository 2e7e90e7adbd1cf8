"""What is learnt from shows: the airtime ledger, profit by minute on air, in the base's view and in a merchant's.

Owns no tables: every figure is a sum of payments' postings, beside the audience's viewers and the studio's pitches.
Needs studio, audience, orders and payments; announces nothing.
"""
