"""Pure: programme time, pitches, the rundown's order, scenes, and the documents that rooms and ingest follow."""
