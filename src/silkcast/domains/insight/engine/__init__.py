"""Pure sums: postings, viewers and pitches in, minutes and totals out."""
