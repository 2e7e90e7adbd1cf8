"""The raw truth: every signal that was answered "accepted", in the order of its batches, synced to disk first.

columns   a batch      <-> the bytes of one record
frames    a record     <-> its place in a file: length, checksum, sequence number
segment   one file of records, and what is known of a finished one without reading it
log       the segments of one base: append, read back, cut a torn tail, refuse a damaged middle
stream_log, jetstream   the same promises on a NATS server: one message a batch
ledger    all bases of an installation, each with its log and its board of live numbers
counting  some of a base's shards, counted out of its log into sealed windows
"""
