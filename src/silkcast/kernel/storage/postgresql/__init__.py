"""Django's PostgreSQL backend with row-level security: a connection sees the rows of one base at a time."""
