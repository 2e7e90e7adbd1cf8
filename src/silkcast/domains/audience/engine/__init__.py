"""What viewers do, counted exactly: columns in, metrics out; no clock, no files, no settings.

    admission   a request's bytes  -> signals, or a coded refusal for each bad one
    gathering   many requests      -> one `Batch` of columns
    identity    a batch            -> which of its ids are seen for the first time
    tally       a batch of a show  -> that show's running numbers, exact in any order and any batching
    recounting  all of a show      -> the same numbers, counted again by other means
    shards      a batch            -> the rows of some of its 64 shards
    merging     parts of a show    -> the show
    sealing     minutes            -> those that are over, as the bytes that are exported

The words of the numbers (what "online" or "stay" means) stand once, in `metrics`.
"""
