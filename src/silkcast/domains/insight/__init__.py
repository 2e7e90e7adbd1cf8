"""The airtime ledger: what each minute on air earned, from the books, the pitches and the viewers. Owns no rows."""
