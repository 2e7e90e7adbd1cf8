"""The only place that knows how rows are kept: ownership, transactions, batches, guards, both databases."""
