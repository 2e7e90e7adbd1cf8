"""Pure bookkeeping: which postings an occurrence makes."""
